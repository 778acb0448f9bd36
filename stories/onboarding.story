story "Somebody becomes a seller: rejected, mended, approved, and the deposit opens the shop"
# S27: an application is answered within five working days, one at a time, and the deposit has ten to come in

at 2026-03-10 10:00
buyer star
buyer slow
buyer shy

expect admission star none
star applies-to-sell Starcards
expect admission star at_staff
star applies-to-sell Othercards refused already_exists
star approves-seller star refused forbidden
finance approves-seller star refused forbidden
admin rejects-seller star
expect admission star rejected
expect notice star admission_rejected
star applies-to-sell Starcards form person

# Nobody answers for five working days: administrators are reminded, and nothing is decided by that.
after 8d
expect notice admin admission_overdue
expect admission star at_staff
admin approves-seller star
expect admission star awaiting_deposit
finance records-first-deposit star 10.00 refused below_deposit
finance records-first-deposit star 5000.00
expect admission star admitted
expect notice star admission_admitted
star applies-to-sell Secondcards refused already_exists

# The name is taken now; who does not pay in ten working days begins again.
slow applies-to-sell Starcards refused invalid
slow applies-to-sell Slowcards
admin approves-seller slow
after 16d
expect admission slow lapsed
slow applies-to-sell Slowcards
expect admission slow at_staff

shy applies-to-sell Shycards
shy withdraws-application
expect admission shy withdrawn
admin approves-seller shy refused wrong_state
