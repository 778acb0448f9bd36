story "A small house whose only member of staff is party to the case"
# R35: the buyer is told, somebody outside can be invited, and he judges alone

organisation consumers
person ann is arbitrator organisation consumers
person 老李 is admin+reviewer+senior_reviewer+risk+finance
seller direct self-operated
product card of direct price 60.00

at 2026-03-10 10:00
buyer buys card
buyer reveals
buyer applies reason invalid_code evidence failure_popup text "refused by the issuer"
expect turn reviewer, unmanned no
老李 rejects REJECT_EVIDENCE text "show the whole screen"
after 30s
expect outcome REJECT_EVIDENCE
buyer appeals evidence test_report text "the whole screen"
expect remedy appeal, unmanned yes
老李 dismisses text "no" refused conflicted
老李 invites ann
ann rules uphold text "the code was used before it was sold"
after 30s
expect remedy upheld, approved 60.00, left alipay 60.00
