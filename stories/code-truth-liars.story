story "Issuers that lie: what is not signed, or about another question, changes nothing"
# R25, R16

product card price 95.00, face 100.00, probed
at 2026-03-10 10:00

issuer card forged
buyer buys card
buyer reveals
after 30m
buyer applies reason invalid_code evidence failure_popup text "提示已被使用"
after 1m
expect issuer-said 1 asking, turn seller, unit 1 revealed
issuer card unsigned
after 1m
issuer card another-code
after 5m
issuer card nonsense
after 30m
expect issuer-said 1 asking, turn seller, unit 1 revealed
issuer card tomorrow
after 2h
expect issuer-said 1 unanswered, outcome UNDECIDED, turn seller, unit 1 revealed, no-timer probe:1
after 24h
expect outcome APPROVED, approved 95.00, rule R16
