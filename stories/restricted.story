story "Three disproved claims restrict a buyer: risk decides, and nothing is automatic in his favour"
# R23, R32; R23 wins over a silent seller

product card price 30.00, stock 9
person 审核 is reviewer

at 2026-03-10 10:00
buyer buys card as one
buyer reveals
buyer applies reason system_fault text "the page failed" order one
审核 rejects REJECT_NO_FAULT text "the log shows the code being shown"
buyer buys card as two
buyer reveals
buyer applies reason system_fault text "the page failed" order two
审核 rejects REJECT_NO_FAULT text "the log shows the code being shown"
buyer buys card as three
buyer reveals
buyer applies reason system_fault text "the page failed" order three
审核 rejects REJECT_NO_FAULT text "the log shows the code being shown"
after 30s
expect restricted buyer yes, credit buyer 85

buyer buys card as four
buyer applies reason personal order four
expect turn risk, desk risk
risk approves text "nothing speaks against it"
after 30s
expect outcome APPROVED, approved 30.00
