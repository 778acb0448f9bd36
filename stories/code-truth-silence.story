story "Issuers that say nothing, or what they said before: the case goes its normal way"
# R25, R16

product card price 95.00, face 100.00, probed
at 2026-03-10 10:00

issuer card silent
buyer buys card
buyer reveals
after 30m
buyer applies reason invalid_code evidence failure_popup text "提示已被使用"
after 1m
expect issuer-said 1 asking, turn seller, timer probe:1
issuer card broken
after 1m
issuer card elsewhere
after 5m
issuer card stale
after 30m
issuer card replayed
after 2h
expect issuer-said 1 unanswered, outcome UNDECIDED, turn seller, unit 1 revealed
seller contests text "卡密有效"
reviewer asks-issuers
expect issuer-said 1 asking
issuer card used at 2026-03-09 08:00
restart
after 1m
expect issuer-said 1 used_before_reveal, outcome APPROVED, approved 95.00, rule R25
