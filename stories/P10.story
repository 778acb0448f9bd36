story "P10 appeal in the last second of the seventh working day"
# R3, R19: 14, 24, 25, 26, 27 and 28 February, 2 March

product card price 99.99

at 2026-02-13 08:00
buyer buys card
buyer reveals
at 2026-02-13 09:00
buyer applies reason personal
expect outcome REJECT_PERSONAL, appeal-until 2026-03-02 24:00
at 2026-03-02 23:59:59
buyer appeals evidence product_screenshot text "a new picture"
expect remedy appeal, hearing appeal, turn reviewer, due 2026-03-09 24:00
