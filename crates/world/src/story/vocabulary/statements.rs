//! What there is, and what time it is.

use super::{Group, behaviours, channels, kinds, roles};
use crate::story::form::{Does, Form, Slot, first, may, need};
use crate::story::goods::parameter_names;
use crate::story::value::{Kind, Noun};
use crate::story::{clock, codes, goods, issuers, outside};
use yuanlu_domain::outside_complaint::OutsideResult;

fn fees() -> Vec<&'static str> {
    vec!["disclosed", "none"]
}

fn worths() -> Vec<&'static str> {
    vec!["balance", "voucher"]
}

fn events() -> Vec<&'static str> {
    vec!["code_generated", "code_revealed", "credited"]
}

fn untils() -> Vec<&'static str> {
    vec!["code_generated", "code_revealed", "credited", "always"]
}

fn on_off() -> Vec<&'static str> {
    vec!["on", "off"]
}

fn manners() -> Vec<&'static str> {
    std::iter::once("used").chain(issuers::MANNERS.iter().map(|(word, _)| *word)).collect()
}

fn sides() -> Vec<&'static str> {
    vec!["before", "after"]
}

fn directions() -> Vec<&'static str> {
    vec!["back", "forward"]
}

fn outside_results() -> Vec<&'static str> {
    OutsideResult::ALL.iter().map(|result| result.code()).collect()
}

fn agencies() -> Vec<&'static str> {
    vec!["12315", "consumer_association", "blackcat", "alipay", "wechat", "regulator", "court"]
}

/// What a product says of itself.
const TERMS: [Slot; 14] = [
    may(
        "kind",
        Kind::Code(kinds),
        "what it is; without it `game_card`. A game_card, virtual_currency or software_licence is a code from stock; a direct_top_up or membership is credited by the seller",
    ),
    may("face", Kind::Amount, "what one unit is worth; without it nothing is said of that"),
    may("promise", Kind::Hours, "delivery promise in whole hours (R24); without it 24h"),
    may("window", Kind::Days, "application window in whole days, from 7d to 15d (R5); without it 15d"),
    may("warranty", Kind::Days, "warranty in whole days after a unit's completion (R31); without it none"),
    may(
        "fee",
        Kind::Code(fees),
        "whether the fee on personal reasons is disclosed before paying (R10); without it `none`",
    ),
    may(
        "delivered",
        Kind::Code(events),
        "what counts as delivered (R6); without it `code_revealed` for codes and `credited` for credit",
    ),
    may("confirmation", Kind::Flag, "the buyer must tick a confirmation before paying (R9)"),
    may(
        "special-days",
        Kind::Days,
        "special agreement (R9): for so many days after delivery a change of mind is accepted; without it there is no such agreement",
    ),
    may(
        "special-until",
        Kind::Code(untils),
        "special agreement: until which event; without it `always`, even after use",
    ),
    may("special-fee", Kind::Percent, "special agreement: its fee; without it 0%"),
    may("sale", Kind::Code(on_off), "whether it can be bought; without it `on`"),
    may("title", Kind::Text, "its title; without it one is made from its name"),
    may("description", Kind::Text, "its description; without it empty"),
];

/// A product's own slots before its terms.
const fn with_terms<const N: usize, const M: usize>(own: [Slot; N]) -> [Slot; M] {
    let mut all = [own[0]; M];
    let mut i = 0;
    while i < N {
        all[i] = own[i];
        i += 1;
    }
    let mut j = 0;
    while j < TERMS.len() {
        all[N + j] = TERMS[j];
        j += 1;
    }
    all
}

const PRODUCT: [Slot; 19] = with_terms([
    first("name", Kind::New(Noun::Product), "its name"),
    may("of", Kind::Name(Noun::Seller), "whose; without it the shop `seller`"),
    need("price", Kind::Amount, "what one unit costs"),
    may("probed", Kind::Flag, "its issuer can be asked whether a code was used (R25)"),
    may("stock", Kind::Count, "codes there are from the beginning; without it 10 for goods that are codes"),
]);

/// A change says only what changes.
pub(in crate::story) const CHANGE: [Slot; 16] =
    with_terms([first("product", Kind::Name(Noun::Product), "which"), may("price", Kind::Amount, "its new price")]);

