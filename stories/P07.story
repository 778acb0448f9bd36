story "P07 a silent seller, over a holiday"
# R2, R16: 24 hours are 24 hours, also on 1 October

product card price 99.99

at 2026-09-30 17:30
buyer buys card
buyer reveals
at 2026-09-30 18:00:00
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
expect turn seller, due 2026-10-01 18:00:00, silence approve

at 2026-10-01 18:00:00
expect state awaiting_seller
just after 2026-10-01 18:00:00
expect outcome APPROVED, approved 99.99, decided-by seller_silence, rule R16
seller contests text "too late" refused wrong_state
