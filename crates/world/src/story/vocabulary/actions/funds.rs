//! A seller's money.

use crate::story::codes;
use crate::story::form::{Does, Form, Slot, first, may, need};
use crate::story::funds;
use crate::story::value::{Kind, Noun};

const SHOP: Slot = first("shop", Kind::Name(Noun::Seller), "whose");
const AMOUNT: Slot = need("amount", Kind::Amount, "how much");
const REFERENCE: Slot = may("reference", Kind::Text, "the bank's reference; without it one is made");

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "brings",
        slots: &[first("code", Kind::Name(Noun::RedemptionCode), "which")],
        about: "Anybody with an account: uses a redemption code (S18).",
        example: "buyer brings gift",
        does: Does::Deed(codes::redeem),
    },
    Form {
        word: "names-account",
        slots: &[],
        about: "Seller: names the bank account he is paid to, with his password; it waits a day (R27).",
        example: "seller names-account",
        does: Does::Deed(funds::names_account),
    },
    Form {
        word: "takes-out",
        slots: &[first("amount", Kind::Amount, "how much")],
        about: "Seller: asks for a withdrawal of what he has earned; it is set aside at once (R27).",
        example: "seller takes-out 50.00",
        does: Does::Deed(funds::takes_out),
    },
    Form {
        word: "calls-off",
        slots: &[],
        about: "Seller: takes his last withdrawal back.",
        example: "seller calls-off",
        does: Does::Deed(funds::calls_off),
    },
    Form {
        word: "raises-deposit",
        slots: &[first("amount", Kind::Amount, "how much")],
        about: "Seller: raises the deposit from what he has earned.",
        example: "seller raises-deposit 100.00",
        does: Does::Deed(funds::raises_deposit),
    },
    Form {
        word: "countersigns",
        slots: &[SHOP],
        about: "Finance: is the first of two people to look at the shop's last withdrawal.",
        example: "finance countersigns seller",
        does: Does::Deed(funds::countersigns),
    },
    Form {
        word: "pays-out",
        slots: &[SHOP, REFERENCE],
        about: "Finance: has executed the shop's last withdrawal at the bank.",
        example: "finance pays-out seller reference \"BANK-7\"",
        does: Does::Deed(funds::pays_out),
    },
    Form {
        word: "turns-down",
        slots: &[SHOP, need("text", Kind::Text, "why")],
        about: "Finance: refuses the shop's last withdrawal.",
        example: "finance turns-down seller text \"the name is another one\"",
        does: Does::Deed(funds::turns_down),
    },
    Form {
        word: "records-deposit",
        slots: &[SHOP, AMOUNT],
        about: "Finance: records a deposit that came in.",
        example: "finance records-deposit seller amount 5000.00",
        does: Does::Deed(funds::records_deposit),
    },
    Form {
        word: "gives-back-deposit",
        slots: &[SHOP, AMOUNT, REFERENCE],
        about: "Finance: records that deposit went back to the shop.",
        example: "finance gives-back-deposit seller amount 100.00",
        does: Does::Deed(funds::gives_back_deposit),
    },
    Form {
        word: "records-repayment",
        slots: &[SHOP, AMOUNT, REFERENCE],
        about: "Finance: records that the shop paid an advance back.",
        example: "finance records-repayment seller amount 100.00",
        does: Does::Deed(funds::records_repayment),
    },
];
