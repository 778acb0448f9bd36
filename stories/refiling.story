story "A rejection that can be mended is filed again; withdrawing has an end"
# R22, S11

product card price 50.00

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason personal
expect outcome REJECT_PERSONAL
buyer applies reason personal text "please" refused nothing_new:case1
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
expect cases 2, follows case1
buyer withdraws
expect outcome WITHDRAWN, turn nobody
buyer applies reason invalid_code evidence failure_popup text "again"
buyer withdraws
buyer applies reason invalid_code evidence failure_popup text "again"
buyer withdraws
buyer applies reason invalid_code evidence failure_popup text "again"
buyer withdraws
buyer applies reason invalid_code evidence failure_popup text "again" refused too_many_applications
