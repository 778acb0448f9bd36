story "A year whose calendar is published later"
# R3: until then deadlines into it are provisional; this calendar is invented

calendar "2027-invented.json"
product card price 99.99

at 2026-12-30 16:30
buyer buys card
at 2026-12-30 17:00
buyer applies reason system_fault text "the page failed"
expect due 2027-01-05 24:00, provisional no, can reviewer claim
