//! Mass incidents.

use crate::story::form::{Does, Form, first, may, need};
use crate::story::incidents;
use crate::story::value::{Kind, Noun};
use crate::story::vocabulary::{channels, reasons};

fn bearers() -> Vec<&'static str> {
    vec!["seller", "platform"]
}

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "proposes-incident",
        slots: &[
            first("product", Kind::Name(Noun::Product), "orders of which product"),
            need("reason", Kind::Code(reasons), "what is wrong with them"),
            may("channel", Kind::Code(channels), "only those paid through it"),
            may("bearer", Kind::Code(bearers), "who bears it; without it the seller"),
            may("rate", Kind::Count, "orders a second; without it as fast as it goes"),
            may("used", Kind::Flag, "also where the code was used or the credit arrived"),
        ],
        about: "Risk, finance: proposes to refund every order that a mass incident affects (S29).",
        example: "risk proposes-incident card reason invalid_code",
        does: Does::Deed(incidents::proposes),
    },
    Form {
        word: "agrees-incident",
        slots: &[],
        about: "Finance: agrees to the last incident as a second person; its orders are refunded.",
        example: "finance agrees-incident",
        does: Does::Deed(incidents::agrees),
    },
    Form {
        word: "pauses-incident",
        slots: &[],
        about: "Risk, finance: stops the last incident for a while.",
        example: "risk pauses-incident",
        does: Does::Deed(incidents::pauses),
    },
    Form {
        word: "resumes-incident",
        slots: &[],
        about: "Risk, finance: lets it go on.",
        example: "finance resumes-incident",
        does: Does::Deed(incidents::resumes),
    },
    Form {
        word: "gives-up-incident",
        slots: &[],
        about: "Risk, finance: gives up whatever of the last incident was not refunded yet.",
        example: "finance gives-up-incident",
        does: Does::Deed(incidents::gives_up),
    },
];
