story "The order's thread: promises are marked, contacts are hinted at, reading is noted"
# S05

product card price 20.00

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer writes "卡密无效，怎么办？"
expect unread seller 1
seller reads
expect unread seller 0
seller writes "加我微信 kami_8888 处理" refused text
seller writes "24小时内退款到账"
expect mark promise_refund, unread buyer 1
seller offers full reason invalid_code text "全额退款"
expect offer standing
buyer accepts
expect outcome APPROVED, approved 20.00, decided-by agreement
