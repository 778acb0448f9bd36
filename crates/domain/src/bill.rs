//! Bills (R29, S21): what a channel says happened at it on a day, and how its lines are compared with what this program
//! knows of its own payments and payouts. Pure; reading files is the channels' business.

use crate::event::Tender;
use crate::ids::{AccountId, ChannelId, ChannelNumber, OrderId};
use crate::order_file::{OrderFile, PaymentState};
use crate::payout::{Destination, Outcome, Payout, PayoutState};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use yuanlu_money::{Currency, Money};

macro_rules! codes {
    ($name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal,)* }) => {
        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The one with this code.
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}
pub(crate) use codes;

/// Which of a channel's bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillKind {
    /// Every payment and refund of the day.
    Trades,
    /// Every movement of our account there: the last word on what left it and what came back.
    Funds,
}

codes!(BillKind {
    Trades = "trades",
    Funds = "funds",
});

/// What a line of a bill is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillEntry {
    /// A payment came in.
    Payment,
    /// A refund.
    Refund,
    /// A refund that came back to us.
    RefundReturned,
    /// A remittance.
    Remittance,
    /// Something else: fees, withdrawals, top-ups.
    Other(String),
}

impl BillEntry {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::RefundReturned => "returned",
            Self::Remittance => "remittance",
            Self::Other(_) => "other",
        }
    }
}

/// A line of a bill, in our words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// Line of the file, from 1.
    pub line: u64,
    /// What it is about.
    pub entry: BillEntry,
    /// Our number of the payment; empty where the channel names none.
    pub payment_no: ChannelNumber,
    /// The channel's number of the payment.
    pub payment_ref: String,
    /// Our number of the refund or the remittance; empty for a payment.
    pub refund_no: ChannelNumber,
    /// How much, without sign: the entry says which way.
    pub amount: Money,
    /// What the channel kept, in minor units; negative where it gave a fee back.
    pub fee_minor: i64,
    /// When it happened.
    pub at: Option<Instant>,
    /// The channel's word for its state; empty where it has none.
    pub state: String,
}

impl BillLine {
    /// The number it is compared by.
    pub fn no(&self) -> &ChannelNumber {
        match self.entry {
            BillEntry::Payment | BillEntry::Other(_) => &self.payment_no,
            BillEntry::Refund | BillEntry::RefundReturned | BillEntry::Remittance => &self.refund_no,
        }
    }
}

/// Where a payment or a payout stands, as far as a bill can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// A payment was begun and nobody has heard of it, or it was declined; a refund was sent and not answered.
    Open,
    /// A refund that was never sent.
    Unsent,
    /// A payment came in.
    Paid,
    /// The channel has the refund; the books do not count it as gone yet.
    Accepted,
    /// The refund arrived.
    Arrived,
    /// It arrived and came back.
    Bounced,
    /// It was finally refused, and nothing moved.
    Refused,
}

codes!(EntryState {
    Open = "open",
    Unsent = "unsent",
    Paid = "paid",
    Accepted = "accepted",
    Arrived = "arrived",
    Bounced = "bounced",
    Refused = "refused",
});

/// A payment or a payout at a channel: what a bill is compared with. A function of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelEntry {
    /// The number the channel knows it by.
    pub no: ChannelNumber,
    /// Ordinal of the payment or the payout: a payment number can be paid twice.
    pub part: u16,
    /// Its channel.
    pub channel: ChannelId,
    /// Money that came in; else money that goes out.
    pub incoming: bool,
    /// Ordinary bills of trades list it.
    pub listed: bool,
    /// Whose it is: an order's, or of a top-up an account's.
    pub owner: String,
    /// The channel's own number; empty until it is known.
    pub channel_ref: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: EntryState,
    /// When money moved at the channel, as far as we were told.
    pub at: Option<Instant>,
}

