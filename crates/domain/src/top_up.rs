//! A top-up (充值): money that a buyer pays in through a channel, to spend it from his balance. It comes in once, in full,
//! under its own number; what comes otherwise waits for a person.

use crate::bill::{ChannelEntry, EntryState};
use crate::ids::{AccountId, ChannelId, ChannelNumber};
use crate::projection::{Closing, Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use crate::wallet::Wallet;
use serde::{Deserialize, Serialize};
use yuanlu_money::Money;

/// The kind letter of its numbers.
pub const KIND: char = 'T';
/// The most that may wait for their payer at the same time.
pub const MOST_OPEN: usize = 5;

/// Where a top-up stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUpState {
    /// Waits for its payer.
    Open,
    /// The money is here.
    Paid {
        /// When.
        at: Instant,
        /// The channel's number.
        channel_ref: String,
    },
    /// Nobody paid in time; its channel is to close it.
    Closing,
    /// Its channel closed it.
    Closed,
}

impl TopUpState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid { .. } => "paid",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

/// A top-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUp {
    /// Ordinal in the wallet, from 1.
    pub ordinal: u32,
    /// Its number at the channel.
    pub no: ChannelNumber,
    /// Which channel.
    pub channel: ChannelId,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// When it was begun.
    pub begun_at: Instant,
    /// First instant at which it is too late to pay.
    pub pay_until: Instant,
    /// Where it stands.
    pub state: TopUpState,
}

/// What happens to a top-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUpEvent {
    /// Its payer is sent to the channel; he has confirmed what balance is (R37).
    Begun {
        /// The top-up.
        top_up: TopUp,
    },
    /// The money came; the lot follows.
    Paid {
        /// Which.
        ordinal: u32,
        /// The channel's number.
        channel_ref: String,
    },
    /// Nobody paid in time.
    Expired {
        /// Which.
        ordinal: u32,
    },
    /// Its channel closed it.
    Closed {
        /// Which.
        ordinal: u32,
    },
}

impl Wallet {
    /// A top-up by its number at the channel.
    pub fn top_up(&self, no: &ChannelNumber) -> Option<&TopUp> {
        self.top_ups.iter().find(|top_up| top_up.no == *no)
    }

    /// Applies what happened to a top-up; `None` when it does not fit.
    pub(crate) fn apply_top_up(&mut self, event: &TopUpEvent, at: Instant) -> Option<()> {
        let (ordinal, state) = match event {
            TopUpEvent::Begun { top_up } => {
                self.top_ups.push(top_up.clone());
                return Some(());
            }
            TopUpEvent::Paid { ordinal, channel_ref } => {
                (ordinal, TopUpState::Paid { at, channel_ref: channel_ref.clone() })
            }
            TopUpEvent::Expired { ordinal } => (ordinal, TopUpState::Closing),
            TopUpEvent::Closed { ordinal } => (ordinal, TopUpState::Closed),
        };
        self.top_ups.iter_mut().find(|top_up| top_up.ordinal == *ordinal)?.state = state;
        Some(())
    }
}

/// Every top-up that waits for its payer.
pub fn timers(wallet: &Wallet) -> impl Iterator<Item = Timer> {
    let open = wallet.top_ups.iter().filter(|top_up| top_up.state == TopUpState::Open);
    open.map(|top_up| Timer {
        subject: Subject::TopUp(top_up.ordinal),
        who: Who::Buyer,
        due: top_up.pay_until,
        on_silence: OnSilence::Expire,
    })
}

/// Every top-up that its channel is to close.
pub fn closings(wallet: &Wallet) -> Vec<Closing> {
    let closing = wallet.top_ups.iter().filter(|top_up| top_up.state == TopUpState::Closing);
    let each = closing.map(|t| Closing { no: t.no.clone(), channel: t.channel.clone(), since: t.begun_at });
    each.collect()
}

/// The top-ups of a wallet as bills are compared with them.
pub fn channel_entries(wallet: &Wallet) -> Vec<ChannelEntry> {
    let entry = |top_up: &TopUp| {
        let (state, at, channel_ref) = match &top_up.state {
            TopUpState::Open | TopUpState::Closing | TopUpState::Closed => (EntryState::Open, None, ""),
            TopUpState::Paid { at, channel_ref } => (EntryState::Paid, Some(*at), channel_ref.as_str()),
        };
        ChannelEntry {
            no: top_up.no.clone(),
            part: 1,
            channel: top_up.channel.clone(),
            incoming: true,
            listed: true,
            owner: wallet.account.to_string(),
            channel_ref: channel_ref.to_owned(),
            amount: Money::new(top_up.amount_minor, wallet.currency),
            state,
            at,
        }
    };
    wallet.top_ups.iter().map(entry).collect()
}

/// A top-up as lists and callbacks find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopUpRow {
    /// Its number.
    pub no: ChannelNumber,
    /// Whose.
    pub account: AccountId,
    /// Which channel.
    pub channel: ChannelId,
    /// When it was begun.
    pub begun_at: Instant,
    /// Code of where it stands.
    pub state: &'static str,
}

/// The rows of a wallet's top-ups.
pub fn rows(wallet: &Wallet) -> Vec<TopUpRow> {
    let row = |top_up: &TopUp| TopUpRow {
        no: top_up.no.clone(),
        account: wallet.account.clone(),
        channel: top_up.channel.clone(),
        begun_at: top_up.begun_at,
        state: top_up.state.code(),
    };
    wallet.top_ups.iter().map(row).collect()
}
