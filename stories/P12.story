story "P12 a window of 7 days that would end on a holiday"
# R4, R5: 4 May is a holiday, so the last day is 6 May

product card price 99.99, window 7d

at 2026-04-27 21:00
buyer buys card
buyer reveals
at 2026-04-27 21:30
buyer confirms
expect status completed, window 2026-05-06 24:00
at 2026-05-06 22:00
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
expect state awaiting_seller
