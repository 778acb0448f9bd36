//! What happens in the demo's past: plans, each a list of acts with waits between them.

mod roads;
mod turns;

use yuanlu_simulator::{Behaviour, Choice};

/// What a seller offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// So many hundredths of what is asked for.
    Part(i64),
    /// Another code.
    Replacement,
    /// So many hours more.
    MoreTime(i64),
}

/// Something somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The buyer orders; balance when `balance`, else the channel.
    Place {
        /// Product by its short name.
        product: &'static str,
        /// How many.
        quantity: u16,
        /// Paid from balance.
        balance: bool,
    },
    /// At the cashier.
    Cashier(Choice),
    /// The buyer reveals every sealed code.
    Reveal,
    /// The buyer confirms every unit that arrived.
    Confirm,
    /// The seller marks everything that waits as credited.
    Credit,
    /// The seller reports every revealed code as redeemed.
    Redeem,
    /// The buyer applies for all units.
    Apply {
        /// Reason code.
        reason: &'static str,
        /// Face value received, where less came.
        received: Option<&'static str>,
        /// To balance instead.
        to_balance: bool,
        /// With a file.
        evidence: bool,
    },
    /// The buyer withdraws.
    Withdraw,
    /// The buyer gives what he was asked for.
    Material,
    /// The buyer wants a person to look.
    AskPerson,
    /// The buyer takes balance after a refused route.
    TakeBalance,
    /// The seller agrees.
    Agree,
    /// The seller contests.
    Contest,
    /// Staff takes the case.
    Claim,
    /// Staff asks for material.
    Ask,
    /// Staff passes it to the seller.
    Pass,
    /// Staff approves so many hundredths of the claim.
    Approve(i64),
    /// Staff rejects.
    Reject(&'static str),
    /// Finance releases what waits for a second person.
    Release,
    /// Finance sends stuck payouts on.
    Resume,
    /// Somebody writes in the order's thread: the seller, or else the buyer.
    Say(bool, &'static str),
    /// The seller offers something in the case.
    Offer(Offered),
    /// The seller offers something before any case, owning up to this reason.
    EarlyOffer(Offered, &'static str),
    /// The buyer accepts what is offered, or declines it.
    Answer(bool),
    /// Staff takes its decision back.
    TakeBack,
    /// Staff sends it to a panel.
    Refer,
    /// So many more arbitrators vote.
    Vote(usize),
    /// The buyer appeals, with new material.
    Appeal,
    /// The buyer complains on this ground.
    Complain(&'static str),
    /// The seller objects.
    Object,
    /// Staff finds appeal, complaint or objection right, for so many hundredths of what is asked.
    Uphold(i64),
    /// Staff finds it wrong.
    Dismiss,
    /// An arbitrator is invited where nobody of the house may judge.
    Invite,
    /// The invited arbitrator finds appeal, complaint or objection right.
    Rule,
    /// Risk confirms what was flagged in the order's thread.
    ConfirmFlag,
    /// The seller appeals that finding.
    AppealFinding,
    /// Somebody reports something: about what, which one, what is wrong, with or without an account.
    TipOff(&'static str, &'static str, &'static str, bool),
    /// Risk takes the tip-off.
    ClaimTipOff,
    /// Risk asks its reporter.
    AskReporter,
    /// Risk decides it.
    DecideTipOff(&'static str),
    /// Buyer or finance does something about where money goes, by the act's code.
    Route(&'static str),
    /// Nobody does anything.
    Nothing,
}

/// A plan: minutes to wait before each act, and how the channel treats its refund.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For messages.
    pub name: &'static str,
    /// Bought without an account.
    pub guest: bool,
    /// How the channel treats the refund.
    pub behaviour: Behaviour,
    /// Minutes after the act before, and the act.
    pub acts: Vec<(i64, Act)>,
    /// How many of a thousand orders of the past go this way.
    pub share: u32,
    /// How many end just now, so that visitors find them in their last state.
    pub fresh: u32,
    /// The last act is done in the last instant of the past.
    pub at_end: bool,
}

fn place(product: &'static str, quantity: u16) -> Act {
    Act::Place { product, quantity, balance: false }
}

fn from_balance(product: &'static str) -> Act {
    Act::Place { product, quantity: 1, balance: true }
}

fn apply(reason: &'static str) -> Act {
    Act::Apply { reason, received: None, to_balance: false, evidence: reason != "personal" }
}

fn to_balance(reason: &'static str) -> Act {
    Act::Apply { reason, received: None, to_balance: true, evidence: false }
}

fn short(received: &'static str) -> Act {
    Act::Apply { reason: "not_as_described", received: Some(received), to_balance: false, evidence: true }
}

const PAID: Act = Act::Cashier(Choice::Pay);

/// One plan: name, share of the past, how many end now, acts.
fn plan(name: &'static str, share: u32, fresh: u32, acts: Vec<(i64, Act)>) -> Plan {
    Plan { name, guest: false, behaviour: Behaviour::AtOnce, acts, share, fresh, at_end: false }
}

impl Plan {
    fn guest(mut self) -> Self {
        self.guest = true;
        self
    }

    fn channel(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    fn at_end(mut self) -> Self {
        self.at_end = true;
        self
    }

    /// Whether the buyer's claim is found wrong: three of these, and his next claims go to risk first (R23).
    pub fn disproves(&self) -> bool {
        self.acts.iter().any(|(_, act)| *act == Act::Reject("REJECT_NO_FAULT"))
    }

    /// How long it takes.
    pub fn minutes(&self) -> i64 {
        self.acts.iter().map(|(wait, _)| wait).sum()
    }
}

/// A licence that stops working after its seller was paid.
fn warranted() -> Vec<(i64, Act)> {
    let bought = [(0, place("antivirus", 1)), (2, PAID), (30, Act::Reveal), (30, Act::Confirm)];
    bought.into_iter().chain([(20 * 24 * 60, apply("invalid_code")), (90, Act::Agree)]).collect()
}

/// Orders that go well, or end before they are paid.
fn quiet() -> Vec<Plan> {
    vec![
        plan("game card", 150, 2, vec![(0, place("game100", 1)), (2, PAID), (20, Act::Reveal), (60, Act::Confirm)]),
        plan("two cards", 60, 1, vec![(0, place("wind50", 2)), (3, PAID), (40, Act::Reveal)]),
        plan("small card", 90, 1, vec![(0, place("game30", 1)), (2, PAID), (15, Act::Reveal), (10, Act::Redeem)]),
        plan("kept sealed", 30, 2, vec![(0, place("game30", 3)), (4, PAID)]),
        plan("phone", 80, 1, vec![(0, place("phone50", 1)), (2, PAID), (45, Act::Credit)]),
        plan("fuel", 20, 1, vec![(0, place("gas300", 1)), (5, PAID), (600, Act::Credit), (900, Act::Confirm)]),
        plan("year of video", 50, 1, vec![(0, place("video12", 1)), (2, PAID), (90, Act::Credit), (300, Act::Confirm)]),
        plan("month of video", 40, 2, vec![(0, place("video1", 1)), (2, PAID)]),
        plan("music", 30, 0, vec![(0, place("music12", 1)), (2, PAID), (200, Act::Credit)]),
        plan("antivirus", 40, 1, vec![(0, place("antivirus", 1)), (2, PAID), (30, Act::Reveal)]),
        plan("stopped under warranty", 0, 3, warranted()),
        plan("office", 30, 1, vec![(0, place("directsoft", 1)), (2, PAID), (30, Act::Reveal), (99, Act::Confirm)]),
        plan("coins", 60, 1, vec![(0, place("coin500", 2)), (2, PAID), (5, Act::Reveal)]),
        plan("from balance", 60, 1, vec![(0, from_balance("game30")), (10, Act::Reveal), (20, Act::Confirm)]),
        plan("guest card", 25, 1, vec![(0, place("game100", 1)), (3, PAID), (30, Act::Reveal)]).guest(),
        plan("left unpaid", 30, 2, vec![(0, place("coin5000", 1))]),
        plan("declined", 15, 1, vec![(0, place("photo", 1)), (3, Act::Cashier(Choice::Decline))]),
        plan("walked away", 8, 0, vec![(0, place("video12", 1)), (3, Act::Cashier(Choice::Silent))]),
        plan("paid late", 6, 1, vec![(0, place("antivirus", 1)), (3, Act::Cashier(Choice::Late))]),
    ]
}

/// What the program decides by itself.
fn automatic() -> Vec<Plan> {
    let mind = || apply("personal");
    vec![
        plan("changed mind", 30, 1, vec![(0, place("game100", 1)), (2, PAID), (90, mind())]),
        plan(
            "changed mind, to balance",
            20,
            1,
            vec![(0, place("coin500", 1)), (2, PAID), (60, to_balance("personal"))],
        ),
        plan("changed mind, balance order", 10, 1, vec![(0, from_balance("game30")), (60, mind())]),
        plan("guest changed mind", 8, 1, vec![(0, place("game30", 2)), (2, PAID), (60, mind())]).guest(),
        plan("before it was credited", 8, 1, vec![(0, place("phone200", 1)), (2, PAID), (30, mind())]),
        plan("special agreement", 8, 1, vec![(0, place("music12", 1)), (2, PAID), (99, Act::Credit), (2000, mind())]),
        plan("after revealing", 12, 1, vec![(0, place("photo", 1)), (2, PAID), (20, Act::Reveal), (300, mind())]),
        plan("after using", 6, 1, vec![(0, place("phone50", 1)), (2, PAID), (20, Act::Credit), (300, mind())]),
        plan("never credited", 14, 1, vec![(0, place("phone200", 1)), (2, PAID), (760, apply("not_delivered"))]),
        plan("charged twice", 6, 1, vec![(0, place("video1", 1)), (2, Act::Cashier(Choice::Twice)), (60, Act::Credit)]),
        plan("late money", 0, 2, vec![(0, place("coin500", 1)), (2, PAID), (90, mind())]).channel(Behaviour::Later),
        plan("no word", 2, 1, vec![(0, place("game100", 1)), (2, PAID), (8, mind())]).channel(Behaviour::DropMoved),
        plan("lost on the way", 2, 0, vec![(0, place("game30", 1)), (2, PAID), (8, mind())])
            .channel(Behaviour::DropLost),
        plan("system error", 2, 1, vec![(0, place("game30", 1)), (2, PAID), (8, mind())]).channel(Behaviour::ErrorLost),
        plan("channel short", 2, 1, vec![(0, place("coin500", 1)), (2, PAID), (9, mind())])
            .channel(Behaviour::NeedFunds),
        plan("abnormal", 1, 1, vec![(0, place("game100", 1)), (2, PAID), (9, mind()), (90, Act::Resume)])
            .channel(Behaviour::Abnormal),
        plan("account closed", 3, 2, vec![(0, place("coin500", 2)), (2, PAID), (9, mind())])
            .channel(Behaviour::Refused),
        plan(
            "closed, then balance",
            3,
            1,
            vec![(0, place("game100", 2)), (2, PAID), (9, mind()), (300, Act::TakeBalance)],
        )
        .channel(Behaviour::Refused),
        plan("refused later", 2, 1, vec![(0, place("game30", 2)), (2, PAID), (9, mind()), (90, Act::TakeBalance)])
            .channel(Behaviour::RefusedLater),
        plan("came back", 1, 0, vec![(0, place("game100", 1)), (2, PAID), (9, mind())]).channel(Behaviour::Bounces),
        plan("undocumented", 0, 2, vec![(0, place("game100", 1)), (2, PAID), (9, mind())])
            .channel(Behaviour::NewStatus),
        plan("stalled", 2, 1, vec![(0, place("game100", 3)), (2, PAID), (9, mind())]).channel(Behaviour::Stalled),
        plan("forged callbacks", 1, 0, vec![(0, place("game30", 1)), (2, PAID), (9, mind())])
            .channel(Behaviour::Forged),
        plan("callbacks twice", 1, 0, vec![(0, place("game30", 1)), (2, PAID), (9, mind())])
            .channel(Behaviour::Duplicates),
        plan("sold out", 0, 4, vec![(0, place("rare", 1)), (2, PAID)]),
    ]
}

/// What people decide.
fn heard() -> Vec<Plan> {
    let bad_code = || vec![(0, place("game100", 1)), (2, PAID), (20, Act::Reveal), (30, apply("invalid_code"))];
    let with = |mut acts: Vec<(i64, Act)>, more: &[(i64, Act)]| {
        acts.extend_from_slice(more);
        acts
    };
    let review = || with(bad_code(), &[(180, Act::Contest)]);
    let direct = |reason| vec![(0, place("directcard", 1)), (2, PAID), (9, Act::Reveal), (50, apply(reason))];
    let large = || vec![(0, place("server", 1)), (2, PAID), (50, Act::Reveal), (900, apply("not_as_described"))];
    vec![
        plan("waits for the seller", 6, 5, bad_code()),
        plan("seller agreed", 10, 1, with(bad_code(), &[(200, Act::Agree)])),
        plan("seller silent", 6, 1, with(bad_code(), &[(1460, Act::Nothing)])),
        plan("contested", 2, 5, review()),
        plan("contested, approved", 6, 1, with(review(), &[(600, Act::Claim), (30, Act::Approve(100))])),
        plan("contested, half", 4, 1, with(review(), &[(600, Act::Claim), (30, Act::Approve(50))])),
        plan("contested, rejected", 5, 2, with(review(), &[(600, Act::Claim), (30, Act::Reject("REJECT_NO_FAULT"))])),
        plan("asked for material", 2, 3, with(review(), &[(400, Act::Claim), (10, Act::Ask)])),
        plan(
            "material given",
            3,
            1,
            with(review(), &[(400, Act::Claim), (10, Act::Ask), (700, Act::Material), (200, Act::Approve(100))]),
        ),
        plan("no material", 3, 1, with(review(), &[(400, Act::Claim), (10, Act::Ask), (7300, Act::Nothing)])),
        plan("nobody looked", 1, 3, with(review(), &[(11_600, Act::Nothing)])),
        plan("in a reviewer's hands", 0, 2, with(review(), &[(300, Act::Claim)])),
        plan(
            "less than promised",
            5,
            2,
            vec![(0, place("phone50", 1)), (2, PAID), (30, Act::Credit), (60, short("25.00"))],
        ),
        plan(
            "less, agreed",
            6,
            1,
            vec![
                (0, place("game100", 1)),
                (2, PAID),
                (9, Act::Reveal),
                (3, Act::Redeem),
                (60, short("50.00")),
                (300, Act::Agree),
            ],
        ),
        plan(
            "not credited, proven",
            3,
            1,
            vec![
                (0, place("video12", 1)),
                (2, PAID),
                (60, Act::Credit),
                (900, apply("not_credited")),
                (99, Act::Contest),
            ],
        ),
        plan(
            "fault after revealing",
            4,
            1,
            vec![(0, place("coin500", 1)), (2, PAID), (5, Act::Reveal), (30, apply("system_fault")), (99, Act::Claim)],
        ),
        plan("platform's own goods", 3, 3, direct("invalid_code")),
        plan(
            "own goods, approved",
            4,
            1,
            with(direct("not_as_described"), &[(500, Act::Claim), (9, Act::Approve(100))]),
        ),
        plan(
            "own goods, more evidence",
            3,
            1,
            with(direct("invalid_code"), &[(300, Act::Claim), (9, Act::Ask), (900, Act::Material)]),
        ),
        plan("large", 1, 2, large()),
        plan("large, approved", 1, 1, with(large(), &[(900, Act::Claim), (40, Act::Approve(100))])),
        plan(
            "large, released",
            1,
            0,
            with(large(), &[(900, Act::Claim), (40, Act::Approve(100)), (600, Act::Release)]),
        ),
        plan("system fault", 4, 2, vec![(0, place("wind50", 1)), (2, PAID), (20, apply("system_fault"))]),
        plan(
            "fault passed on",
            2,
            1,
            vec![(0, place("wind50", 1)), (2, PAID), (20, apply("system_fault")), (90, Act::Claim), (5, Act::Pass)],
        ),
        plan("withdrawn", 4, 1, with(bad_code(), &[(70, Act::Withdraw)])),
        plan(
            "a person shall look",
            4,
            3,
            vec![(0, place("photo", 1)), (2, PAID), (20, Act::Reveal), (300, apply("personal")), (60, Act::AskPerson)],
        ),
        plan(
            "a person looked",
            3,
            0,
            vec![
                (0, place("photo", 1)),
                (2, PAID),
                (20, Act::Reveal),
                (300, apply("personal")),
                (60, Act::AskPerson),
                (900, Act::Claim),
                (20, Act::Reject("REJECT_PERSONAL")),
            ],
        ),
        plan("guest's bad code", 3, 1, bad_code()).guest(),
        plan(
            "code asked about at its issuer",
            3,
            2,
            vec![(0, place("probed68", 1)), (2, PAID), (20, Act::Reveal), (30, apply("invalid_code"))],
        ),
    ]
}

/// Every plan.
pub fn plans() -> Vec<Plan> {
    [quiet(), automatic(), heard(), turns::offered(), turns::judged(), turns::reported(), roads::roads()]
        .into_iter()
        .flatten()
        .collect()
}
