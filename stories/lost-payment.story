story "A payment whose callback never comes is found, and one that comes too late goes back"
# R29: the channel is asked about open payments

product card price 30.00

at 2026-03-10 10:00
buyer orders card by wechat as late
buyer pays late
after 3m
expect order late status paid, unit 1 sealed

buyer orders card as unpaid
after 61m
expect order unpaid status expired, notice buyer order_expired
buyer pays order unpaid refused wrong_state
