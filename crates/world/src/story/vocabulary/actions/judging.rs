//! Judging.

use super::TIP_OFF;
use crate::story::form::{Does, Form, first, may, maybe, need};
use crate::story::staff::QUESTIONS;
use crate::story::value::{Kind, Noun};
use crate::story::vocabulary::{evidence, reject_codes};
use crate::story::{conduct, hearings, issuers, staff, support, tip_offs};
use yuanlu_domain::tip_off::TipOffOutcome;

fn tip_off_outcomes() -> Vec<&'static str> {
    TipOffOutcome::ALL.map(TipOffOutcome::code).to_vec()
}

fn questions() -> Vec<&'static str> {
    QUESTIONS.to_vec()
}

fn first_verdicts() -> Vec<&'static str> {
    vec!["approve", "reject"]
}

fn verdicts() -> Vec<&'static str> {
    vec!["approve", "reject", "uphold", "dismiss"]
}

fn responsible() -> Vec<&'static str> {
    vec!["buyer", "seller", "platform", "shared"]
}

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "asks-issuers",
        slots: &[],
        about: "Whoever judges the case: has the issuers of its codes asked (R25).",
        example: "reviewer asks-issuers",
        does: Does::Deed(issuers::asks_issuers),
    },
    Form {
        word: "claims",
        slots: &[],
        about: "Staff: takes a case from the queue.",
        example: "reviewer claims",
        does: Does::Deed(staff::claims),
    },
    Form {
        word: "asks",
        slots: &[
            first("wanted", Kind::Codes(evidence), "what for"),
            may("text", Kind::Text, "in which words; without it none"),
        ],
        about: "Staff: asks the buyer for material; silence closes the case (R18).",
        example: "reviewer asks failure_popup+chat_log",
        does: Does::Deed(staff::asks),
    },
    Form {
        word: "passes",
        slots: &[],
        about: "Staff: passes the case to the seller, once (R16).",
        example: "reviewer passes",
        does: Does::Deed(staff::passes),
    },
    Form {
        word: "approves",
        slots: &[
            maybe(
                "amount",
                Kind::Amount,
                "how much, fee not taken off; without it as claimed, as far as it can go back",
            ),
            may(
                "doubts",
                Kind::Codes(questions),
                "which of the three questions of a review (R17) he answers with no; without it all are answered with yes",
            ),
            may("text", Kind::Text, "in which words; without it none"),
        ],
        about: "Staff: approves in full or in part. A decision of staff is sent after 30 seconds (`after 30s`).",
        example: "reviewer approves 40.00 doubts evidence text \"one of two codes works\"",
        does: Does::Deed(staff::approves),
    },
    Form {
        word: "rejects",
        slots: &[
            first("code", Kind::Code(reject_codes), "why"),
            may("clause", Kind::Word, "the rule it rests on; without it the one that belongs to the code"),
            need("text", Kind::Text, "in words the buyer can act on"),
            may(
                "doubts",
                Kind::Codes(questions),
                "which of the three questions he answers with no; without it all are answered with yes",
            ),
        ],
        about: "Staff: rejects. A decision of staff is sent after 30 seconds (`after 30s`).",
        example: "reviewer rejects REJECT_NO_FAULT text \"the issuer shows your account\"",
        does: Does::Deed(staff::rejects),
    },
    Form {
        word: "decides-batch",
        slots: &[
            first("verdict", Kind::Code(first_verdicts), "how"),
            may("amount", Kind::Amount, "how much for each; without it as claimed"),
            may("code", Kind::Code(reject_codes), "of a rejection: why"),
            may("clause", Kind::Word, "of a rejection: the rule it rests on"),
            may(
                "doubts",
                Kind::Codes(questions),
                "which of the three questions he answers with no; without it all are answered with yes",
            ),
            need("text", Kind::Text, "in words the loser can act on"),
        ],
        about: "Staff: decides the case and every other about codes of the same batch alike.",
        example: "reviewer decides-batch approve text \"the issuer recalled the batch\"",
        does: Does::Deed(conduct::decides_batch),
    },
    Form {
        word: "takes-back",
        slots: &[],
        about: "Staff: takes his decision back before it is sent, within 30 seconds.",
        example: "reviewer takes-back",
        does: Does::Deed(hearings::takes_back),
    },
    Form {
        word: "upholds",
        slots: &[
            maybe("amount", Kind::Amount, "what it is worth; without it as asked, as far as it can go back"),
            may(
                "doubts",
                Kind::Codes(questions),
                "which of the three questions of a review (R17) he answers with no; without it all are answered with yes",
            ),
            may("text", Kind::Text, "in which words; without it none"),
        ],
        about: "Staff: finds an appeal, a complaint or an objection right.",
        example: "senior upholds 50.00 text \"the log was not looked at\"",
        does: Does::Deed(hearings::upholds),
    },
    Form {
        word: "dismisses",
        slots: &[
            need("text", Kind::Text, "in words whoever opened it can understand"),
            may(
                "doubts",
                Kind::Codes(questions),
                "which of the three questions of a review (R17) he answers with no; without it all are answered with yes",
            ),
        ],
        about: "Staff: finds an appeal, a complaint or an objection wrong.",
        example: "senior dismisses text \"nothing new\"",
        does: Does::Deed(hearings::dismisses),
    },
    Form {
        word: "refers",
        slots: &[],
        about: "Staff: refers the case to a panel (R30). Its seats are 17 unless `policy panel_seats` says otherwise; arbitrators are introduced with `organisation` and `person`.",
        example: "reviewer refers",
        does: Does::Deed(hearings::refers),
    },
    Form {
        word: "invites",
        slots: &[first("person", Kind::Name(Noun::Person), "whom")],
        about: "Senior or administrator: invites an arbitrator to judge alone, where nobody of the house may (R35).",
        example: "admin invites ann",
        does: Does::Deed(hearings::invites),
    },
    Form {
        word: "votes",
        slots: &[
            need(
                "responsible",
                Kind::Code(responsible),
                "who is responsible; a vote is for a refund unless it is the buyer",
            ),
            may("amount", Kind::Amount, "how much should go back; without it nothing"),
            need("text", Kind::Text, "why"),
        ],
        about: "Arbitrator: votes on a panel, blind (R30).",
        example: "ann votes responsible seller amount 50.00 text \"no log\"",
        does: Does::Deed(hearings::votes),
    },
    Form {
        word: "rules",
        slots: &[
            first("verdict", Kind::Code(verdicts), "how"),
            may("amount", Kind::Amount, "how much; without it as asked"),
            may("code", Kind::Code(reject_codes), "of a rejection: why"),
            may("clause", Kind::Word, "of a rejection: the rule it rests on"),
            may(
                "doubts",
                Kind::Codes(questions),
                "which of the three questions of a review (R17) he answers with no; without it all are answered with yes",
            ),
            need("text", Kind::Text, "in words the loser can act on"),
        ],
        about: "Arbitrator: judges alone, by invitation (R35).",
        example: "ann rules uphold amount 50.00 text \"no log of the arrival\"",
        does: Does::Deed(hearings::rules),
    },
    Form {
        word: "claims-tip-off",
        slots: &[TIP_OFF],
        about: "Risk: takes a tip-off.",
        example: "risk claims-tip-off",
        does: Does::Deed(tip_offs::claims),
    },
    Form {
        word: "asks-reporter",
        slots: &[first("text", Kind::Text, "what for"), TIP_OFF],
        about: "Risk: asks whoever made a tip-off for more, once.",
        example: "risk asks-reporter \"which code was it?\"",
        does: Does::Deed(tip_offs::asks),
    },
    Form {
        word: "accuses",
        slots: &[first("person", Kind::Name(Noun::Person), "whom"), TIP_OFF],
        about: "Risk: says whom of staff a tip-off means, who from then on does not see it.",
        example: "risk accuses reviewer",
        does: Does::Deed(tip_offs::accuses),
    },
    Form {
        word: "answers-tip-off",
        slots: &[
            first("outcome", Kind::Code(tip_off_outcomes), "what comes of it"),
            need("text", Kind::Text, "in words to whoever made it"),
            TIP_OFF,
        ],
        about: "Risk: decides a tip-off and tells its outcome.",
        example: "risk answers-tip-off upheld text \"the goods were taken off sale\"",
        does: Does::Deed(tip_offs::answers),
    },
    Form {
        word: "opens-tip-off",
        slots: &[TIP_OFF],
        about: "Anybody: looks at a tip-off. For those it is about, who must find nothing.",
        example: "seller opens-tip-off refused not_found",
        does: Does::Deed(tip_offs::opens),
    },
    Form {
        word: "replies",
        slots: &[first("text", Kind::Text, "what")],
        about: "Support: answers the last conversation (S22).",
        example: "support replies \"it is at the bank\"",
        does: Does::Deed(support::replies),
    },
];
