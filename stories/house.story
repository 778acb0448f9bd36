story "A small house: one account with every role, goods it sells itself"
# R35: whoever judged a case does not release its money alone

person 老李 is admin+reviewer+senior_reviewer+risk+finance
seller direct self-operated
product card of direct price 120.00, face 100.00

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
expect turn reviewer
老李 claims
老李 approves text "the issuer confirms it"
expect proposal approve
after 30s
expect outcome APPROVED, approved 120.00, decided-by staff
