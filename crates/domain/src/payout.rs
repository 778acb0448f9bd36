//! A payout: one sum on its way to one destination, under one number that never changes while its outcome is unknown.
//!
//! The protocol is small on purpose. `Due` names the next call; an attempt is committed before the call (`Calling`);
//! its answer is one of the [`Outcome`] classes. Whatever is not known is asked about under the same number. Money
//! may take another road only after a proven final refusal.

use crate::calendar::Deadline;
use crate::case::PersonalRef;
use crate::ids::{AccountId, ChannelId, ChannelNumber};
use crate::rate::DayRate;
use crate::route::{AccountKind, Check, Doubt, Hold};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// Where money goes (R13, R14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// A new lot of the buyer's balance.
    Balance {
        /// Ordinal of the payment in the file that it gives back.
        payment: u16,
        /// Whose wallet.
        wallet: AccountId,
    },
    /// A voucher of equal value in the buyer's wallet: what was paid with one, or his express choice.
    Voucher {
        /// Ordinal of the payment in the file that it gives back.
        payment: u16,
        /// Whose wallet.
        wallet: AccountId,
    },
    /// Back by the payment it came with.
    Original {
        /// Ordinal of the payment in the file.
        payment: u16,
        /// Its channel.
        channel: ChannelId,
    },
    /// To an account the buyer named, where the original road is closed.
    Account {
        /// Ordinal of the payment in the file that it gives back.
        payment: u16,
        /// What kind of account.
        kind: AccountKind,
        /// Holder, number and bank.
        account: PersonalRef,
        /// The channel that sends it; none while that is not decided, and where finance sends it at the bank.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        via: Option<ChannelId>,
    },
}

impl Destination {
    /// Ordinal of the payment it gives back.
    pub fn payment(&self) -> u16 {
        match self {
            Self::Balance { payment, .. }
            | Self::Voucher { payment, .. }
            | Self::Original { payment, .. }
            | Self::Account { payment, .. } => *payment,
        }
    }

    /// The channel that is called, and whose word counts.
    pub fn channel(&self) -> Option<&ChannelId> {
        match self {
            Self::Balance { .. } | Self::Voucher { .. } => None,
            Self::Original { channel, .. } => Some(channel),
            Self::Account { via, .. } => via.as_ref(),
        }
    }

    /// The kind of arrival it has (R15).
    pub fn arrival_kind(&self) -> &str {
        match self {
            Self::Balance { .. } | Self::Voucher { .. } => "balance",
            Self::Original { channel, .. } => channel.as_str(),
            Self::Account { kind, .. } => kind.code(),
        }
    }

    /// Whether it goes outside, where it can be lost and come back.
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Original { .. } | Self::Account { .. })
    }

    /// The stable code people are shown: `balance`, `voucher`, the channel's id, or `account_` and the kind of account.
    pub fn code(&self) -> String {
        match self {
            Self::Balance { .. } => "balance".to_owned(),
            Self::Voucher { .. } => "voucher".to_owned(),
            Self::Original { channel, .. } => channel.to_string(),
            Self::Account { kind, .. } => format!("account_{}", kind.code()),
        }
    }
}

/// The next call to the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Ask the channel to refund.
    Send,
    /// Ask the channel what became of the number.
    Ask,
    /// Tell the channel where an abnormal refund is to go, under the same number.
    Finish,
}

/// What an answer of a channel means: every client maps every reply to one of these classes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The money reached the payer's instrument.
    Arrived {
        /// The channel's own number.
        channel_ref: String,
    },
    /// The channel took the order; not final.
    Accepted {
        /// The channel's own number.
        channel_ref: String,
    },
    /// Nobody knows: time-out, 5xx, bad signature. Ask under the same number.
    Unknown {
        /// What was seen, as a short code.
        code: String,
    },
    /// The channel says it has never heard of the number (an answer to `Ask` only): send again, unchanged.
    NotFound,
    /// Busy or throttled: the same call again, later.
    RetrySameId {
        /// The channel's code.
        code: String,
    },
    /// The merchant's balance is short: finance is alerted, the same number is sent again later.
    NeedFunds {
        /// The channel's code.
        code: String,
    },
    /// Our mistake: a person must look.
    FixRequest {
        /// The channel's code.
        code: String,
    },
    /// The payer cannot be paid this way and, by the channel's own word on this number, nothing moved.
    OtherRoute {
        /// The channel's code.
        code: String,
    },
    /// The money left the merchant and is not with the payer: finished at the channel under its own number.
    ManualAtChannel {
        /// The channel's code.
        code: String,
    },
    /// It had arrived and came back to the merchant.
    Bounced {
        /// The channel's code.
        code: String,
    },
}

