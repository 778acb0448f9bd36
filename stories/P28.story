story "P28 a complaint over the Spring Festival of 2025"
# R3, R20: 26 and 27 January, 5, 6 and 7 February

product card price 99.99

at 2025-01-23 10:00
buyer buys card
buyer reveals
buyer applies reason personal
expect outcome REJECT_PERSONAL
at 2025-01-24 11:00
buyer complains ground unjust_refusal evidence payment_receipt text "nobody read what I wrote"
expect remedy complaint, turn senior_reviewer, due 2025-02-07 24:00
