story "What a seller earns in a foreign currency is exchanged by itself"
# R28, R27

seller seller deposit 5000.00
product licence kind software_licence, price USD100.00, window 7d, warranty 60d

at 2026-03-02 10:00
rate USD1.00 7.20
buyer buys licence by stripe
buyer reveals
at 2026-03-13 00:00
# settled less 3 %; the rate of payment is too old by now, so it waits for one
expect ledger seller_payable 0.00, available seller 0.00
rate USD1.00 7.10
after 1h
expect ledger seller_payable 688.70, available seller 688.70, notice seller earnings_exchanged amount 688.70
seller takes-out 600.00 refused missing
seller names-account
seller takes-out 600.00
expect available seller 88.70
buyer applies reason invalid_code evidence failure_popup text "the key was revoked"
seller agrees
# what the refund takes back is owed at the day's rate; what waits to be taken out covers it first
expect approved USD100.00, withdrawal seller stopped
after 1h
# 97 dollars go back, the platform's 3 with them
expect ledger seller_payable 0.00, ledger seller_deposit 5000.00, notice seller withdrawal_stopped amount 600.00