/// Payments and payouts of a file at channels, by kind and ordinal.
pub fn channel_entries(file: &OrderFile) -> Vec<ChannelEntry> {
    let payments = file.payments.iter().filter_map(|payment| {
        let Tender::Channel { channel } = &payment.tender else { return None };
        let (state, at, channel_ref) = match &payment.state {
            PaymentState::Open | PaymentState::Closing | PaymentState::Closed | PaymentState::Declined { .. } => {
                (EntryState::Open, None, "")
            }
            PaymentState::Paid { at, channel_ref } | PaymentState::Extra { at, channel_ref } => {
                (EntryState::Paid, Some(*at), channel_ref.as_str())
            }
        };
        Some(ChannelEntry {
            no: payment.no.clone(),
            part: payment.ordinal,
            channel: channel.clone(),
            incoming: true,
            listed: true,
            owner: file.order.to_string(),
            channel_ref: channel_ref.to_owned(),
            amount: Money::new(payment.amount_minor, file.currency),
            state,
            at,
        })
    });
    payments.chain(file.payouts.iter().filter_map(|payout| payout_entry(file, payout))).collect()
}

fn payout_entry(file: &OrderFile, payout: &Payout) -> Option<ChannelEntry> {
    let (channel, listed) = match &payout.destination {
        Destination::Original { channel, .. } => (channel, true),
        // A remittance is no part of a day's trades.
        Destination::Account { via: Some(channel), .. } => (channel, false),
        Destination::Account { via: None, .. } | Destination::Balance { .. } | Destination::Voucher { .. } => {
            return None;
        }
    };
    let accepted = payout.accepted.as_ref();
    let (state, at) = match (&payout.state, &payout.bounced) {
        (_, Some(bounced)) => (EntryState::Bounced, Some(bounced.arrived_at)),
        (PayoutState::Arrived { at, .. }, None) => (EntryState::Arrived, Some(accepted.map_or(*at, |a| a.at.min(*at)))),
        (PayoutState::Refused { .. } | PayoutState::Rerouted, None) => (EntryState::Refused, None),
        (_, None) if !payout.sent => (EntryState::Unsent, None),
        (_, None) => match accepted {
            Some(accepted) => (EntryState::Accepted, Some(accepted.at)),
            None => (EntryState::Open, None),
        },
    };
    let channel_ref = match (&payout.state, accepted) {
        (PayoutState::Arrived { channel_ref, .. }, _) => channel_ref.clone(),
        (_, Some(accepted)) => accepted.channel_ref.clone(),
        (_, None) => String::new(),
    };
    Some(ChannelEntry {
        no: payout.no.clone(),
        part: payout.ordinal,
        channel: channel.clone(),
        incoming: false,
        listed,
        owner: file.order.to_string(),
        channel_ref,
        amount: Money::new(payout.amount_minor, file.currency),
        state,
        at,
    })
}

/// How a bill and this program differ. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The bill has it, under a number of ours, and we do not.
    MissingHere,
    /// We have it and the bill does not.
    MissingThere,
    /// Both have it with different sums.
    Amount,
    /// Both have it, and say different things about what became of it.
    Status,
    /// A refund came back.
    Bounced,
    /// An order was paid twice.
    DoublePayment,
    /// The bill has it under a number that is not ours.
    Foreign,
}

codes!(Difference {
    MissingHere = "missing_here",
    MissingThere = "missing_there",
    Amount = "amount",
    Status = "status",
    Bounced = "bounced",
    DoublePayment = "double_payment",
    Foreign = "foreign",
});

/// What is to be done about a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The order is told that the payment succeeded; what it does not need goes back by itself (R29).
    TellPayment(OrderId),
    /// The wallet is told that a top-up was paid.
    TellTopUp(AccountId),
    /// The order is told what became of a payout.
    TellPayout(OrderId, u16, Outcome),
    /// A person looks.
    Person,
}

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub difference: Difference,
    /// What we know of it, where we know anything.
    pub ours: Option<ChannelEntry>,
    /// What the channel has more (or less) than the books say it has, in minor units of the line's currency.
    pub delta_minor: i64,
    /// What is to be done.
    pub remedy: Remedy,
}

