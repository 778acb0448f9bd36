story "P19 coupon 10, balance 30, WeChat 60; the code is invalid"
# R13

product card price 100.00, face 100.00
coupon ten person buyer value 10.00
balance buyer 30.00

buyer buys card by wechat coupon ten from-balance 30.00
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller agrees
expect outcome APPROVED, approved 90.00, fee 0.00
expect to wechat 60.00, to balance 30.00, coupon ten restored
