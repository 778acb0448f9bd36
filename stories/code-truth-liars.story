story "Issuers that lie, fail or say nothing: the case goes its normal way"
# R25, R16

product card price 95.00, face 100.00, stock 20, probed
at 2026-03-10 10:00

issuer card forged
buyer buys card
buyer reveals
after 30m
buyer applies reason invalid_code evidence failure_popup text "提示已被使用"
after 30m
expect outcome UNDECIDED, turn seller, unit 1 revealed
issuer card replayed
after 1h
issuer card stale
after 1h
expect outcome UNDECIDED, turn seller, unit 1 revealed
after 3h
expect issuer-said 1 unanswered, turn seller
after 20h
expect outcome APPROVED, approved 95.00, rule R16
