story "Support: the program tells at once where a refund stands, and a person answers"
# S22

product card price 20.00

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup
expect turn seller
buyer chats "where is my refund?"
expect conversation awaiting_support messages 1
buyer sends-progress
expect conversation awaiting_support told seller_answer
seller replies "that is not for me to say" refused not_found
support replies "the seller has until tomorrow at ten; then it is yours by rule"
expect conversation awaiting_asker
expect notice buyer support_answered
seller agrees
support sends-progress
buyer chats "thank you"
expect conversation awaiting_support

# A guest writes as well, and nobody answers: administrators are told.
guest buys card
guest chats "I cannot find my code"
after 1d
expect notice admin support_overdue
expect conversation awaiting_support messages 1
