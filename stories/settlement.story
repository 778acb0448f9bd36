story "What the seller gets, and what a late refund takes back"
# R27, R31

product card price 100.00, window 7d, warranty 60d

at 2026-03-02 10:00
buyer buys card
buyer reveals
expect ledger escrow 100.00, timer completion 2026-03-05 10:00:00
at 2026-03-05 10:00:00
expect status paid
just after 2026-03-05 10:00:00
expect status completed, window 2026-03-12 24:00, timer settlement 2026-03-12 24:00
at 2026-03-13 00:00
expect ledger escrow 0.00, ledger seller_payable 97.00, ledger platform_fee 3.00, notice seller order_settled

at 2026-04-20 10:00
buyer applies reason invalid_code evidence failure_popup text "stopped working"
seller agrees
expect outcome APPROVED, approved 100.00, left alipay 100.00
expect ledger seller_payable 0.00, ledger platform_fee 0.00
