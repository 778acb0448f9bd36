story "P17 one order paid twice"
# R29

product card price 30.00

buyer orders card
buyer pays twice
expect unit 1 sealed, status paid, cases 1
expect case order1/1 outcome APPROVED, approved 30.00, fee 0.00, decided-by automatic, rule R29
expect to alipay 30.00, left alipay 30.00, notice buyer case_completed
expect ledger channel_clearing:alipay 30.00, ledger escrow 30.00
expect surplus open
after 3d
expect surplus closed
