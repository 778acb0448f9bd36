story "A clock that is set wrong fires nothing early and nothing twice"
# R2: timers stop until the clock is right again

product card price 99.99

at 2026-09-30 17:30
buyer buys card
buyer reveals
at 2026-09-30 18:00:00
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"

# Somebody sets the clock two days ahead: the seller must not lose his 24 hours by it.
jump forward 48h
after 1h
expect state awaiting_seller
jump back 48h
after 10m
expect state awaiting_seller, due 2026-10-01 18:00:00

just after 2026-10-01 18:00:00
expect decided-by seller_silence, left alipay 99.99

# And back: what was decided is not decided again.
jump back 3h
after 10m
expect left alipay 99.99, cases 1, state completed
jump forward 3h
after 1d
expect left alipay 99.99, cases 1, state completed
