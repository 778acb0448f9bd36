story "A special agreement gives more than the rules"
# R9: even a revealed code goes back, for three days and five percent

product card price 100.00, special-days 3d, special-until always, special-fee 5%

at 2026-03-10 10:00
buyer buys card as early
buyer reveals
buyer buys card as late
buyer reveals
at 2026-03-12 10:00
buyer applies reason personal order early
expect outcome APPROVED, approved 95.00, fee 5.00
expect stock card free 8 quarantined 1
at 2026-03-16 10:00
buyer applies reason personal order late
expect order late outcome REJECT_PERSONAL
