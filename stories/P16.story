story "P16 the buyer typed a wrong number, and it was credited"
# R7

product topup kind direct_top_up, price 50.00

buyer buys topup recipient "13800000001"
seller credits proof "CARRIER-5512"
buyer applies reason personal text "输错号码了"
expect outcome REJECT_USED, rule R7, unit 1 credited
