story "P21 paid from a lot of balance that has expired since"
# R13, R37

product card price 30.00

at 2025-06-30 09:00
balance buyer 30.00
expect lot buyer 30.00 until 2026-06-30 24:00
at 2026-06-30 12:00
buyer buys card by balance
expect balance buyer 0.00
buyer reveals
at 2026-07-10 10:00
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller agrees
expect state completed, approved 30.00, to balance 30.00
expect lot buyer 30.00 until 2027-07-10 24:00, balance buyer 30.00
