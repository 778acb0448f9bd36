story "Notices: each step is told, deadlines are reminded of, and what concerns rights cannot be silenced"
# S23

product card price 20.00

at 2026-03-10 10:00
expect chosen buyer decision must_reach, chosen buyer message free
buyer wants-notices site about message
buyer wants-notices site about decision refused invalid
seller wants-notices site about deadline refused invalid
buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup
expect notice seller seller_asked
expect no-notice buyer case_approved
after 20h
expect notice seller reminder
seller agrees
expect notice buyer case_approved amount 20.00
