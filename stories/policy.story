story "A changed policy holds for new orders only"
# S30: an order keeps the terms it was bought under

product card price 99.99

at 2026-03-10 10:00
buyer buys card as before
buyer reveals
policy seller_answer_hours 12
buyer buys card as later
buyer reveals
buyer applies reason invalid_code order before evidence failure_popup text "refused by the issuer"
expect due 2026-03-11 10:00:00
buyer applies reason invalid_code order later evidence failure_popup text "refused by the issuer"
expect due 2026-03-10 22:00:00
