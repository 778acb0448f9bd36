story "P24 a second application while the first is open"
# R22

product card price 99.99

buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
buyer applies reason not_as_described amount 10.00 text "and too little" refused duplicate:case1
expect cases 1, state awaiting_seller
