story "a voucher and balance pay for an order that is then not paid in full"
# R13, S18: what came out of the wallet goes back into it; a voucher is spent whole

product card price 100.00, face 100.00
voucher buyer 25.00
balance buyer 30.00
coupon ten person buyer value 10.00 least 50.00 until 2026-03-31 24:00

buyer orders card by wechat coupon ten voucher 1 from-balance 30.00 as first
expect status awaiting_payment, coupon ten used, balance buyer 0.00
after 2h
expect status expired, coupon ten restored, balance buyer 30.00, lot buyer 25.00
