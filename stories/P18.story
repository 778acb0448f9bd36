story "P18 sold out after it was paid for"
# R8, R32

product card price 12.00, stock 0

buyer buys card
expect outcome APPROVED, approved 12.00, fee 0.00, decided-by automatic
expect unit 1 returned, arrived 12.00, notice buyer case_completed
