story "P29 a dispute over 5000.00 and one over 5000.01"
# R21

product card price 5000.00
product larger price 5000.01

buyer buys card as plain
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
buyer buys larger as large
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
expect order plain turn seller
expect order large turn risk
expect order plain large-routes no
expect order large large-routes yes
