story "A bad batch of codes: one decision for every case"
# S07

product card price 30.00, stock 9
buyer ann
buyer ben

at 2026-03-10 10:00
ann buys card as first
ann reveals
ann applies reason system_fault text "the issuer recalled it"
ben buys card as second
ben reveals
ben applies reason system_fault text "recalled"
reviewer decides-batch approve text "the issuer recalled the batch" case case1
after 30s
expect order first outcome APPROVED, approved 30.00
expect order second outcome APPROVED, approved 30.00
expect left alipay 60.00
