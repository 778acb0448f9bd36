story "Redemption codes are worth their sum once, and the books know of every one"
# S18: balance or a voucher, at the platform's cost; used once, by whoever is first; withdrawn and expired ones cost nothing

at 2026-04-10 10:00
product card price 100.00, face 100.00
person second is buyer

redemption-code gift value 20.00 as-what balance
expect ledger platform_cost 20.00, ledger code_liability:gift 20.00
buyer brings gift
expect balance buyer 20.00, ledger code_liability:gift 0.00, ledger buyer_balance:buyer 20.00
second brings gift refused code_used
expect balance second 0.00

redemption-code voucher value 30.00 as-what voucher
second brings voucher
expect lot second 30.00

redemption-code lost value 50.00 as-what balance
withdraw-code lost
buyer brings lost refused code_withdrawn
expect ledger platform_cost 50.00

redemption-code late value 5.00 as-what balance until 2026-04-30 24:00
at 2026-05-01 00:00
buyer brings late refused code_expired
expect ledger platform_cost 50.00, ledger code_liability:late 0.00
