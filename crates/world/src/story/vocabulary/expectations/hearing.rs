//! Of talks and hearings.

use crate::story::form::{Does, Form, first, may};
use crate::story::look;
use crate::story::value::{Kind, Noun};
use crate::story::vocabulary::yes_no;
use yuanlu_domain::outside_complaint::OutsideResult;

fn outside_codes() -> Vec<&'static str> {
    let states = ["received", "answered", "waiting_outside", "closed"];
    states.into_iter().chain(OutsideResult::ALL.iter().map(|result| result.code())).collect()
}

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "offer",
        slots: &[first("code", Kind::Word, "standing, accepted, declined or lapsed")],
        about: "Where the last offer of the order stands (R33).",
        example: "expect offer declined",
        does: Does::Look(look::offer),
    },
    Form {
        word: "mark",
        slots: &[
            first(
                "code",
                Kind::Word,
                "promise_refund, promise_delivery, promise_replacement, promise_other, or the code of a hint: phone, messenger, email, link, payment, abuse, threat, review_threat",
            ),
            may("until", Kind::Moment, "for a promise: for when it was made"),
        ],
        about: "Something was recognised on the order's thread (S05).",
        example: "expect mark promise_refund until 2026-03-11 10:00:00",
        does: Does::Look(look::mark),
    },
    Form {
        word: "unread",
        slots: &[first("person", Kind::Name(Noun::Person), "by whom"), first("count", Kind::Count, "how many")],
        about: "Messages of the thread that somebody has not read.",
        example: "expect unread seller 1",
        does: Does::Look(look::unread),
    },
    Form {
        word: "panel",
        slots: &[first("code", Kind::Word, "evidence, votes or ruled; or none")],
        about: "Where the panel of the case stands (R30).",
        example: "expect panel votes",
        does: Does::Look(look::panel),
    },
    Form {
        word: "votes-cast",
        slots: &[first("count", Kind::Count, "how many")],
        about: "How many votes the panel has so far.",
        example: "expect votes-cast 2",
        does: Does::Look(look::votes_cast),
    },
    Form {
        word: "votes-until",
        slots: &[first("moment", Kind::Moment, "the last moment in time")],
        about: "Until when the panel votes; while material is collected, until when that goes on.",
        example: "expect votes-until 2026-03-14 10:00:00",
        does: Does::Look(look::votes_until),
    },
    Form {
        word: "remedy",
        slots: &[first(
            "code",
            Kind::Word,
            "appeal, complaint or objection; once it is over upheld, dismissed or withdrawn too",
        )],
        about: "The appeal, complaint or objection that is heard, or the last one.",
        example: "expect remedy upheld",
        does: Does::Look(look::remedy),
    },
    Form {
        word: "granted",
        slots: &[first("amount", Kind::Amount, "how much")],
        about: "What the last appeal, complaint or objection was worth.",
        example: "expect granted 50.00",
        does: Does::Look(look::granted),
    },
    Form {
        word: "beyond-loss",
        slots: &[first("amount", Kind::Amount, "how much")],
        about: "What it asked for beyond the loss, which is refused (R12, R20).",
        example: "expect beyond-loss 200.00",
        does: Does::Look(look::beyond_loss),
    },
    Form {
        word: "proposal",
        slots: &[first("code", Kind::Word, "approve, reject, uphold, dismiss, or none")],
        about: "The decision of staff that is not sent yet.",
        example: "expect proposal approve",
        does: Does::Look(look::proposal),
    },
    Form {
        word: "unmanned",
        slots: &[first("answer", Kind::Code(yes_no), "whether it is so")],
        about: "Whether nobody of the house may judge the case (R35).",
        example: "expect unmanned yes",
        does: Does::Look(look::unmanned),
    },
    Form {
        word: "tip-off",
        slots: &[
            first("code", Kind::Word, "at_risk, awaiting_reporter, decided, upheld, not_upheld or passed_on"),
            may("of", Kind::Name(Noun::TipOff), "of which tip-off; without it the last one"),
        ],
        about: "Where a tip-off stands, or what came of it.",
        example: "expect tip-off upheld",
        does: Does::Look(look::tip_off),
    },
    Form {
        word: "tip-off-due",
        slots: &[
            first("moment", Kind::Moment, "the last moment in time"),
            may("of", Kind::Name(Noun::TipOff), "of which tip-off; without it the last one"),
        ],
        about: "When the turn of a tip-off ends.",
        example: "expect tip-off-due 2026-03-13 24:00",
        does: Does::Look(look::tip_off_due),
    },
    Form {
        word: "outside",
        slots: &[first("code", Kind::Code(outside_codes), "what state it is in, or what came of it")],
        about: "How the outside complaint that came last stands.",
        example: "expect outside received",
        does: Does::Look(look::outside),
    },
    Form {
        word: "outside-due",
        slots: &[first("moment", Kind::Moment, "the last moment in time")],
        about: "Until when somebody has to act on the outside complaint that came last.",
        example: "expect outside-due 2026-05-01 10:00",
        does: Does::Look(look::outside_due),
    },
    Form {
        word: "outside-escalated",
        slots: &[first("times", Kind::Count, "how often")],
        about: "How often nobody acted on the outside complaint that came last in time, and all administrators were told.",
        example: "expect outside-escalated 1",
        does: Does::Look(look::outside_escalated),
    },
    Form {
        word: "agency-decides-by",
        slots: &[first("moment", Kind::Moment, "the end of its last day")],
        about: "Until when the agency says whether it accepts the outside complaint that came last.",
        example: "expect agency-decides-by 2026-05-13 24:00",
        does: Does::Look(look::agency_decides),
    },
    Form {
        word: "mediation-ends-by",
        slots: &[first("moment", Kind::Moment, "the end of its last day")],
        about: "Until when mediation by the agency ends.",
        example: "expect mediation-ends-by 2026-07-12 24:00",
        does: Does::Look(look::mediation_ends),
    },
];
