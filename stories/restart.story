story "Restarts at the worst moments change nothing"
# T08, T33: what was accepted stays accepted, nothing is fired twice, nothing leaves twice

product card price 99.99

at 2026-09-30 17:30
buyer buys card
buyer reveals
at 2026-09-30 18:00:00
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
restart
expect state awaiting_seller, due 2026-10-01 18:00:00

# The channel pays, and the connection breaks before it can say so.
channel alipay timeout_moved
at 2026-10-01 18:00:00
restart
expect state awaiting_seller
just after due
expect decided-by seller_silence, approved 99.99, left alipay 99.99
restart
after 1d
expect state completed, arrived 99.99, left alipay 99.99, cases 1
restart
after 7d
expect left alipay 99.99, ledger channel_clearing:alipay 0.00