/// What a line of a bill amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As we know it; this is the entry's instant.
    Matched(Option<Instant>),
    /// Nothing to compare with: fees, withdrawals, what another bill of the day is compared by.
    Aside,
    /// Otherwise.
    Differs(Box<Found>),
}

/// Compares a line with what is known under its number.
pub fn compare(channel: &ChannelId, kind: BillKind, line: &BillLine, known: &[ChannelEntry], prefix: &str) -> Verdict {
    let ours =
        |incoming| known.iter().filter(move |e| e.incoming == incoming && e.no == *line.no() && e.channel == *channel);
    match (&line.entry, kind) {
        (BillEntry::Other(_), _) | (BillEntry::Payment | BillEntry::Refund, BillKind::Funds) => Verdict::Aside,
        (BillEntry::Payment, BillKind::Trades) => payment(line, &ours(true).collect::<Vec<_>>(), prefix),
        (BillEntry::RefundReturned, _) => returned(line, ours(false).next(), prefix),
        (BillEntry::Refund | BillEntry::Remittance, _) => sent(line, ours(false).next(), prefix),
    }
}

fn differs(difference: Difference, ours: Option<&ChannelEntry>, delta_minor: i64, remedy: Remedy) -> Verdict {
    Verdict::Differs(Box::new(Found { difference, ours: ours.cloned(), delta_minor, remedy }))
}

/// Whose number it is.
fn unknown(line: &BillLine, delta_minor: i64, prefix: &str) -> Verdict {
    let difference = match line.no().order(prefix) {
        Some(_) => Difference::MissingHere,
        None => Difference::Foreign,
    };
    differs(difference, None, delta_minor, Remedy::Person)
}

/// Whether a number is a top-up's, which belongs to no order.
pub fn is_top_up(no: &ChannelNumber, prefix: &str) -> bool {
    no.kind(prefix) == Some(crate::top_up::KIND)
}

/// What is left between two sums of one currency; between two currencies a person has to say.
fn between(there: Money, here: Money) -> i64 {
    if there.currency() == here.currency() { there.minor().saturating_sub(here.minor()) } else { 0 }
}

fn payment(line: &BillLine, ours: &[&ChannelEntry], prefix: &str) -> Verdict {
    let paid = |entry: &&&ChannelEntry| entry.state == EntryState::Paid;
    if let Some(same) = ours.iter().filter(paid).find(|entry| entry.channel_ref == line.payment_ref) {
        return match same.amount == line.amount {
            true => Verdict::Matched(same.at),
            false => differs(Difference::Amount, Some(same), between(line.amount, same.amount), Remedy::Person),
        };
    }
    let Some(first) = ours.first() else { return unknown(line, line.amount.minor(), prefix) };
    let difference =
        if ours.iter().any(|entry| paid(&entry)) { Difference::DoublePayment } else { Difference::MissingHere };
    let owner = first.owner.as_str();
    let remedy = match is_top_up(&first.no, prefix) {
        true => Remedy::TellTopUp(owner.into()),
        false => Remedy::TellPayment(owner.into()),
    };
    differs(difference, Some(first), line.amount.minor(), remedy)
}

/// Money that left for a payer.
fn sent(line: &BillLine, ours: Option<&ChannelEntry>, prefix: &str) -> Verdict {
    let Some(ours) = ours else { return unknown(line, -line.amount.minor(), prefix) };
    let booked = ours.state == EntryState::Arrived;
    if ours.amount != line.amount {
        let delta = if booked { between(ours.amount, line.amount) } else { -line.amount.minor() };
        return differs(Difference::Amount, Some(ours), delta, Remedy::Person);
    }
    match ours.state {
        EntryState::Arrived | EntryState::Accepted | EntryState::Bounced => Verdict::Matched(ours.at),
        // A bill says that money left us, not that it arrived: the channel is asked under the same number.
        EntryState::Open => {
            let outcome = Outcome::Accepted { channel_ref: line.payment_ref.clone() };
            let remedy = Remedy::TellPayout(ours.owner.as_str().into(), ours.part, outcome);
            differs(Difference::Status, Some(ours), 0, remedy)
        }
        EntryState::Unsent | EntryState::Refused | EntryState::Paid => {
            differs(Difference::Status, Some(ours), -line.amount.minor(), Remedy::Person)
        }
    }
}

