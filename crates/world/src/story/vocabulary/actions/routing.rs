//! Where money goes when the original road is closed, and whether it arrived.

use crate::story::form::{Does, Form, Slot, first, may, need};
use crate::story::routes;
use crate::story::value::Kind;
use crate::story::vocabulary::channels;

fn proofs() -> Vec<&'static str> {
    routes::PROOFS.iter().map(|(word, _)| *word).collect()
}

const PAYOUT: Slot =
    may("payout", Kind::Count, "which payout of the order, by number; without it the last that allows it");

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "names-card",
        slots: &[
            need("name", Kind::Text, "in whose name it is"),
            need("number", Kind::Text, "its number"),
            need("bank", Kind::Text, "of which bank"),
            PAYOUT,
        ],
        about: "Buyer: names a bank card for a refund that is abnormal at the channel (R14).",
        example: "buyer names-card name \"Zhang San\" number \"6222021234567890003\" bank \"工商银行\"",
        does: Does::Deed(routes::names_card),
    },
    Form {
        word: "doubts",
        slots: &[PAYOUT],
        about: "Buyer: says that his refund has not arrived (R15).",
        example: "buyer doubts refused on_its_way",
        does: Does::Deed(routes::doubts),
    },
    Form {
        word: "checks-account",
        slots: &[PAYOUT],
        about: "Finance: the account the buyer named agrees with the proof (R14).",
        example: "finance checks-account",
        does: Does::Deed(routes::checks),
    },
    Form {
        word: "refuses-account",
        slots: &[first("text", Kind::Text, "why"), PAYOUT],
        about: "Finance: it does not agree; the buyer chooses again (R14).",
        example: "finance refuses-account \"the name is another one\"",
        does: Does::Deed(routes::refuses_account),
    },
    Form {
        word: "remits",
        slots: &[need("by", Kind::Code(channels), "which channel"), PAYOUT],
        about: "Finance, another person than who checked: sends the money to the account by a channel (R14).",
        example: "finance remits by alipay",
        does: Does::Deed(routes::remits),
    },
    Form {
        word: "transfers",
        slots: &[first("reference", Kind::Text, "the bank's reference"), PAYOUT],
        about: "Finance, another person than who checked: has sent the money at the bank (R14).",
        example: "finance transfers \"B2026031000017\"",
        does: Does::Deed(routes::transfers),
    },
    Form {
        word: "proves",
        slots: &[first("what", Kind::Code(proofs), "what happened to the money"), PAYOUT],
        about: "Finance: puts on record, with a file, that money arrived, came back, or was released by an escrow agent (R14).",
        example: "finance proves arrival",
        does: Does::Deed(routes::proves),
    },
    Form {
        word: "refuses-release",
        slots: &[first("text", Kind::Text, "why"), PAYOUT],
        about: "Finance: the escrow agent will not release the money (R14).",
        example: "finance refuses-release \"the agent says the goods were used\"",
        does: Does::Deed(routes::refuses_release),
    },
    Form {
        word: "finishes",
        slots: &[PAYOUT],
        about: "Finance: sends an abnormal refund on at the channel, to the card the buyer named (R14).",
        example: "finance finishes",
        does: Does::Deed(routes::finishes),
    },
    Form {
        word: "explains",
        slots: &[first("text", Kind::Text, "in which words"), PAYOUT],
        about: "Finance: tells a buyer where the money is that he cannot find (R15).",
        example: "finance explains \"credited on 12 March to the card ending in 0003\"",
        does: Does::Deed(routes::explains),
    },
    Form {
        word: "reverses",
        slots: &[first("text", Kind::Text, "why"), PAYOUT],
        about: "Finance: takes back what went to balance without consent, as far as it is unspent, and sends it home (R14).",
        example: "finance reverses \"the buyer never agreed\"",
        does: Does::Deed(routes::reverses),
    },
];
