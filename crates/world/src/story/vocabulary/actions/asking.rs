//! Asking for money back.

use super::TIP_OFF;
use crate::story::form::{Does, Form, first, may, need};
use crate::story::value::{Kind, Noun};
use crate::story::vocabulary::{evidence, reasons};
use crate::story::{cases, hearings, support, tip_offs};
use yuanlu_domain::tip_off::Concern;

fn routes() -> Vec<&'static str> {
    vec!["balance", "account", "voucher"]
}

fn grounds() -> Vec<&'static str> {
    vec!["unjust_refusal", "seller_fraud", "inaction", "broken_rule"]
}

fn about_whom() -> Vec<&'static str> {
    vec!["product", "seller", "staff"]
}

fn concerns() -> Vec<&'static str> {
    Concern::ALL.map(Concern::code).to_vec()
}

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "previews",
        slots: &[
            need("reason", Kind::Code(reasons), "why"),
            may("units", Kind::Units, "which units; without it all that can still be refunded"),
            may("amount", Kind::Amount, "how much; without it all that can go back of these units"),
            may("received", Kind::Amount, "face value received per unit, where less came than was promised"),
            may("to-balance", Kind::Flag, "he consents expressly to balance in place of the original route (R14)"),
            may("evidence", Kind::Codes(evidence), "files he uploads with it, by type"),
            may("content", Kind::Text, "what is written in these files; without it each has a content of its own"),
            may("text", Kind::Text, "in which words; without it none"),
        ],
        about: "Buyer: fills in an application and sees what the rules are likely to say; nothing is filed. `would`, `would-pay`, `would-cost` and `lacks` are expected of it.",
        example: "buyer previews reason personal",
        does: Does::Deed(cases::previews),
    },
    Form {
        word: "applies",
        slots: &[
            need("reason", Kind::Code(reasons), "why"),
            may("units", Kind::Units, "which units; without it all that can still be refunded"),
            may("amount", Kind::Amount, "how much; without it all that can go back of these units"),
            may("received", Kind::Amount, "face value received per unit, where less came than was promised"),
            may("to-balance", Kind::Flag, "he consents expressly to balance in place of the original route (R14)"),
            may("evidence", Kind::Codes(evidence), "files he uploads with it, by type"),
            may("content", Kind::Text, "what is written in these files; without it each has a content of its own"),
            may("text", Kind::Text, "in which words; without it none"),
            may("as", Kind::New(Noun::Case), "name of the case; without it `case1`, `case2`, …"),
        ],
        about: "Buyer or guest: applies for a refund (申请退款).",
        example: "buyer applies reason not_as_described received 50.00 evidence product_screenshot+other text \"只到账 50\"",
        does: Does::Deed(cases::applies),
    },
    Form {
        word: "withdraws",
        slots: &[],
        about: "Buyer: takes the application back (撤销).",
        example: "buyer withdraws",
        does: Does::Deed(cases::withdraws),
    },
    Form {
        word: "gives",
        slots: &[
            may("text", Kind::Text, "in which words; without it none"),
            may("evidence", Kind::Codes(evidence), "files uploaded with it, by type"),
            may("content", Kind::Text, "what is written in these files; without it each has a content of its own"),
        ],
        about: "Buyer: gives the material he was asked for (补充材料).",
        example: "buyer gives evidence failure_popup text \"see the picture\"",
        does: Does::Deed(cases::gives),
    },
    Form {
        word: "asks-person",
        slots: &[],
        about: "Buyer: wants a person to look at an automatic refusal (R34).",
        example: "buyer asks-person",
        does: Does::Deed(cases::asks_person),
    },
    Form {
        word: "chooses",
        slots: &[
            first("route", Kind::Code(routes), "which other route"),
            may("name", Kind::Text, "in whose name the account is"),
            may("number", Kind::Text, "its number; digits alone are a bank card, anything else an Alipay account"),
            may("bank", Kind::Text, "of which bank, for a card"),
            may("evidence", Kind::Codes(evidence), "the closure proof"),
        ],
        about: "Buyer: chooses another route after the original one was refused for good (R14).",
        example: "buyer chooses balance",
        does: Does::Deed(cases::chooses),
    },
    Form {
        word: "writes",
        slots: &[
            first("text", Kind::Text, "what"),
            may("evidence", Kind::Codes(evidence), "pictures with it"),
            may("content", Kind::Text, "what is written in them"),
            may("all-the-same", Kind::Flag, "he has seen the hints about contacts or tone, and sends it all the same"),
        ],
        about: "Buyer or seller: writes on the order's thread (S05). A text that leads off the platform or threatens is refused with `text` the first time.",
        example: "buyer writes \"the code is refused\"",
        does: Does::Deed(hearings::writes),
    },
    Form {
        word: "reads",
        slots: &[],
        about: "Buyer or seller: has read the thread to its end.",
        example: "seller reads",
        does: Does::Deed(hearings::reads),
    },
    Form {
        word: "accepts",
        slots: &[],
        about: "Buyer: accepts the offer that stands, the last one if there are several (R33).",
        example: "buyer accepts",
        does: Does::Deed(hearings::accepts),
    },
    Form {
        word: "declines",
        slots: &[],
        about: "Buyer: declines the offer that stands.",
        example: "buyer declines",
        does: Does::Deed(hearings::declines),
    },
    Form {
        word: "appeals",
        slots: &[
            may(
                "rule",
                Kind::Word,
                "the rule that was applied wrongly; without it he appeals with new material, which takes evidence",
            ),
            may("amount", Kind::Amount, "how much is asked for; without it what was refused"),
            may("text", Kind::Text, "in which words; without it none"),
            may("evidence", Kind::Codes(evidence), "files uploaded with it, by type"),
            may("content", Kind::Text, "what is written in these files; without it each has a content of its own"),
        ],
        about: "Buyer: appeals a rejection, or the refused part of a part approval (申诉, R19).",
        example: "buyer appeals evidence test_report text \"a new test\"",
        does: Does::Deed(hearings::appeals),
    },
    Form {
        word: "complains",
        slots: &[
            need("ground", Kind::Code(grounds), "what about"),
            may("rule", Kind::Word, "the rule that was broken"),
            may("amount", Kind::Amount, "how much is asked for; without it what was refused"),
            may("text", Kind::Text, "in which words; without it none"),
            may("evidence", Kind::Codes(evidence), "files uploaded with it, by type"),
            may("content", Kind::Text, "what is written in these files; without it each has a content of its own"),
        ],
        about: "Buyer: complains within the platform (投诉, R20).",
        example: "buyer complains ground unjust_refusal text \"the log shows it\"",
        does: Does::Deed(hearings::complains),
    },
    Form {
        word: "drops",
        slots: &[],
        about: "Buyer or seller: withdraws the appeal, complaint or objection he opened.",
        example: "buyer drops",
        does: Does::Deed(hearings::drops),
    },
    Form {
        word: "certificate",
        slots: &[],
        about: "Buyer: takes the certificate of his refund (退款凭证, S21).",
        example: "buyer certificate",
        does: Does::NotYet,
    },
    Form {
        word: "chats",
        slots: &[first("text", Kind::Text, "what")],
        about: "Buyer or guest: writes to support, in the last conversation if that is his and open, else in a new one (S22).",
        example: "guest chats \"where is my refund?\"",
        does: Does::Deed(support::chats),
    },
    Form {
        word: "sends-progress",
        slots: &[],
        about: "Buyer or support: puts how a refund stands into the last conversation; the program answers at once (S22).",
        example: "buyer sends-progress",
        does: Does::Deed(support::asks_progress),
    },
    Form {
        word: "tips-off",
        slots: &[
            need("about", Kind::Code(about_whom), "about what or whom"),
            need("name", Kind::Word, "name of the product, the shop or the person of staff"),
            need("concern", Kind::Code(concerns), "what is wrong"),
            need("text", Kind::Text, "what he has seen, in ten letters or more"),
            may("evidence", Kind::Codes(evidence), "files that come with it, by type"),
            may("as", Kind::New(Noun::TipOff), "its name; without it `tip-off1`, `tip-off2`, …"),
        ],
        about: "Anybody, also a guest: reports something to the platform without an order (举报, R34).",
        example: "guest tips-off about seller name seller concern fraud text \"sells codes that were used before\"",
        does: Does::Deed(tip_offs::tips_off),
    },
    Form {
        word: "adds",
        slots: &[first("text", Kind::Text, "what"), TIP_OFF],
        about: "Whoever made a tip-off: adds words to it.",
        example: "guest adds \"it was the code of 3 March\" tip-off tip-off1",
        does: Does::Deed(tip_offs::adds),
    },
];
