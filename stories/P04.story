story "P04 redeemed by the buyer, changed mind"
# R7

product card price 99.99

buyer buys card
buyer reveals
seller redeems
buyer applies reason personal
expect outcome REJECT_USED, rule R7, unit 1 redeemed, left alipay 0.00
