story "An appeal is judged by somebody else, once, and overturns"
# R19, R23, R34

product card price 99.99

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller contests text "the issuer says it was good"
reviewer claims
reviewer rejects REJECT_NO_FAULT text "The issuer's record shows a good code." clause R25
expect proposal reject
reviewer takes-back
expect proposal none, state under_review
reviewer rejects REJECT_NO_FAULT text "The issuer's record shows a good code."
after 30s
expect outcome REJECT_NO_FAULT, turn buyer, appeal-until 2026-03-19 24:00, credit buyer 95
buyer appeals text "look again" refused not_accepted
buyer appeals evidence test_report text "the issuer's own test says it is dead"
expect remedy appeal, due 2026-03-17 24:00
reviewer upholds refused conflicted
senior claims
senior upholds text "the issuer's test proves it"
after 30s
expect remedy upheld, granted 99.99, outcome APPROVED, approved 99.99, left alipay 99.99
expect credit seller 90, credit buyer 100

# The seller may object once; the buyer keeps his money.
seller objects text "our supplier's log proves delivery" evidence test_report
expect remedy objection
risk upholds refused forbidden
admin upholds text "the supplier's log is right"
after 30s
expect remedy upheld, left alipay 99.99, arrived 99.99
