story "P05 sold as 100, worth 50, not redeemed"
# R8, R36

product card price 95.00, face 100.00, stock 3

buyer buys card
buyer reveals
buyer applies reason not_as_described received 50.00 evidence product_screenshot+other text "页面写 100，卡里只有 50"
expect turn seller
seller agrees
expect outcome APPROVED, approved 95.00, fee 0.00, refused 0.00
expect stock card free 2 quarantined 1, notice seller code_to_cancel
