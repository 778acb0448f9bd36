story "A balance is topped up once, spent, warned of, and granted again"
# S17, R37

product card price 30.00

at 2026-03-10 10:00
buyer tops-up 100.00 unread refused confirmation_needed
buyer tops-up 0.50 refused top_up_amount
expect balance buyer 0.00

buyer tops-up 100.00 twice by wechat
after 1m
expect balance buyer 100.00, lot buyer 100.00 until 2027-03-10 24:00, notice buyer topped_up
expect ledger channel_clearing:wechat 100.00

buyer buys card by balance
expect balance buyer 70.00

# A word that comes two hours late is heard, or asked for; nobody is credited twice.
buyer tops-up 20.00 late
after 3h
expect balance buyer 90.00

# Who walks away is charged nothing, and nobody can pay it later.
buyer tops-up 50.00 silent
after 2h
expect balance buyer 90.00

at 2027-03-12 10:00
expect balance buyer 0.00
buyer regrants
expect balance buyer 70.00
