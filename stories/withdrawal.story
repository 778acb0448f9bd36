story "What a seller takes out, and what he cannot"
# R27

seller seller deposit 5000.00
product card price 100.00, window 7d, warranty 60d

at 2026-03-02 10:00
buyer buys card
buyer reveals
seller names-account
expect available seller 0.00
seller takes-out 10.00 refused not_enough_earned
at 2026-03-13 00:00
expect ledger seller_payable 97.00, available seller 97.00
seller takes-out 97.01 refused not_enough_earned
seller takes-out 60.00
expect withdrawal seller waiting, available seller 37.00, notice finance withdrawal_waiting amount 60.00
expect ledger seller_payable 37.00, ledger seller_withdrawal 60.00
seller calls-off
expect withdrawal seller cancelled, available seller 97.00
seller takes-out 90.00
finance turns-down seller text "the name is another one"
expect withdrawal seller refused, notice seller withdrawal_refused amount 90.00
seller names-account
seller takes-out 90.00
finance pays-out seller refused not_before
at 2026-03-14 00:00
finance pays-out seller reference "BANK-7"
expect withdrawal seller executed, notice seller withdrawal_executed amount 90.00
expect ledger seller_payable 7.00, ledger seller_withdrawal 0.00
finance pays-out seller refused wrong_state
finance gives-back-deposit seller amount 1.00 refused below_deposit
