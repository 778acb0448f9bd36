//! Of an order, and before an application.

use crate::story::form::{Does, Form, first, maybe};
use crate::story::look;
use crate::story::value::Kind;

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "status",
        slots: &[first("code", Kind::Word, "awaiting_payment, expired, paid or completed")],
        about: "Where the order stands.",
        example: "expect status completed",
        does: Does::Look(look::status),
    },
    Form {
        word: "window",
        slots: &[first("moment", Kind::Moment, "the last moment in time")],
        about: "Until when a refund of the order can be applied for (R5).",
        example: "expect window 2026-05-06 24:00",
        does: Does::Look(look::window),
    },
    Form {
        word: "promised",
        slots: &[first("moment", Kind::Moment, "the last moment in time")],
        about: "Until when delivery is promised (R24), while something is not delivered.",
        example: "expect promised 2026-05-21 12:00:00",
        does: Does::Look(look::promised),
    },
    Form {
        word: "refundable",
        slots: &[first("amount", Kind::Amount, "how much")],
        about: "What can still go back of the order.",
        example: "expect refundable 0.00",
        does: Does::Look(look::refundable),
    },
    Form {
        word: "unit",
        slots: &[
            first("unit", Kind::Count, "which, from 1"),
            first("code", Kind::Word, "unpaid, awaiting, sold_out, sealed, revealed, redeemed, credited or returned"),
        ],
        about: "Where a unit of the order stands.",
        example: "expect unit 1 sealed",
        does: Does::Look(look::unit),
    },
    Form {
        word: "cases",
        slots: &[first("count", Kind::Count, "how many")],
        about: "How many cases the order has.",
        example: "expect cases 1",
        does: Does::Look(look::cases),
    },
    Form {
        word: "timer",
        slots: &[
            first("subject", Kind::Word, "payment, completion, settlement, case:1, payout:1, …"),
            maybe("moment", Kind::Moment, "the last moment before it acts; without it any"),
        ],
        about: "What the order waits for.",
        example: "expect timer settlement 2026-03-25 24:00",
        does: Does::Look(look::timer),
    },
    Form {
        word: "no-timer",
        slots: &[first("subject", Kind::Word, "payment, completion, settlement, case:1, payout:1, …")],
        about: "What the order does not wait for.",
        example: "expect no-timer settlement",
        does: Does::Look(look::no_timer),
    },
    Form {
        word: "would",
        slots: &[first(
            "code",
            Kind::Word,
            "approve, reject, seller, reviewer, risk or refused; or the code of the rejection or refusal",
        )],
        about: "What the last `previews` said.",
        example: "expect would approve",
        does: Does::Look(look::would),
    },
    Form {
        word: "would-pay",
        slots: &[first("amount", Kind::Amount, "how much")],
        about: "What the last `previews` said would be paid out.",
        example: "expect would-pay 95.00",
        does: Does::Look(look::would_pay),
    },
    Form {
        word: "would-cost",
        slots: &[first("amount", Kind::Amount, "how much")],
        about: "Which fee the last `previews` announced.",
        example: "expect would-cost 4.99",
        does: Does::Look(look::would_cost),
    },
    Form {
        word: "lacks",
        slots: &[first("code", Kind::Word, "text, evidence or received_face")],
        about: "What the last `previews` found missing.",
        example: "expect lacks evidence",
        does: Does::Look(look::lacks),
    },
];
