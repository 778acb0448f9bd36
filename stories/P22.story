story "P22 the buyer's account at the channel is closed"
# R14

product card price 40.00

channel alipay account_closed
buyer buys card
buyer applies reason personal
after 1h
expect outcome AWAITING_BUYER_ACCOUNT, turn buyer, point buyer_route, channel-code payer_account_closed
expect notice buyer route_needed, balance buyer 0.00, left alipay 0.00
after 30d
expect state awaiting_route, balance buyer 0.00
