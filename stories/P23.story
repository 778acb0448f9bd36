story "P23 paid in US dollars, refunded at another rate"
# R28: 101.43 booked, 99.33 refunded

rate USD1.00 7.25
product licence kind software_licence, price USD13.99

buyer buys licence by stripe
expect ledger foreign_value:stripe 101.43
after 3d
rate USD1.00 7.10
buyer applies reason invalid_code evidence failure_popup text "the key is not accepted"
seller agrees
expect approved USD13.99, to stripe USD13.99, left stripe USD13.99
expect ledger fx_gain_loss 2.10, ledger foreign_position 0.00
