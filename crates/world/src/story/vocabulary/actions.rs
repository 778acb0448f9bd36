//! What people do.

use super::statements::CHANGE;
use super::{channels, evidence, reasons, reject_codes, tenders};
use crate::story::form::{Does, Form, Slot, first, may, maybe, need};
use crate::story::goods::parameter_names;
use crate::story::staff::QUESTIONS;
use crate::story::value::{Kind, Noun};
use crate::story::{cases, goods, hearings, orders, staff, tip_offs};
use yuanlu_domain::tip_off::{Concern, TipOffOutcome};

fn payments() -> Vec<&'static str> {
    vec!["once", "twice", "late", "silent", "decline"]
}

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

fn tip_off_outcomes() -> Vec<&'static str> {
    TipOffOutcome::ALL.map(TipOffOutcome::code).to_vec()
}

/// Which tip-off.
const TIP_OFF: Slot = may("tip-off", Kind::Name(Noun::TipOff), "which; without it the last one");

fn offers() -> Vec<&'static str> {
    vec!["full", "part", "replacement", "more_time"]
}

fn ways() -> Vec<&'static str> {
    vec!["site", "mail", "sms", "webhook"]
}

fn questions() -> Vec<&'static str> {
    QUESTIONS.to_vec()
}

fn verdicts() -> Vec<&'static str> {
    vec!["approve", "reject", "uphold", "dismiss"]
}

fn responsible() -> Vec<&'static str> {
    vec!["buyer", "seller", "platform", "shared"]
}

fn findings() -> Vec<&'static str> {
    vec!["forged", "unclear", "disproved", "abuse", "off_platform"]
}

/// Actions: the name of whoever acts, then one of these.
pub(in crate::story) static ACTIONS: &[Form] = &[
    Form {
        word: "buys",
        slots: &[
            first("product", Kind::Name(Noun::Product), "what"),
            may("quantity", Kind::Number, "how many; without it 1"),
            may("with", Kind::Name(Noun::Product), "a second product of the same shop"),
            may("with-quantity", Kind::Number, "how many of the second; without it 1"),
            may("by", Kind::Code(tenders), "how it is paid; without it `alipay`"),
            may("coupon", Kind::Name(Noun::Coupon), "a coupon that pays a part"),
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
            may("quantity", Kind::Number, "how many; without it 1"),
            may("with", Kind::Name(Noun::Product), "a second product of the same shop"),
            may("with-quantity", Kind::Number, "how many of the second; without it 1"),
            may("by", Kind::Code(tenders), "how it is paid; without it `alipay`"),
            may("coupon", Kind::Name(Noun::Coupon), "a coupon that pays a part"),
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
            may("account", Kind::Text, "its number"),
            may("evidence", Kind::Codes(evidence), "the closure proof"),
        ],
        about: "Buyer: chooses another route after the original one was refused for good (R14).",
        example: "buyer chooses balance",
        does: Does::Deed(cases::chooses),
    },
    Form {
        word: "regrants",
        slots: &[may("lot", Kind::Number, "which lot, by number; without it the first that has expired")],
        about: "Buyer: has an expired lot of balance granted again (R37).",
        example: "buyer regrants",
        does: Does::Deed(orders::regrants),
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
        word: "chats",
        slots: &[first("text", Kind::Text, "what")],
        about: "Anybody: writes to support (S22).",
        example: "guest chats \"where is my refund?\"",
        does: Does::NotYet,
    },
    Form {
        word: "replies",
        slots: &[first("text", Kind::Text, "what")],
        about: "Support: answers a chat (S22).",
        example: "support replies \"it is at the bank\"",
        does: Does::NotYet,
    },
    Form {
        word: "wants-notices",
        slots: &[first("by", Kind::Codes(ways), "which ways")],
        about: "Anybody with an account: chooses how he is told (S23).",
        example: "buyer wants-notices site+mail",
        does: Does::NotYet,
    },
    Form {
        word: "rates",
        slots: &[first("stars", Kind::Number, "1 to 5"), may("text", Kind::Text, "in which words")],
        about: "Buyer: reviews a completed order (S27).",
        example: "buyer rates 4 text \"quick\"",
        does: Does::NotYet,
    },
    Form {
        word: "certificate",
        slots: &[],
        about: "Buyer: takes the certificate of his refund (退款凭证, S21).",
        example: "buyer certificate",
        does: Does::NotYet,
    },
    Form {
        word: "disputes-finding",
        slots: &[
            first("text", Kind::Text, "in which words"),
            may("evidence", Kind::Codes(evidence), "files with it, by type"),
        ],
        about: "Whoever it is against: appeals the last finding that cost him credit (R23).",
        example: "buyer disputes-finding \"I did not edit it\"",
        does: Does::NotYet,
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
        word: "loads",
        slots: &[
            first("count", Kind::Number, "how many"),
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
        word: "drops",
        slots: &[],
        about: "Buyer or seller: withdraws the appeal, complaint or objection he opened.",
        example: "buyer drops",
        does: Does::Deed(hearings::drops),
    },
    Form {
        word: "cashes-out",
        slots: &[first("amount", Kind::Amount, "how much")],
        about: "Seller: has money that he earned paid out (S27).",
        example: "seller cashes-out 50.00",
        does: Does::NotYet,
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
        word: "takes-back",
        slots: &[],
        about: "Staff: takes his decision back before it is sent, within 30 seconds.",
        example: "reviewer takes-back",
        does: Does::Deed(hearings::takes_back),
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
        word: "finds",
        slots: &[
            first("finding", Kind::Code(findings), "what"),
            may("name", Kind::Name(Noun::Person), "against whom; without it the buyer of the case"),
            need("text", Kind::Text, "on what grounds"),
        ],
        about: "Risk: records a finding about evidence or conduct (R23).",
        example: "risk finds forged text \"the amount was painted over\"",
        does: Does::NotYet,
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
    Form {
        word: "releases",
        slots: &[may(
            "payout",
            Kind::Number,
            "which payout of the order, by number; without it every one that is held",
        )],
        about: "Finance: releases a payout as a second person (R35).",
        example: "finance releases",
        does: Does::Deed(staff::releases),
    },
    Form {
        word: "resumes",
        slots: &[may(
            "payout",
            Kind::Number,
            "which payout of the order, by number; without it every one that is stuck",
        )],
        about: "Finance: sends a stuck payout on.",
        example: "finance resumes",
        does: Does::Deed(staff::resumes),
    },
];
