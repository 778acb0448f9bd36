story "A large refund goes to risk and needs a second person"
# R21, R32, R35: above 5000.00

product card price 6000.00, stock 3

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
expect turn risk, desk risk, point risk_review
reviewer approves text "not my desk" refused forbidden
risk approves text "the issuer confirms it"
after 30s
expect outcome APPROVED, payout held, turn finance, point second_approval, left alipay 0.00
risk releases refused forbidden
finance releases
expect state completed, left alipay 6000.00, figure completed_cases 1
