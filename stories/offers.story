story "Offers: a part, more time, another code; at most two in a case"
# R26, R33

product card price 100.00, face 100.00, stock 9, warranty 30d

at 2026-03-10 10:00
buyer buys card as one
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller offers part amount 30.00 text "sorry"
expect offer standing, state offer_made, turn buyer, due 2026-03-13 24:00
buyer declines
expect offer declined, turn reviewer, state under_review
# The second one is made during review and does not stop its clock.
seller offers part amount 60.00
expect offer standing, turn reviewer
seller offers full refused wrong_state
buyer accepts
expect offer accepted, outcome APPROVED, approved 60.00, decided-by agreement, left alipay 60.00

buyer buys card as two
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller offers replacement
buyer accepts
expect outcome CLOSED_REPLACED, unit 1 sealed, stock card free 6 quarantined 1
buyer reveals
expect unit 1 revealed

# An extension that is broken is approved.
buyer buys card as three
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller offers more_time until 2026-03-12 10:00
buyer accepts
expect turn seller, due 2026-03-12 10:00:00, silence approve
just after due
expect outcome APPROVED, approved 100.00

# Nobody answers the offer: staff look.
buyer buys card as four
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller offers part amount 10.00
just after due
expect offer lapsed, turn reviewer, state under_review
