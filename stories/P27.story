story "P27 material asked for over the Dragon Boat holiday, and silence"
# R3, R18: 22, 23 and 24 June

product card price 99.99

at 2026-06-17 09:00
buyer buys card
buyer applies reason system_fault text "the page failed"
at 2026-06-18 10:00
reviewer asks failure_popup text "please show the message"
expect turn buyer, due 2026-06-24 24:00, silence close, notice buyer material_asked
at 2026-06-24 23:59:59
expect state awaiting_buyer
at 2026-06-25 00:00
expect outcome CLOSED_TIMEOUT
buyer applies reason system_fault text "once more"
expect state under_review, cases 2
