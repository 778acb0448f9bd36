story "P06 sold as 100, worth 50, the 50 redeemed"
# R8, R11

product card price 95.00, face 100.00

buyer buys card
buyer reveals
seller redeems
buyer applies reason not_as_described received 50.00 evidence product_screenshot+other text "页面写 100，卡里只有 50"
seller agrees
expect outcome APPROVED, approved 47.50, fee 0.00, refused 47.50, rule R11
