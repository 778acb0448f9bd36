story "P15 a membership that never came, and a seller without a record"
# R25

product month kind membership, price 25.00

buyer buys month recipient "player-77"
seller credits proof "done"
buyer applies reason not_credited evidence other text "会员没有到账"
expect turn seller
seller contests text "done"
expect turn reviewer
reviewer claims
reviewer approves text "no server log of the arrival: whoever delivers has to prove it"
after 30s
expect outcome APPROVED, approved 25.00, fee 0.00, to alipay 25.00