static THINGS: &[Form] = &[
    Form {
        word: "story",
        slots: &[first("title", Kind::Text, "what it is about")],
        about: "The title, shown above the report. Usually the first line.",
        example: "story \"P02 unrevealed code, changed mind\"",
        does: Does::Deed(clock::nothing),
    },
    Form {
        word: "seller",
        slots: &[
            first("name", Kind::New(Noun::Seller), "shop and person have the same name"),
            may("self-operated", Kind::Flag, "goods the platform sells itself (自营)"),
            may("deposit", Kind::Amount, "deposit paid in; without it none"),
            may("title", Kind::Text, "name of the shop as buyers see it; without it one is made from the name"),
        ],
        about: "A shop, and the person who sells there. A story that introduces none can still use the shop `seller`.",
        example: "seller galaxy deposit 20000.00",
        does: Does::Deed(goods::seller),
    },
    Form {
        word: "buyer",
        slots: &[first("name", Kind::New(Noun::Person), "his name")],
        about: "A buyer with an account. A story can use `buyer` without introducing him.",
        example: "buyer 小明",
        does: Does::Deed(goods::buyer),
    },
    Form {
        word: "guest",
        slots: &[first("name", Kind::New(Noun::Person), "his name")],
        about: "A buyer without an account; for each guest one order. A story can use `guest` without introducing him.",
        example: "guest passer-by",
        does: Does::Deed(goods::guest),
    },
    Form {
        word: "person",
        slots: &[
            first("name", Kind::New(Noun::Person), "his name"),
            need("is", Kind::Codes(roles), "his roles"),
            may("shop", Kind::Name(Noun::Seller), "the shop he works for; a seller needs it"),
            may(
                "organisation",
                Kind::Name(Noun::Organisation),
                "the outside organisation he belongs to; an arbitrator needs it",
            ),
        ],
        about: "Somebody with an account and roles. The first person who is an administrator is the platform's first one; with all roles he is the one account of a small house (R35).",
        example: "person 老李 is admin+reviewer+senior_reviewer+risk+finance",
        does: Does::Deed(goods::person),
    },
    Form {
        word: "organisation",
        slots: &[first("name", Kind::New(Noun::Organisation), "its name")],
        about: "An outside organisation that sends arbitrators to panels (R30).",
        example: "organisation consumers",
        does: Does::Deed(goods::organisation),
    },
    Form {
        word: "product",
        slots: &PRODUCT,
        about: "A product on sale. What is said here is frozen into orders as they are placed.",
        example: "product card price 99.99, face 100.00, fee disclosed, stock 5",
        does: Does::Deed(goods::product),
    },
    Form {
        word: "balance",
        slots: &[first("person", Kind::Name(Noun::Person), "whose"), first("amount", Kind::Amount, "how much")],
        about: "An administrator credits balance: a new lot, which lasts a year from this moment (R37).",
        example: "balance buyer 30.00",
        does: Does::Deed(goods::balance),
    },
    Form {
        word: "coupon",
        slots: &[
            first("name", Kind::New(Noun::Coupon), "its name"),
            need("person", Kind::Name(Noun::Person), "whose"),
            need("value", Kind::Amount, "what it takes off"),
            may("least", Kind::Amount, "the least an order must cost; without it a fen more than the value"),
            may("until", Kind::Moment, "the end of its last day; without it it does not expire"),
        ],
        about: "A coupon that can pay a part of an order (R13).",
        example: "coupon ten person buyer value 10.00 until 2026-06-30 24:00",
        does: Does::Deed(goods::coupon),
    },
    Form {
        word: "voucher",
        slots: &[first("person", Kind::Name(Noun::Person), "whose"), first("amount", Kind::Amount, "what it is worth")],
        about: "Gives a person a voucher, which is spent whole on one order (S18).",
        example: "voucher buyer 25.00",
        does: Does::Deed(goods::voucher),
    },
    Form {
        word: "redemption-code",
        slots: &[
            first("name", Kind::New(Noun::RedemptionCode), "its name"),
            need("value", Kind::Amount, "what it is worth"),
            need("as-what", Kind::Code(worths), "what it becomes"),
            may("until", Kind::Moment, "the end of its last day; without it it does not expire"),
        ],
        about: "Finance issues a redemption code, which anybody can use once (S18).",
        example: "redemption-code gift value 20.00 as-what balance",
        does: Does::Deed(codes::issue),
    },
    Form {
        word: "withdraw-code",
        slots: &[first("name", Kind::Name(Noun::RedemptionCode), "which")],
        about: "Finance withdraws a redemption code that nobody has used.",
        example: "withdraw-code gift",
        does: Does::Deed(codes::withdraw),
    },
    Form {
        word: "rate",
        slots: &[
            first("amount", Kind::Amount, "so much foreign money"),
            first("worth", Kind::Amount, "is worth so much"),
        ],
        about: "The exchange rate from now on (R28).",
        example: "rate USD1.00 7.25",
        does: Does::Deed(goods::rate),
    },
    Form {
        word: "policy",
        slots: &[
            first("parameter", Kind::Code(parameter_names), "which number of the rules"),
            first(
                "value",
                Kind::Number,
                "its new value, in the unit its name says (`minor` is fen, `basis_points` hundredths of a percent)",
            ),
        ],
        about: "Changes a number of the built-in policy for orders placed from now on; earlier orders keep theirs. Lines that stand together are one change; later ones add to it.",
        example: "policy seller_answer_hours 12",
        does: Does::Deed(goods::policy),
    },
    Form {
        word: "commission",
        slots: &[first("share", Kind::Percent, "what the platform keeps of sales, on settlement")],
        about: "The platform's commission, for the whole story; without it 3%.",
        example: "commission 0%",
        does: Does::Deed(clock::nothing),
    },
    Form {
        word: "escrow-agent",
        slots: &[first("channel", Kind::Code(channels), "which")],
        about: "A channel that keeps the money for us, and refunds only what it released, for the whole story (R14).",
        example: "escrow-agent unionpay",
        does: Does::Deed(clock::nothing),
    },
    Form {
        word: "calendar",
        slots: &[first(
            "file",
            Kind::Text,
            "a file beside the story, with one year as in the calendar that comes with the program",
        )],
        about: "One more year of working days, or another text of a known one, for the whole story. Without it the calendar is the one that comes with the program.",
        example: "calendar \"2027-invented.json\"",
        does: Does::Deed(clock::nothing),
    },
    Form {
        word: "outside-complaint",
        slots: &[
            first("agency", Kind::Code(agencies), "who sent it"),
            may("order", Kind::Name(Noun::Order), "about which order; without it the one last spoken of"),
            may("as", Kind::New(Noun::Case), "its name"),
            may("text", Kind::Text, "what it says"),
        ],
        about: "A complaint raised elsewhere comes in (S13).",
        example: "outside-complaint 12315 text \"no code, no answer\"",
        does: Does::Deed(outside::comes),
    },
    Form {
        word: "outside-accepted",
        slots: &[],
        about: "The agency accepts the outside complaint that came last.",
        example: "outside-accepted",
        does: Does::Deed(outside::accepted),
    },
    Form {
        word: "outside-answered",
        slots: &[first("words", Kind::Text, "what they are told")],
        about: "The platform answers the outside complaint that came last.",
        example: "outside-answered \"the money is on its way\"",
        does: Does::Deed(outside::answered),
    },
    Form {
        word: "outside-closed",
        slots: &[
            first("result", Kind::Code(outside_results), "what came of it"),
            may("text", Kind::Text, "in which words"),
        ],
        about: "The outside complaint that came last is closed with what came of it.",
        example: "outside-closed settled",
        does: Does::Deed(outside::closed),
    },
];

