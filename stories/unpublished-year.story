story "A year whose calendar is not published yet"
# R3: the deadline is shown as provisional, and nothing adverse happens to the buyer by it

product card price 99.99

at 2026-12-30 16:30
buyer buys card
at 2026-12-30 17:00
buyer applies reason system_fault text "the page failed"
expect provisional yes
reviewer asks failure_popup
expect turn buyer, provisional yes, due 2027-01-05 24:00
at 2027-01-20 12:00
expect state awaiting_buyer, turn buyer
buyer gives evidence failure_popup text "here it is"
expect state under_review
