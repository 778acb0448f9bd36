story "A bad batch: everybody is refunded without asking, and nobody twice"
# S29: two people agree; open cases are decided by it; what was refunded or used is left alone; the seller is told in sum

at 2026-03-10 10:00
product card price 30.00, stock 9, fee none
buyer ann
buyer ben
buyer cat
buyer dan

ann buys card as first
ben buys card as second
cat buys card as third
dan buys card as fourth
# One has asked already, one changed his mind before anybody knew.
ann reveals order first
ann applies reason invalid_code order first
ben applies reason personal order second
expect order second outcome APPROVED

risk proposes-incident card reason invalid_code
expect incident waiting left 4
risk agrees-incident refused forbidden
finance agrees-incident
after 1m
expect incident done refunded 3 skipped 1 failed 0
expect order first outcome APPROVED, approved 30.00
expect order third outcome APPROVED, approved 30.00
expect order fourth outcome APPROVED, approved 30.00
expect left alipay 120.00
expect stock card quarantined 3
expect notice cat incident_refund
expect notice seller incident_sum
ann applies reason invalid_code order first refused nothing_left
finance pauses-incident refused wrong_state
