story "A complaint that asks for more than the loss"
# R12, R20

product card price 80.00

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
buyer complains ground inaction text "nobody answers" refused not_accepted
seller contests text "the code was good"
reviewer claims
reviewer approves 30.00 text "shared" doubts evidence
after 30s
expect approved 30.00, refused 50.00, left alipay 30.00
buyer complains ground unjust_refusal amount 250.00 text "卡密无效，另要求精神损失费 200" evidence test_report
expect remedy complaint, turn senior_reviewer, due 2026-03-17 24:00
senior claims
senior upholds 50.00 text "the test was not looked at"
after 30s
expect remedy upheld, granted 50.00, beyond-loss 200.00, approved 80.00, left alipay 80.00
