//! Becoming a seller.

use crate::story::admissions;
use crate::story::form::{Does, Form, Slot, first, may};
use crate::story::value::{Kind, Noun};

const APPLICANT: Slot = first("person", Kind::Name(Noun::Person), "whose application");

fn forms() -> Vec<&'static str> {
    vec!["person", "company"]
}

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "applies-to-sell",
        slots: &[
            first("shop", Kind::Word, "how the shop is to be called"),
            may("form", Kind::Code(forms), "before the law; without it a company"),
        ],
        about: "A buyer: applies to become a seller, or applies again (S27).",
        example: "buyer applies-to-sell Starcards",
        does: Does::Deed(admissions::applies),
    },
    Form {
        word: "withdraws-application",
        slots: &[],
        about: "The applicant: takes the application back.",
        example: "buyer withdraws-application",
        does: Does::Deed(admissions::withdraws),
    },
    Form {
        word: "approves-seller",
        slots: &[APPLICANT],
        about: "Admin: approves an application to sell; the deposit is awaited then.",
        example: "admin approves-seller buyer",
        does: Does::Deed(admissions::approves),
    },
    Form {
        word: "rejects-seller",
        slots: &[APPLICANT],
        about: "Admin: rejects it, with what would change it.",
        example: "admin rejects-seller buyer",
        does: Does::Deed(admissions::rejects),
    },
    Form {
        word: "records-first-deposit",
        slots: &[APPLICANT, first("amount", Kind::Amount, "how much came in")],
        about: "Finance, admin: the deposit came in, which opens the shop.",
        example: "finance records-first-deposit buyer 5000.00",
        does: Does::Deed(admissions::records_deposit),
    },
];
