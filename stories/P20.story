story "P20 the same tenders, half the value missing, redeemed"
# R11, R13: 90.00 × 50 ÷ 100 = 45.00, of which 60/90 go to WeChat

product card price 100.00, face 100.00
coupon ten person buyer value 10.00
balance buyer 30.00

buyer buys card by wechat coupon ten from-balance 30.00
buyer reveals
seller redeems
buyer applies reason not_as_described received 50.00 evidence product_screenshot text "只到账 50"
seller agrees
expect approved 45.00, to wechat 30.00, to balance 15.00, coupon ten used
