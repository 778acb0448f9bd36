story "What channels do to refunds"
# R14, R15

product card price 10.00, stock 20

at 2026-03-10 10:00
channel alipay timeout_lost
buyer buys card as lost
buyer applies reason personal
expect state refunding, left alipay 0.00
after 1h
expect state completed, left alipay 10.00

channel wechat short_balance
buyer buys card by wechat as short
buyer applies reason personal
expect point merchant_funds, turn finance, payout stuck
channel wechat funded
finance resumes
after 10m
expect state completed, left wechat 10.00

buyer buys card by bank_card as down
channel bank_card down
buyer applies reason personal
after 1h
expect state refunding, left bank_card 0.00
channel bank_card up
after 1h
expect state completed, left bank_card 10.00

channel unionpay stalled
buyer buys card by unionpay as stalled
buyer applies reason personal
expect state refunding, point bank_clearing, traced-after 2026-03-24 24:00
at 2026-03-24 23:59:59
expect outcome APPROVED
at 2026-03-25 00:00:01
expect point overdue_tracing, outcome OVERDUE_TRACING, turn finance, notice buyer payout_traced

channel stripe bounces
buyer buys card by stripe as bounced
buyer applies reason personal
expect state completed
after 2d
expect state awaiting_route, left stripe 0.00
buyer chooses balance
expect state completed, to balance 10.00, balance buyer 10.00
