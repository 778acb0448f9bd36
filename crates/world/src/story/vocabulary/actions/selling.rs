//! Selling.

use crate::story::form::{Does, Form, first, may};
use crate::story::value::{Kind, Noun};
use crate::story::vocabulary::statements::CHANGE;
use crate::story::vocabulary::{evidence, reasons};
use crate::story::{cases, goods, hearings, orders};

fn offers() -> Vec<&'static str> {
    vec!["full", "part", "replacement", "more_time"]
}

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "loads",
        slots: &[
            first("count", Kind::Count, "how many"),
            first("product", Kind::Name(Noun::Product), "of which product"),
        ],
        about: "Seller: loads so many new codes.",
        example: "seller loads 3 card",
        does: Does::Deed(goods::loads),
    },
    Form {
        word: "changes",
        slots: &CHANGE,
        about: "Seller: changes a product for orders to come.",
        example: "seller changes card price 89.00",
        does: Does::Deed(goods::changes),
    },
    Form {
        word: "credits",
        slots: &[
            may("units", Kind::Units, "which units; without it every one that waits"),
            may("proof", Kind::Text, "the supplier's number; without it one is made"),
        ],
        about: "Seller: has credited a top-up or membership, and says the supplier's number.",
        example: "seller credits proof \"SUP-1\"",
        does: Does::Deed(orders::credits),
    },
    Form {
        word: "redeems",
        slots: &[
            may("units", Kind::Units, "which units; without it every code that is out"),
            may("at", Kind::Moment, "when it was used; without it now"),
        ],
        about: "Seller: reports that codes were used (核销).",
        example: "seller redeems at 2026-03-10 09:00",
        does: Does::Deed(orders::redeems),
    },
    Form {
        word: "agrees",
        slots: &[],
        about: "Seller: agrees to what the rules give (R16).",
        example: "seller agrees",
        does: Does::Deed(cases::agrees),
    },
    Form {
        word: "contests",
        slots: &[
            may("text", Kind::Text, "in which words; without it none"),
            may("evidence", Kind::Codes(evidence), "files uploaded with it, by type"),
            may("content", Kind::Text, "what is written in these files; without it each has a content of its own"),
        ],
        about: "Seller: contests, in words (R16).",
        example: "seller contests text \"the issuer says it was good\" evidence test_report",
        does: Does::Deed(cases::contests),
    },
    Form {
        word: "offers",
        slots: &[
            first("what", Kind::Code(offers), "what: all, a part, another code, or more time"),
            may("amount", Kind::Amount, "of a part: how much"),
            may("until", Kind::Moment, "of more time: until when"),
            may("units", Kind::Units, "before a case: which units; without it all"),
            may("reason", Kind::Code(reasons), "before a case: what the seller owns up to"),
            may("text", Kind::Text, "in which words; without it none"),
        ],
        about: "Seller: offers the buyer something, in the case that is undecided, or before any (R33).",
        example: "seller offers part amount 30.00",
        does: Does::Deed(hearings::offers),
    },
    Form {
        word: "objects",
        slots: &[
            may("text", Kind::Text, "in which words; without it none"),
            may("evidence", Kind::Codes(evidence), "files uploaded with it, by type"),
            may("content", Kind::Text, "what is written in these files; without it each has a content of its own"),
        ],
        about: "Seller: objects to a decision he lost; the buyer's money stays (R34).",
        example: "seller objects text \"the log proves delivery\"",
        does: Does::Deed(hearings::objects),
    },
    Form {
        word: "cashes-out",
        slots: &[first("amount", Kind::Amount, "how much")],
        about: "Seller: has money that he earned paid out (S27).",
        example: "seller cashes-out 50.00",
        does: Does::NotYet,
    },
];
