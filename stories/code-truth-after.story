story "A code that was used after its buyer saw it: something to weigh, and no verdict"
# R25

product card price 95.00, face 100.00, probed
at 2026-03-10 10:00

buyer buys card
buyer reveals
after 30m
issuer card used worth 100.00
after 30m
buyer applies reason invalid_code evidence failure_popup text "提示已被使用"
after 1m
expect issuer-said 1 used_after_reveal, outcome UNDECIDED, turn seller, unit 1 revealed
seller contests text "发卡方记录显示查看后半小时被使用"
expect turn reviewer, can reviewer ask_issuers
reviewer asks-issuers
expect issuer-said 1 used_after_reveal, outcome UNDECIDED, turn reviewer
