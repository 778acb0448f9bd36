story "A stranger tips off the platform about a shop, and is told what came of it"
# R34

product card price 20.00

at 2026-03-10 10:00
guest tips-off about seller name seller concern fraud text "sells codes that were used before"
expect tip-off at_risk
seller opens-tip-off refused not_found
risk claims-tip-off
risk asks-reporter "which code was it, please?"
expect tip-off awaiting_reporter
guest adds "the one I bought on 3 March"
risk answers-tip-off upheld text "the codes were taken off sale"
expect tip-off upheld
