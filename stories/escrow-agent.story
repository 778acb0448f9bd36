story "What an escrow agent keeps waits for his release"
# R14

escrow-agent unionpay
product card price 40.00, stock 20

at 2026-03-10 10:00
buyer buys card by unionpay as kept
buyer applies reason personal
after 1h
expect state refunding, payout held, point agent_release, turn finance, left unionpay 0.00
finance releases refused wrong_state
finance proves release
after 1h
expect state completed, left unionpay 40.00

buyer buys card by unionpay as denied
buyer applies reason personal
finance refuses-release "The agent says that he paid it out already."
expect state awaiting_route, turn buyer, channel-code agent_refused
buyer chooses balance
expect state completed, balance buyer 40.00

# A switch nobody consented to is taken back, as far as it is unspent.
buyer buys card by balance
finance reverses "The buyer never agreed to balance." order denied refused nothing_left
