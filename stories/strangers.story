story "Nobody sees or moves what is not his"

seller galaxy
seller other
buyer 小明
buyer stranger
product card of galaxy price 20.00, stock 3

小明 buys card
小明 reveals
stranger opens refused not_found
other opens refused not_found
小明 applies reason invalid_code evidence failure_popup text "被拒绝"
stranger withdraws refused not_found
other agrees refused not_found
小明 agrees refused forbidden
reviewer approves refused wrong_state
stranger buys card seen-price 0.01 refused price_changed
guest buys card by wechat
guest applies reason personal to-balance refused balance_needs_account
guest applies reason personal
expect outcome APPROVED, to wechat 20.00
