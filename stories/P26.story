story "P26 a picture proven to be edited"
# R23

product card price 99.99, face 100.00

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason not_as_described received 50.00 evidence product_screenshot text "only 50 on the card"
seller contests text "the picture is edited" evidence test_report
reviewer claims
reviewer rejects REJECT_FORGED text "The picture was edited: its numbers were painted over." doubts evidence
after 30s
expect outcome REJECT_FORGED, credit buyer 80
expect appeal-until 2026-03-19 24:00, notice buyer case_rejected
