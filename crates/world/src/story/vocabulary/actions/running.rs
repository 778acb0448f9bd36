//! Money and rules.

use crate::story::form::{Does, Form, first, may, need};
use crate::story::goods::parameter_names;
use crate::story::value::Kind;
use crate::story::{goods, staff};

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "releases",
        slots: &[may("payout", Kind::Count, "which payout of the order, by number; without it every one that is held")],
        about: "Finance: releases a payout as a second person (R35).",
        example: "finance releases",
        does: Does::Deed(staff::releases),
    },
    Form {
        word: "resumes",
        slots: &[may(
            "payout",
            Kind::Count,
            "which payout of the order, by number; without it every one that is stuck",
        )],
        about: "Finance: sends a stuck payout on.",
        example: "finance resumes",
        does: Does::Deed(staff::resumes),
    },
    Form {
        word: "publishes",
        slots: &[
            first("parameter", Kind::Code(parameter_names), "which number of the rules"),
            first("value", Kind::Number, "its new value"),
            need("from", Kind::Moment, "for orders from which day on"),
        ],
        about: "Administrator: publishes a change of the rules with notice, 15 days where rights shrink, else 7. `policy` changes them without notice.",
        example: "admin publishes seller_answer_hours 12 from 2026-04-01 refused effective_from",
        does: Does::Deed(goods::publishes),
    },
];
