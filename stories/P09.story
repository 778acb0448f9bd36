story "P09 a review over National Day"
# R3, R17: 8 and 9 October, and the working Saturday of 10 October

product card price 99.99

at 2026-09-30 16:30
buyer buys card
at 2026-09-30 17:00
buyer applies reason system_fault text "the page failed"
expect state under_review, due 2026-10-10 24:00, can reviewer claim
at 2026-10-10 23:59:59
expect overdue no, turn reviewer
at 2026-10-10 24:00
expect turn senior_reviewer, step review_escalated, due 2026-10-12 24:00, can senior claim
