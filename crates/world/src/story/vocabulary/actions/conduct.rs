//! Conduct and credit.

use crate::story::conduct::{self, findings};
use crate::story::form::{Does, Form, first, may, need};
use crate::story::value::{Kind, Noun};
use crate::story::vocabulary::evidence;

fn results() -> Vec<&'static str> {
    vec!["upheld", "reversed"]
}

fn reviews() -> Vec<&'static str> {
    vec!["released", "refused"]
}

fn flaws() -> Vec<&'static str> {
    vec!["forged", "unclear"]
}

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "finds",
        slots: &[
            first("finding", Kind::Code(findings), "what"),
            need("about", Kind::Name(Noun::Person), "about whom; a shop's name means the shop"),
            need("text", Kind::Text, "in words to whoever it is about"),
        ],
        about: "Risk or support: records a finding about somebody's conduct; with `case`, in which case it happened.",
        example: "risk finds abuse about buyer text \"please write without insults\"",
        does: Does::Deed(conduct::finds),
    },
    Form {
        word: "disputes-finding",
        slots: &[first("text", Kind::Text, "in which words")],
        about: "Whoever it is about: appeals the last finding that cost him credit, or his shop.",
        example: "buyer disputes-finding \"I quoted him\"",
        does: Does::Deed(conduct::disputes),
    },
    Form {
        word: "judges-finding",
        slots: &[
            first("result", Kind::Code(results), "how"),
            need("about", Kind::Name(Noun::Person), "about whom; a shop's name means the shop"),
            need("text", Kind::Text, "in words to whoever it is about"),
        ],
        about: "Staff: judges the appeal of a finding.",
        example: "senior judges-finding reversed about buyer text \"it was a quotation\"",
        does: Does::Deed(conduct::judges),
    },
    Form {
        word: "lifts-finding",
        slots: &[
            need("about", Kind::Name(Noun::Person), "about whom; a shop's name means the shop"),
            need("text", Kind::Text, "in words to whoever it is about"),
        ],
        about: "Staff: takes the last finding or block back without an appeal.",
        example: "risk lifts-finding about buyer text \"a mistake of ours\"",
        does: Does::Deed(conduct::lifts),
    },
    Form {
        word: "blocks",
        slots: &[
            need("about", Kind::Name(Noun::Person), "about whom; a shop's name means the shop"),
            need("until", Kind::Moment, "the end of its last day"),
            need("text", Kind::Text, "in words to whoever it is about"),
        ],
        about: "Administrator: blocks an account or a shop; its cases, appeals and money go on.",
        example: "admin blocks about buyer until 2026-04-01 text \"three forged claims\"",
        does: Does::Deed(conduct::blocks),
    },
    Form {
        word: "reviews-listing",
        slots: &[
            first("product", Kind::Name(Noun::Product), "which"),
            first("result", Kind::Code(reviews), "how"),
            may("text", Kind::Text, "in words to the seller; a refusal needs them"),
        ],
        about: "Staff: reviews goods that are held because their seller's credit is low.",
        example: "risk reviews-listing card released",
        does: Does::Deed(conduct::reviews),
    },
    Form {
        word: "examines",
        slots: &[
            first("finding", Kind::Code(flaws), "what is wrong with it"),
            need("evidence", Kind::Codes(evidence), "which file of the case, by type"),
            need("text", Kind::Text, "on what grounds"),
        ],
        about: "Staff: records a finding about a file of the case (S03).",
        example: "risk examines forged evidence product_screenshot text \"the numbers are painted over\"",
        does: Does::NotYet,
    },
];
