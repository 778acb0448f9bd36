story "Rules change with notice, and never for earlier orders"
# S25, S30

product card price 50.00

at 2026-12-01 10:00
buyer buys card as before
buyer reveals
admin publishes seller_answer_hours 12 from 2026-12-05 refused effective_from
admin publishes seller_answer_hours 12 from 2026-12-20
buyer publishes seller_answer_hours 6 from 2026-12-20 refused forbidden
at 2026-12-10 10:00
buyer buys card as between
buyer reveals
buyer applies reason invalid_code order between evidence failure_popup text "refused by the issuer"
expect due 2026-12-11 10:00:00
at 2026-12-20 10:00
buyer buys card as later
buyer reveals
buyer applies reason invalid_code order later evidence failure_popup text "refused by the issuer"
expect due 2026-12-20 22:00:00
