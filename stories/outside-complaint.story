story "a complaint published elsewhere is answered, and closed with what came of it"
# S13: whoever publishes complaints publishes silence too, so the first answer is due a day later; nobody has to ask twice

product card price 99.99

at 2026-03-10 10:00
buyer buys card
outside-complaint blackcat text "the code was used by somebody else"
expect outside received, outside-due 2026-03-11 10:00, outside-escalated 0
at 2026-03-11 10:01
expect outside received, outside-escalated 1
outside-answered "we looked at it; apply with the order number and it is judged today"
expect outside answered
at 2026-03-12 09:00
outside-closed settled text "refunded"
expect outside closed, outside settled, books
