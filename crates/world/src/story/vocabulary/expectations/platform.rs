//! Of stock, money, people and the platform.

use crate::story::form::{Does, Form, first, may};
use crate::story::value::{Kind, Noun};
use crate::story::vocabulary::{channels, yes_no};
use crate::story::{admissions, incidents, look, support};

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "stock",
        slots: &[
            first("product", Kind::Name(Noun::Product), "of which product"),
            may("free", Kind::Count, "codes that can be sold"),
            may("owned", Kind::Count, "codes that belong to orders"),
            may("quarantined", Kind::Count, "codes that are never sold again (R36)"),
        ],
        about: "Codes of a product.",
        example: "expect stock card free 4 quarantined 1",
        does: Does::Look(look::stock),
    },
    Form {
        word: "incident",
        slots: &[
            first("state", Kind::Word, "gathering, waiting, running, paused, done or cancelled"),
            may("refunded", Kind::Count, "orders refunded"),
            may("skipped", Kind::Count, "orders there was nothing to do about"),
            may("failed", Kind::Count, "orders that could not be refunded"),
            may("left", Kind::Count, "orders not looked at yet"),
        ],
        about: "Where the last mass incident stands (S29).",
        example: "expect incident done refunded 3 skipped 1",
        does: Does::Look(incidents::look),
    },
    Form {
        word: "admission",
        slots: &[
            first("person", Kind::Name(Noun::Person), "whose"),
            first("state", Kind::Word, "none, at_staff, awaiting_deposit, admitted, rejected, withdrawn or lapsed"),
        ],
        about: "Where somebody's application to sell stands (S27).",
        example: "expect admission buyer awaiting_deposit",
        does: Does::Look(admissions::look),
    },
    Form {
        word: "balance",
        slots: &[first("person", Kind::Name(Noun::Person), "whose"), first("amount", Kind::Amount, "how much")],
        about: "What somebody can spend.",
        example: "expect balance buyer 95.00",
        does: Does::Look(look::balance),
    },
    Form {
        word: "lot",
        slots: &[
            first("person", Kind::Name(Noun::Person), "whose"),
            first("amount", Kind::Amount, "how much"),
            may("until", Kind::Moment, "the end of its last day"),
        ],
        about: "A lot of somebody's balance.",
        example: "expect lot buyer 30.00 until 2027-07-10 24:00",
        does: Does::Look(look::lot),
    },
    Form {
        word: "coupon",
        slots: &[
            first("coupon", Kind::Name(Noun::Coupon), "which"),
            first("code", Kind::Word, "free, used, restored, reissued or expired"),
        ],
        about: "Where a coupon stands (R13): with its owner as it was given, used by an order, with him again after one, for seven days more, or over.",
        example: "expect coupon ten restored",
        does: Does::Look(look::coupon),
    },
    Form {
        word: "credit",
        slots: &[
            first("person", Kind::Name(Noun::Person), "whose; a seller's name means the shop"),
            first("points", Kind::Count, "how many"),
        ],
        about: "Somebody's credit (R23).",
        example: "expect credit buyer 80",
        does: Does::Look(look::credit),
    },
    Form {
        word: "finding",
        slots: &[
            first("person", Kind::Name(Noun::Person), "about whom; a shop's name means the shop"),
            first(
                "code",
                Kind::Word,
                "forged_claim, disproved_claim, abuse, threat, contact, several_accounts, malicious_review, blocked, seller_silent, refusal_overturned, invalid_code; or the state of the last one: standing, appealed, upheld, reversed",
            ),
        ],
        about: "What stands in somebody's credit.",
        example: "expect finding buyer abuse",
        does: Does::Look(look::finding),
    },
    Form {
        word: "restricted",
        slots: &[
            first("person", Kind::Name(Noun::Person), "who"),
            first("answer", Kind::Code(yes_no), "whether it is so"),
        ],
        about: "Whether risk decides somebody's claims, after several bad ones (R23).",
        example: "expect restricted buyer no",
        does: Does::Look(look::restricted),
    },
    Form {
        word: "blocked",
        slots: &[
            first("person", Kind::Name(Noun::Person), "who; a shop's name means the shop"),
            first("answer", Kind::Code(yes_no), "whether it is so"),
        ],
        about: "Whether somebody is blocked.",
        example: "expect blocked buyer yes",
        does: Does::Look(look::blocked),
    },
    Form {
        word: "ledger",
        slots: &[
            first(
                "account",
                Kind::Word,
                "channel_clearing:alipay, escrow, refund_in_flight, seller_payable, seller_deposit, seller_withdrawal, buyer_balance:buyer, platform_fee, platform_cost, platform_advance, recourse, fx_gain_loss, voucher_liability, code_liability:gift, balance_funding or unmatched; `:` and a name of the story says whose, without it the current order's or its seller's",
            ),
            first("amount", Kind::Amount, "how much"),
            may("owed", Kind::Flag, "the balance is on the other side, below zero"),
        ],
        about: "What an account of the ledger holds, counted on the side on which it normally grows.",
        example: "expect ledger seller_payable:seller 97.00, ledger platform_fee 2.99",
        does: Does::Look(look::ledger),
    },
    Form {
        word: "withdrawal",
        slots: &[
            first("shop", Kind::Name(Noun::Seller), "whose"),
            first("state", Kind::Word, "waiting, approved, executed, refused, cancelled or stopped"),
        ],
        about: "Where a shop's last withdrawal stands (R27).",
        example: "expect withdrawal seller waiting",
        does: Does::Look(crate::story::funds::withdrawal),
    },
    Form {
        word: "available",
        slots: &[first("shop", Kind::Name(Noun::Seller), "whose"), first("amount", Kind::Amount, "how much")],
        about: "What a shop can withdraw now: nothing while it owes for an advance, and not what its deposit lacks (R27).",
        example: "expect available seller 0.00",
        does: Does::Look(crate::story::funds::available),
    },
    Form {
        word: "left",
        slots: &[first("channel", Kind::Code(channels), "which"), first("amount", Kind::Amount, "how much")],
        about: "What really left through a channel as refunds, by the channel's own books; what came back is taken off.",
        example: "expect left alipay 95.00",
        does: Does::Look(look::left),
    },
    Form {
        word: "notice",
        slots: &[
            first("person", Kind::Name(Noun::Person), "to whom"),
            first("code", Kind::Word, "its code"),
            may("amount", Kind::Amount, "the amount it names"),
            may("due", Kind::Moment, "until when it says that something should be done"),
        ],
        about: "A notice that somebody received in this story: code_issued, credited, sold_out, extra_payment, order_expired, order_paid, order_to_deliver, order_settled, seller_asked, material_asked, case_approved, case_rejected, case_closed, case_completed, route_needed, payout_traced, code_to_cancel, lot_expiring, …",
        example: "expect notice buyer case_approved",
        does: Does::Look(look::notice),
    },
    Form {
        word: "conversation",
        slots: &[
            first("state", Kind::Word, "awaiting_support, awaiting_asker or ended"),
            may("messages", Kind::Count, "how many messages it has"),
            may("told", Kind::Word, "the blocking point that was told last"),
        ],
        about: "Where the last conversation with support stands (S22).",
        example: "expect conversation awaiting_support messages 2 told seller_answer",
        does: Does::Look(support::look),
    },
    Form {
        word: "chosen",
        slots: &[
            first("person", Kind::Name(Noun::Person), "whose"),
            first("topic", Kind::Word, "decision, money, deadline, order, message, digest or desk"),
            first("how", Kind::Word, "must_reach, free, or none where he is told nothing of the kind"),
        ],
        about: "Whether somebody can silence a topic of notices (S23).",
        example: "expect chosen buyer decision must_reach",
        does: Does::Look(support::chosen),
    },
    Form {
        word: "no-notice",
        slots: &[first("person", Kind::Name(Noun::Person), "to whom"), first("code", Kind::Word, "its code")],
        about: "A notice that somebody did not receive.",
        example: "expect no-notice seller seller_asked",
        does: Does::Look(look::no_notice),
    },
    Form {
        word: "figure",
        slots: &[
            first(
                "name",
                Kind::Word,
                "orders, cases, open_cases, completed_cases, products, …; the report of an unknown one names all",
            ),
            first("count", Kind::Count, "how much it is"),
        ],
        about: "A figure that the platform shows in public (S25).",
        example: "expect figure open_cases 1",
        does: Does::Look(look::figure),
    },
    Form {
        word: "books",
        slots: &[],
        about: "Books, journals and lists agree at this moment. At the end of every story this is checked unasked.",
        example: "expect books",
        does: Does::Look(look::books),
    },
];
