story "A code that was used before its buyer saw it: the issuer says so, and the money goes back"
# R25

product card price 95.00, face 100.00, probed
at 2026-03-10 10:00

issuer card used at 2026-03-09 09:00
buyer buys card
buyer reveals
after 30m
buyer applies reason invalid_code evidence failure_popup text "提示已被使用"
after 1m
expect issuer-said 1 used_before_reveal, outcome APPROVED, approved 95.00, fee 0.00, rule R25, unit 1 returned
