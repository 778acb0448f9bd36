story "The original road is closed"
# R14, R35

person fang is finance
product card price 40.00, stock 20

at 2026-03-10 10:00
channel alipay account_closed
buyer buys card as closed
buyer applies reason personal
after 1h
expect state awaiting_route, turn buyer, point buyer_route, can buyer name_account, can buyer choose_balance
buyer chooses account name "Zhang San" number "zhang@example.com" refused missing
buyer chooses account name "Zhang San" number "zhang@example.com" evidence closure_proof
expect state refunding, payout held, point account_check, turn finance, step account_named
expect cannot seller check_account, cannot reviewer check_account
finance checks-account
expect point account_payment, cannot finance remit
finance remits by alipay refused conflicted
fang remits by alipay
after 1h
expect state completed, to account_alipay 40.00, notice buyer account_paid, balance buyer 0.00

# The name is another one: back to the buyer, with the reason.
channel alipay account_closed
buyer buys card as wrong
buyer applies reason personal
after 1h
buyer chooses account name "Li Si" number "zhang@example.com" evidence closure_proof
finance refuses-account "The name is not the one on the proof."
expect state awaiting_route, turn buyer, channel-code account_refused, step account_refused
buyer chooses account name "Zhang San" number "6222021234567890004" bank "ICBC" refused number
buyer chooses account name "Zhang San" number "6222021234567890003" bank "ICBC"
finance checks-account
fang transfers "B2026031000017"
expect payout at_bank, point bank_clearing, turn finance
fang proves arrival
expect state completed, to account_bank_card 40.00
# The bank sends it back after all.
after 2d
finance proves return
expect state awaiting_route, step payout_returned
buyer chooses balance
expect state completed, balance buyer 40.00

# Not at the channel in that name: its own check refuses, and nothing moved.
channel wechat account_closed
channel alipay account_closed
buyer buys card by wechat as refused
buyer applies reason personal
after 1h
buyer chooses account name "Zhang San" number "zhang@example.com" evidence closure_proof
finance checks-account
fang remits by alipay
after 1h
expect state awaiting_route, turn buyer, channel-code payer_account_closed
