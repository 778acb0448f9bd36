story "P11 appeal one second too late"
# R3, R19

product card price 99.99

at 2026-02-13 08:00
buyer buys card
buyer reveals
at 2026-02-13 09:00
buyer applies reason personal
expect outcome REJECT_PERSONAL, appeal-until 2026-03-02 24:00
at 2026-03-03 00:00:00
expect outcome CLOSED_FINAL
buyer appeals evidence product_screenshot text "a new picture" refused too_late
expect outcome CLOSED_FINAL, cannot buyer appeal
