story "P25 80 for an invalid code and 200 for distress"
# R12

product card price 80.00

buyer buys card
buyer reveals
buyer applies reason invalid_code amount 280.00 evidence failure_popup text "卡密无效，要求精神损失费 200"
expect claimed 280.00
seller agrees
expect approved 80.00, refused 200.00, rule R12, to alipay 80.00