/// Money that came back.
fn returned(line: &BillLine, ours: Option<&ChannelEntry>, prefix: &str) -> Verdict {
    let Some(ours) = ours else { return unknown(line, line.amount.minor(), prefix) };
    if ours.amount != line.amount {
        return differs(Difference::Amount, Some(ours), line.amount.minor(), Remedy::Person);
    }
    match ours.state {
        // The day of the bounce is the bill's own; what is compared by instants is when the money left.
        EntryState::Bounced | EntryState::Refused => Verdict::Matched(None),
        EntryState::Arrived | EntryState::Accepted | EntryState::Open => {
            let outcome = Outcome::Bounced { code: "bill".to_owned() };
            let remedy = Remedy::TellPayout(ours.owner.as_str().into(), ours.part, outcome);
            differs(Difference::Bounced, Some(ours), line.amount.minor(), remedy)
        }
        EntryState::Unsent | EntryState::Paid => {
            differs(Difference::Status, Some(ours), line.amount.minor(), Remedy::Person)
        }
    }
}

/// What the bill of its day should have and does not.
pub fn missing_there(ours: &ChannelEntry) -> Found {
    let delta_minor = match ours.state {
        EntryState::Paid => -ours.amount.minor(),
        EntryState::Arrived => ours.amount.minor(),
        EntryState::Open | EntryState::Unsent | EntryState::Accepted | EntryState::Bounced | EntryState::Refused => 0,
    };
    Found { difference: Difference::MissingThere, ours: Some(ours.clone()), delta_minor, remedy: Remedy::Person }
}

/// What one side of a bill adds up to in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// In which currency.
    pub currency: Currency,
    /// Payments.
    pub payments: u64,
    /// Their sum.
    pub payments_minor: i64,
    /// Refunds and remittances.
    pub refunds: u64,
    /// Their sum.
    pub refunds_minor: i64,
    /// Refunds that came back.
    pub returned: u64,
    /// Their sum.
    pub returned_minor: i64,
    /// What the channel kept, less what it gave back.
    pub fees_minor: i64,
}

impl Totals {
    /// Nothing.
    pub fn none(currency: Currency) -> Self {
        Self {
            currency,
            payments: 0,
            payments_minor: 0,
            refunds: 0,
            refunds_minor: 0,
            returned: 0,
            returned_minor: 0,
            fees_minor: 0,
        }
    }

    /// The totals of a currency among several; begun where there are none.
    pub fn of(all: &mut Vec<Self>, currency: Currency) -> &mut Self {
        let place = all.iter().position(|totals| totals.currency == currency).unwrap_or_else(|| {
            all.push(Self::none(currency));
            all.len() - 1
        });
        &mut all[place]
    }

    /// Counts a line.
    pub fn count(&mut self, entry: &BillEntry, minor: i64, fee_minor: i64) {
        match entry {
            BillEntry::Payment => {
                self.payments += 1;
                self.payments_minor += minor;
            }
            BillEntry::Refund | BillEntry::Remittance => {
                self.refunds += 1;
                self.refunds_minor += minor;
            }
            BillEntry::RefundReturned => {
                self.returned += 1;
                self.returned_minor += minor;
            }
            BillEntry::Other(_) => {}
        }
        self.fees_minor += fee_minor;
    }

    /// What the account at the channel grew by.
    pub fn net_minor(&self) -> i64 {
        self.payments_minor - self.refunds_minor + self.returned_minor - self.fees_minor
    }
}