/// Where a payout stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    /// Waits for people: for what, [`Payout::hold`] says.
    Held,
    /// The next call is due at `at`.
    Due {
        /// Which call.
        step: Step,
        /// When.
        at: Instant,
    },
    /// An attempt is committed; the answer is awaited until `until`, then it is unknown.
    Calling {
        /// Which call.
        step: Step,
        /// Fences the answer.
        attempt: u16,
        /// Until when an answer counts as underway.
        until: Instant,
    },
    /// Sent at a bank by hand; nobody but finance hears of it.
    AtBank {
        /// Since when.
        since: Instant,
        /// The bank's reference.
        reference: String,
    },
    /// With the payer.
    Arrived {
        /// When.
        at: Instant,
        /// The channel's number; empty for balance.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        channel_ref: String,
    },
    /// In human hands: finance looks, and sends it on.
    Stuck {
        /// Since when.
        since: Instant,
        /// The channel's code.
        code: String,
        /// Why.
        why: StuckWhy,
    },
    /// Finally refused and nothing moved; the buyer chooses another route.
    Refused {
        /// When.
        at: Instant,
        /// The channel's code.
        code: String,
    },
    /// Replaced by another payout after a proven final refusal.
    Rerouted,
    /// Never sent: the loss was paid outside (T22).
    Superseded {
        /// When.
        at: Instant,
    },
}

/// Why a payout needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StuckWhy {
    /// The merchant's balance at the channel is short.
    NeedFunds,
    /// The channel calls the request wrong.
    FixRequest,
    /// Left the merchant, did not reach the payer.
    ManualAtChannel,
}

/// The channel's word that it has a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// When.
    pub at: Instant,
    /// Its own number.
    pub channel_ref: String,
}

/// An arrival that came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounced {
    /// When it had arrived.
    pub arrived_at: Instant,
    /// When it came back.
    pub at: Instant,
}

/// One sum on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// Ordinal in the file, from 1.
    pub ordinal: u16,
    /// The case it pays.
    pub case: u16,
    /// The number the channel knows it by; fixed when decided.
    pub no: ChannelNumber,
    /// Where it goes.
    pub destination: Destination,
    /// How much, in minor units; always positive.
    pub amount_minor: i64,
    /// When it was decided.
    pub decided_at: Instant,
    /// How many calls were committed.
    pub attempts: u16,
    /// Whether a `Send` was ever committed: from then on the channel is asked before anything else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sent: bool,
    /// When the first `Send` was committed: some channels know a refund by number and time of sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Instant>,
    /// The code of a refusal that still has to be proven by asking; money may not take another road before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// When the channel accepted it, and its number there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// It had arrived and came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounced: Option<Bounced>,
    /// Expected at the payer by (R15, typical).
    pub expected: Deadline,
    /// Traced from then on (R15, hard).
    pub hard: Deadline,
    /// What it was worth in the books when it left, where the order is in another currency (R28).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<DayRate>,
    /// Since when it is traced as overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traced_since: Option<Instant>,
    /// What it waits for while it is held.
    #[serde(default, skip_serializing_if = "Hold::is_approval")]
    pub hold: Hold,
    /// Who compared the account's name with the proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Check>,
    /// The card that an abnormal refund is to go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<PersonalRef>,
    /// The lot of the balance it went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<u32>,
    /// The buyer cannot find what arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// Where it stands.
    pub state: PayoutState,
}

impl Payout {
    /// The money is, or may be, gone or reserved: everything but a proven refusal.
    pub fn holds_money(&self) -> bool {
        !matches!(self.state, PayoutState::Refused { .. } | PayoutState::Rerouted | PayoutState::Superseded { .. })
    }
}
