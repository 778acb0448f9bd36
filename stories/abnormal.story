story "Abnormal at the channel, and money that cannot be found"
# R14, R15

product card price 40.00, stock 20

at 2026-03-10 10:00
channel wechat abnormal
buyer buys card by wechat as stuck
buyer applies reason personal
after 1h
expect point abnormal_at_channel, turn finance, payout stuck, can buyer name_card, cannot buyer name_account
finance finishes refused missing
buyer names-card name "Zhang San" number "6222021234567890003" bank "工商银行"
finance finishes
after 2h
expect state completed, to wechat 40.00

# Only when the money is proven back with us does another road open.
channel wechat abnormal
buyer buys card by wechat as back
buyer applies reason personal
after 1h
finance proves return
expect state awaiting_route, channel-code returned_to_merchant
buyer chooses balance
expect state completed, balance buyer 40.00

# The buyer cannot find it: wait, then it is looked for.
buyer buys card by wechat as lost
buyer applies reason personal
after 1h
expect state completed
buyer doubts refused on_its_way
at 2026-03-13 09:00
buyer doubts
expect point arrival_doubted, turn finance
finance explains "Credited on 10 March to the balance of your WeChat wallet."
expect turn nobody, notice buyer doubt_answered

# Never arrives: waited for until the hard time, then traced.
channel unionpay stalled
buyer buys card by unionpay as slow
buyer applies reason personal
after 1h
expect point bank_clearing, turn channel
buyer doubts refused on_its_way
at 2026-03-14 10:00
expect point rest_days
at 2026-03-28 10:00
expect outcome OVERDUE_TRACING, turn finance, notice buyer payout_traced
