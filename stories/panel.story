story "A panel of three, blind, by the median of the winning side"
# R30

policy panel_majority 2
policy panel_seats 3
organisation consumers
person ann is arbitrator organisation consumers
person ben is arbitrator organisation consumers
person cid is arbitrator organisation consumers
product card price 100.00

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller contests text "the code was good"
reviewer claims
reviewer refers
expect panel evidence, turn panel, state before_panel, votes-until 2026-03-12 10:00:00
ann votes responsible seller amount 100.00 text "too early" refused wrong_state
buyer gives evidence test_report text "the issuer's test"
just after due
expect panel votes
ann votes responsible seller amount 80.00 text "the test is clear"
ben votes responsible shared amount 61.01 text "both could have tested it"
expect votes-cast 2
cid votes responsible buyer text "he used it himself"
expect panel ruled, approved 70.50, decided-by panel, rule R30
buyer appeals rule R8 text "all of it" refused not_accepted
