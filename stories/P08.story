story "P08 the seller contests in the last second"
# R2, R17: the days of May 1 to 5 are holidays, 9 May is a working Saturday

product card price 99.99

at 2026-05-03 07:30
buyer buys card
buyer reveals
at 2026-05-03 08:00:00
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
at 2026-05-04 07:59:59
seller contests text "the issuer says it was good"
expect state under_review, turn reviewer, due 2026-05-08 24:00, silence escalate
