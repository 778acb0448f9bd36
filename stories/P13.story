story "P13 the last second of the window, and the first one after it"
# R4, R5

product card price 99.99, window 15d

at 2026-02-28 23:00
buyer buys card as first
buyer reveals
buyer buys card as second
buyer reveals
at 2026-03-01 00:00:01
buyer confirms order first
buyer confirms order second
expect order first status completed, window 2026-03-16 24:00

at 2026-03-16 23:59:59
buyer applies reason invalid_code order first evidence failure_popup text "refused by the issuer"
expect order first state awaiting_seller
after 1s
buyer applies reason invalid_code order second evidence failure_popup text "refused by the issuer"
expect order second outcome REJECT_WINDOW, rule R5
