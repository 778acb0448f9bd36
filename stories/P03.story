story "P03 code generated counts as delivery and was confirmed, changed mind"
# R6, R9

product card price 99.99, delivered code_generated, confirmation

at 2026-03-10 10:00
buyer buys card refused confirmation_needed
buyer buys card confirmed
buyer applies reason personal
expect outcome REJECT_PERSONAL, decided-by automatic, turn buyer
expect appeal-until 2026-03-19 24:00, can buyer ask_person, can buyer appeal
expect notice buyer case_rejected due 2026-03-19 24:00, unit 1 sealed
