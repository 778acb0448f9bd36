story "P14 delivery a few minutes after the claim"
# R24

product topup kind direct_top_up, price 60.00, promise 24h

at 2026-05-20 12:00:00
buyer buys topup
expect promised 2026-05-21 12:00:00
at 2026-05-21 12:00:00
buyer applies reason not_delivered refused not_yet_due
expect cases 0
at 2026-05-21 12:00:01
buyer applies reason not_delivered
expect outcome APPROVED, approved 60.00, fee 0.00, decided-by automatic
at 2026-05-21 12:03
seller credits refused wrong_state
expect unit 1 returned, arrived 60.00
