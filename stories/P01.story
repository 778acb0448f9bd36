story "P01 cancelled before delivery, for a personal reason, no fee disclosed"
# R9, R10, R15

product topup kind direct_top_up, price 50.00, promise 24h

at 2026-03-10 10:00
buyer buys topup by alipay

at 2026-03-10 10:05
channel alipay later
buyer applies reason personal
expect outcome APPROVED, decided-by automatic, approved 50.00, fee 0.00
expect to alipay 50.00, expected-by 2026-03-12 24:00
expect state refunding, turn channel

after 2h
expect state completed, arrived 50.00, left alipay 50.00
