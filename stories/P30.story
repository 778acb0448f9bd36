story "P30 a complaint by 12315 on the day before a holiday"
# Seven working days to decide; sixty natural days of mediation from the day the agency took it on, which end on a Sunday and are planned for it

product card price 99.99

at 2026-04-30 10:00
buyer buys card
outside-complaint 12315 text "no refund, no answer"
at 2026-05-13 10:00
outside-accepted
expect agency-decides-by 2026-05-13 24:00, mediation-ends-by 2026-07-12 24:00
