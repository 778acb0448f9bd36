story "Conduct is judged by a person, costs credit, can be disputed, and changes no case"
# R23, S24

product card price 30.00, stock 9

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
risk finds threat about buyer text "please write without threats" case case1
expect finding buyer threat, credit buyer 98
admin blocks about buyer until 2026-04-01 24:00 text "again and again"
expect blocked buyer yes, restricted buyer no

# A block stops no case and no money owed.
buyer buys card refused blocked
just after due
expect outcome APPROVED, arrived 30.00
buyer disputes-finding "I did nothing of the kind"
expect finding buyer appealed
admin judges-finding reversed about buyer text "self" refused forbidden
risk judges-finding reversed about buyer text "it was a quotation"
expect blocked buyer no, credit seller 98, finding seller seller_silent
