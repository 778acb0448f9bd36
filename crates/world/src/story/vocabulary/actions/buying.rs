//! Buying.

use crate::story::form::{Does, Form, first, may, maybe};
use crate::story::value::{Kind, Noun};
use crate::story::vocabulary::{channels, tenders};
use crate::story::{orders, support};

fn payments() -> Vec<&'static str> {
    vec!["once", "twice", "late", "silent", "decline"]
}

fn topics() -> Vec<&'static str> {
    vec!["decision", "money", "deadline", "order", "message", "digest", "desk"]
}

fn ways() -> Vec<&'static str> {
    vec!["site", "mail", "sms", "webhook"]
}

pub(super) static FORMS: &[Form] = &[
    Form {
        word: "buys",
        slots: &[
            first("product", Kind::Name(Noun::Product), "what"),
            may("quantity", Kind::Count, "how many; without it 1"),
            may("with", Kind::Name(Noun::Product), "a second product of the same shop"),
            may("with-quantity", Kind::Count, "how many of the second; without it 1"),
            may("by", Kind::Code(tenders), "how it is paid; without it `alipay`"),
            may("coupon", Kind::Name(Noun::Coupon), "a coupon that pays a part"),
            may("voucher", Kind::Count, "the number of the lot of a voucher that pays a part"),
            may("from-balance", Kind::Amount, "a part that is paid from balance"),
            may("agent", Kind::Flag, "an outside escrow agent holds the money (R14)"),
            may("payer", Kind::Text, "the account at the channel that pays; without it one that nobody else uses"),
            may("confirmed", Kind::Flag, "he ticks the confirmation"),
            may("recipient", Kind::Text, "whom to credit, for goods that are credited; without it 13800000000"),
            may("contact", Kind::Text, "a guest's phone number or mail address; without it 13900000000"),
            may("seen-price", Kind::Amount, "the price he saw; without it the one of today"),
            may("as", Kind::New(Noun::Order), "name of the order; without it `order1`, `order2`, …"),
        ],
        about: "Buyer or guest: places an order and pays for it at once.",
        example: "buyer buys card quantity 2 by wechat as first",
        does: Does::Deed(orders::buys),
    },
    Form {
        word: "orders",
        slots: &[
            first("product", Kind::Name(Noun::Product), "what"),
            may("quantity", Kind::Count, "how many; without it 1"),
            may("with", Kind::Name(Noun::Product), "a second product of the same shop"),
            may("with-quantity", Kind::Count, "how many of the second; without it 1"),
            may("by", Kind::Code(tenders), "how it is paid; without it `alipay`"),
            may("coupon", Kind::Name(Noun::Coupon), "a coupon that pays a part"),
            may("voucher", Kind::Count, "the number of the lot of a voucher that pays a part"),
            may("from-balance", Kind::Amount, "a part that is paid from balance"),
            may("agent", Kind::Flag, "an outside escrow agent holds the money (R14)"),
            may("payer", Kind::Text, "the account at the channel that pays; without it one that nobody else uses"),
            may("confirmed", Kind::Flag, "he ticks the confirmation"),
            may("recipient", Kind::Text, "whom to credit, for goods that are credited; without it 13800000000"),
            may("contact", Kind::Text, "a guest's phone number or mail address; without it 13900000000"),
            may("seen-price", Kind::Amount, "the price he saw; without it the one of today"),
            may("as", Kind::New(Noun::Order), "name of the order; without it `order1`, `order2`, …"),
        ],
        about: "Buyer or guest: places an order without paying for it at a channel; with `by balance` it is paid at once all the same.",
        example: "buyer orders card confirmed",
        does: Does::Deed(orders::orders),
    },
    Form {
        word: "pays",
        slots: &[
            maybe("how", Kind::Code(payments), "what the payer does at the channel; without it `once`"),
            may("payer", Kind::Text, "the account at the channel that pays; without it one that nobody else uses"),
            may("by", Kind::Code(channels), "where; without it where the order was going to be paid"),
        ],
        about: "Buyer or guest: pays an order at its channel. `twice` are two payments under one number, `late` one whose callback comes two hours later, `silent` somebody who walks away, `decline` a payment that is refused.",
        example: "buyer pays twice",
        does: Does::Deed(orders::pays),
    },
    Form {
        word: "tops-up",
        slots: &[
            first("amount", Kind::Amount, "how much"),
            maybe("how", Kind::Code(payments), "what the payer does at the channel; without it `once`"),
            may("by", Kind::Code(channels), "where; without it `alipay`"),
            may("payer", Kind::Text, "the account at the channel that pays; without it one that nobody else uses"),
            may("unread", Kind::Flag, "he does not confirm what balance is (R37)"),
        ],
        about: "Buyer: pays into his balance through a channel (S17).",
        example: "buyer tops-up 100.00 by wechat",
        does: Does::Deed(orders::tops_up),
    },
    Form {
        word: "opens",
        slots: &[],
        about: "Anybody: looks at the order. For strangers, who must be refused.",
        example: "buyer opens order order1 refused not_found",
        does: Does::Deed(orders::opens),
    },
    Form {
        word: "reveals",
        slots: &[may("units", Kind::Units, "which units; without it every sealed one")],
        about: "Buyer: reveals codes (刮开).",
        example: "buyer reveals units 1",
        does: Does::Deed(orders::reveals),
    },
    Form {
        word: "confirms",
        slots: &[may("units", Kind::Units, "which units; without it every one that has come")],
        about: "Buyer: confirms receipt (R31).",
        example: "buyer confirms",
        does: Does::Deed(orders::confirms),
    },
    Form {
        word: "adopts",
        slots: &[may("password", Kind::Text, "query password of the order; without it the right one")],
        about: "Somebody with an account: takes a guest's order into it.",
        example: "buyer adopts order order1",
        does: Does::Deed(orders::adopts),
    },
    Form {
        word: "regrants",
        slots: &[may("lot", Kind::Count, "which lot, by number; without it the first that has expired")],
        about: "Buyer: has an expired lot of balance granted again (R37).",
        example: "buyer regrants",
        does: Does::Deed(orders::regrants),
    },
    Form {
        word: "rates",
        slots: &[first("stars", Kind::Count, "1 to 5"), may("text", Kind::Text, "in which words")],
        about: "Buyer: reviews a completed order (S27).",
        example: "buyer rates 4 text \"quick\"",
        does: Does::NotYet,
    },
    Form {
        word: "wants-notices",
        slots: &[
            first("by", Kind::Codes(ways), "which ways; in site he is always told"),
            may("about", Kind::Code(topics), "about what; without it about everything"),
        ],
        about: "Anybody with an account: chooses how he is told (S23). What concerns his rights has to reach him.",
        example: "buyer wants-notices site+mail about order",
        does: Does::Deed(support::wants_notices),
    },
];
