story "Several accounts on one payer go to risk"
# R32

buyer ann
buyer ben
buyer cid
product card price 20.00

at 2026-03-10 10:00
ann buys card as one payer "payer-1"
ben buys card as two payer "payer-1"
cid buys card as three payer "payer-1"
cid applies reason personal
expect turn risk, desk risk
risk approves text "a family"
after 30s
expect outcome APPROVED, approved 20.00
