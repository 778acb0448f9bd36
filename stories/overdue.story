story "An overdue review is warned of, escalates and is complained about, and is never decided by the clock"
# R17, R20

product card price 40.00
person rui is reviewer
person shen is senior_reviewer

at 2026-03-10 10:00
buyer buys card
buyer applies reason system_fault text "the page failed"
expect turn reviewer, due 2026-03-13 24:00
buyer complains ground inaction text "nobody looks" refused not_accepted
at 2026-03-13 24:00
expect turn senior_reviewer, point review_overdue, due 2026-03-16 24:00, step review_escalated
at 2026-03-16 24:00
expect turn senior_reviewer, due 2026-03-18 24:00, state under_review
buyer complains ground inaction text "still nobody"
expect remedy complaint, due 2026-03-24 24:00
shen upholds 40.00 text "our fault"
after 30s
expect outcome APPROVED, approved 40.00, left alipay 40.00