static TIMES: &[Form] = &[
    Form {
        word: "at",
        slots: &[first("moment", Kind::Moment, "when")],
        about: "The clock goes on to this moment, and everything that falls due on the way is done. The first `at` of a story is where its clock begins; without any it begins at 2026-03-10 10:00:00. `at due` is the end of the turn of the current order's last case.",
        example: "at 2026-03-10 10:05:00",
        does: Does::Deed(clock::at),
    },
    Form {
        word: "after",
        slots: &[first("span", Kind::Span, "how long")],
        about: "The clock goes on for so long.",
        example: "after 24h",
        does: Does::Deed(clock::after),
    },
    Form {
        word: "just",
        slots: &[first("side", Kind::Code(sides), "on which side"), first("moment", Kind::Moment, "of which moment")],
        about: "The clock goes on to the last instant before a moment, or the first one after it: a microsecond, the smallest step there is. `just before due` is the last instant in time, `just after due` the first that is too late.",
        example: "just after 2026-10-01 18:00:00",
        does: Does::Deed(clock::just),
    },
    Form {
        word: "channel",
        slots: &[
            first("channel", Kind::Code(channels), "which"),
            first(
                "what",
                Kind::Code(behaviours),
                "what happens: a behaviour for its next refund that is new, `down` or `up` for the line to it, `funded` for money that comes in there",
            ),
        ],
        about: "What a payment channel does. Without a word about it, refunds arrive at once. Behaviours are listed below; several for the same channel queue up.",
        example: "channel alipay account_closed",
        does: Does::Deed(clock::channel),
    },
    Form {
        word: "issuer",
        slots: &[
            first("product", Kind::Name(Noun::Product), "of which product"),
            first(
                "manner",
                Kind::Code(manners),
                "`used`: somebody uses all its codes; else how it answers from now on",
            ),
            may("at", Kind::Moment, "when they are used; without it now"),
            may("worth", Kind::Amount, "what it says its codes are worth"),
        ],
        about: "What the issuer of a product knows or does when it is asked whether a code was used (R25). Without a word about it, it says truthfully that nobody used them.",
        example: "issuer card used at 2026-03-09 09:00",
        does: Does::Deed(issuers::issuer),
    },
    Form {
        word: "restart",
        slots: &[],
        about: "The program ends and starts again on the same data.",
        example: "restart",
        does: Does::Deed(clock::restart),
    },
    Form {
        word: "jump",
        slots: &[first("direction", Kind::Code(directions), "which way"), first("span", Kind::Span, "how far")],
        about: "Somebody sets the machine's clock wrong; time itself does not pass. Timers stop until the clock is right for five minutes or `confirm-clock`.",
        example: "jump back 2h",
        does: Does::Deed(clock::jump),
    },
    Form {
        word: "confirm-clock",
        slots: &[],
        about: "An operator says that the machine's clock is right as it stands.",
        example: "confirm-clock",
        does: Does::Deed(clock::confirm_clock),
    },
];

/// Statements that nobody in particular makes.
pub(in crate::story) static STATEMENTS: &[Group] =
    &[Group { title: "What there is", forms: THINGS }, Group { title: "Time, channels and the machine", forms: TIMES }];
