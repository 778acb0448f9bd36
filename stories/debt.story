story "A seller in debt: from the deposit, then an advance with recourse, repaid before anything else"
# R27

seller seller deposit 5000.00
product licence price 1000.00, window 7d, warranty 60d

at 2026-03-02 10:00
seller names-account
buyer buys licence quantity 6 as order1
buyer reveals
at 2026-03-13 00:00
expect ledger seller_payable 5820.00
seller takes-out 4000.00
finance pays-out seller
seller takes-out 1820.00
finance pays-out seller
expect ledger seller_payable 0.00, withdrawal seller executed

at 2026-04-01 10:00
buyer applies units 1+2+3 reason invalid_code evidence failure_popup text "stopped working"
seller agrees
expect approved 3000.00
at 2026-04-01 10:01
expect ledger seller_payable 0.00, ledger seller_deposit 2090.00, notice seller debt_from_deposit amount 2910.00
expect available seller 0.00
finance gives-back-deposit seller amount 1.00 refused below_deposit
