story "P02 unrevealed code, changed mind, 5 % disclosed"
# R9, R10, R36: 99.99 × 5 % = 4.9995, floored to 4.99

product card price 99.99, delivered code_revealed, fee disclosed, stock 5

buyer buys card
expect unit 1 sealed, stock card free 4 owned 1
buyer previews reason personal
expect would approve, would-pay 95.00, would-cost 4.99
buyer applies reason personal
expect outcome APPROVED, approved 95.00, fee 4.99, to alipay 95.00
expect unit 1 returned, stock card free 5 owned 0 quarantined 0
expect ledger platform_fee 4.99, ledger escrow 0.00
