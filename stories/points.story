story "Where it is stuck: every point has its name, its turn and its end"
# R14, R15, R16, R17, R19, R20, R26, R30, R34

policy panel_majority 2
policy panel_seats 3
organisation consumers
person ann is arbitrator organisation consumers
person ben is arbitrator organisation consumers
person cid is arbitrator organisation consumers
product card price 100.00, stock 20
product dear price 6000.00, stock 3

# Before anything is decided.
at 2026-03-10 10:00
buyer buys card as judged
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
expect point seller_answer, turn seller, due 2026-03-11 10:00
seller offers part amount 30.00 text "sorry"
expect point buyer_offer, turn buyer
buyer declines
expect point review_queue, turn reviewer
reviewer claims
expect point in_review, turn reviewer
reviewer asks test_report text "the issuer's own test, please"
expect point buyer_material, turn buyer
buyer gives evidence test_report text "here it is"
reviewer claims
reviewer rejects REJECT_NO_FAULT text "The issuer's record shows a good code."
expect point decision_pending, turn program
after 30s
expect point rejected, turn buyer
buyer appeals evidence product_screenshot text "another picture"
expect point under_appeal
senior claims
senior upholds text "the picture proves it"
after 30s
expect point arrived, turn nobody
seller objects text "our log proves delivery" evidence test_report
expect point under_objection
admin dismisses text "the log is of another code"
after 30s

buyer buys card as late
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller contests text "the code was good"
at 2026-03-18 10:00
expect point review_overdue
buyer complains ground inaction text "nobody answers" evidence payment_receipt
expect point under_complaint
buyer drops

buyer buys card as panelled
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller contests text "the code was good"
reviewer claims
reviewer refers
expect point panel_evidence, turn panel
just after due
expect point panel_votes, turn panel

buyer buys card as changed
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
seller offers replacement
buyer accepts
expect point replaced, turn nobody

buyer buys card as dropped
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
buyer withdraws
expect point closed, turn nobody

buyer buys dear as large
buyer applies reason personal
expect point risk_review, turn risk
risk claims
risk approves text "as the rules say"
after 30s
expect point second_approval, turn finance

# The money.
channel alipay timeout_lost
buyer buys card as asked
buyer applies reason personal
expect point outcome_unknown, turn channel
after 1h
channel wechat later
buyer buys card by wechat as later
buyer applies reason personal
expect point at_channel, turn channel
buyer buys card by bank_card as unreachable
channel bank_card down
buyer applies reason personal
after 1h
expect point channel_down
channel bank_card up
after 2h
expect point arrived
