//! What happens when the original road is closed (R14): an account the buyer names, checked and paid by two people of
//! finance; money that an escrow agent must release first; what was returned; and money that the buyer cannot find
//! (R15). Nothing here switches by itself.

use crate::calendar::Deadline;
use crate::case::{EvidenceRef, PersonalRef};
use crate::ids::{AccountId, ChannelId};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What kind of account money is sent to in place of the original one. Also its kind of arrival (R15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// An Alipay account.
    Alipay,
    /// A WeChat account.
    Wechat,
    /// A bank card.
    BankCard,
}

impl AccountKind {
    /// Every kind, in the order shown to buyers.
    pub const ALL: [Self; 3] = [Self::Alipay, Self::Wechat, Self::BankCard];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Alipay => "alipay",
            Self::Wechat => "wechat",
            Self::BankCard => "bank_card",
        }
    }

    /// The kind with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What a held payout waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// A second person's approval (R21).
    #[default]
    Approval,
    /// Finance compares the name on the account with the proof of closure.
    NameCheck,
    /// Another person of finance sends the money.
    Execution,
    /// The escrow agent's proof that he released the money.
    AgentRelease,
}

impl Hold {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::NameCheck => "name_check",
            Self::Execution => "execution",
            Self::AgentRelease => "agent_release",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
    pub(crate) fn is_approval(&self) -> bool {
        *self == Self::Approval
    }
}

/// Who found that an account's name agrees with the proof, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Instant,
}

/// A buyer cannot find money that is said to have arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Since when.
    pub since: Instant,
    /// Until when finance answers.
    pub due: Deadline,
}

/// What channels can do besides refunding, as configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roads {
    /// Channels that hold the money for us and refund only what they released.
    pub escrow_agents: BTreeSet<ChannelId>,
    /// Channels that send money to accounts of a kind, with a name check of their own.
    pub remits: BTreeSet<(ChannelId, AccountKind)>,
    /// Channels that can be told where an abnormal refund is to go.
    pub finishes: BTreeSet<ChannelId>,
}

/// What may be asked about the road of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteAct {
    /// The buyer names an account for what was finally refused.
    NameAccount {
        /// Which case.
        case: u16,
        /// What kind of account.
        kind: AccountKind,
        /// Holder, number and bank.
        account: PersonalRef,
        /// Files, a proof of closure among them.
        evidence: Vec<EvidenceRef>,
    },
    /// The buyer names a card for a refund that is abnormal at the channel.
    NameCard {
        /// Ordinal of the payout.
        payout: u16,
        /// Holder, number and bank.
        card: PersonalRef,
    },
    /// Finance: name and proof agree.
    CheckAccount {
        /// Ordinal of the payout.
        payout: u16,
    },
    /// Finance: they do not.
    RefuseAccount {
        /// Ordinal of the payout.
        payout: u16,
        /// Why, for the buyer.
        words: PersonalRef,
    },
    /// A second person sends it through a channel.
    Remit {
        /// Ordinal of the payout.
        payout: u16,
        /// Which channel.
        channel: ChannelId,
    },
    /// A second person has sent it at the bank.
    RecordTransfer {
        /// Ordinal of the payout.
        payout: u16,
        /// The bank's reference.
        reference: String,
    },
    /// Finance: what the bank sent has arrived.
    RecordArrival {
        /// Ordinal of the payout.
        payout: u16,
        /// The bank's receipt.
        evidence: Vec<EvidenceRef>,
    },
    /// Finance: the money is back with us.
    RecordReturn {
        /// Ordinal of the payout.
        payout: u16,
        /// What proves it.
        evidence: Vec<EvidenceRef>,
    },
    /// Finance: the escrow agent released the money.
    RecordRelease {
        /// Ordinal of the payout.
        payout: u16,
        /// What proves it.
        evidence: Vec<EvidenceRef>,
    },
    /// Finance: the escrow agent will not.
    RefuseRelease {
        /// Ordinal of the payout.
        payout: u16,
        /// Why, for the buyer.
        words: PersonalRef,
    },
    /// Finance sends an abnormal refund on to the card the buyer named.
    FinishAtChannel {
        /// Ordinal of the payout.
        payout: u16,
    },
    /// The buyer cannot find the money (R15).
    DoubtArrival {
        /// Ordinal of the payout.
        payout: u16,
    },
    /// Finance tells him where it is.
    AnswerDoubt {
        /// Ordinal of the payout.
        payout: u16,
        /// In which words.
        words: PersonalRef,
    },
    /// Finance takes back what went to balance without the buyer's consent, as far as it is unspent, and sends it home.
    ReverseSwitch {
        /// Ordinal of the payout to balance.
        payout: u16,
        /// Why.
        words: PersonalRef,
    },
}

impl RouteAct {
    /// Whether it is decided by who else of staff there is.
    pub fn needs_four_eyes(&self) -> bool {
        matches!(self, Self::Remit { .. } | Self::RecordTransfer { .. })
    }
}

/// What happened to the road of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteEvent {
    /// The buyer named an account.
    AccountNamed {
        /// In which case.
        case: u16,
        /// What kind of account.
        kind: AccountKind,
        /// Files, a proof of closure among them.
        evidence: Vec<EvidenceRef>,
    },
    /// The buyer named a card for an abnormal refund.
    CardNamed {
        /// Ordinal of the payout.
        payout: u16,
        /// Holder, number and bank.
        card: PersonalRef,
    },
    /// Name and proof agree.
    AccountChecked {
        /// Ordinal of the payout.
        payout: u16,
        /// Who says so.
        by: AccountId,
    },
    /// They do not: the buyer names another.
    AccountRefused {
        /// Ordinal of the payout.
        payout: u16,
        /// Why.
        words: PersonalRef,
    },
    /// It is sent through a channel.
    Remitted {
        /// Ordinal of the payout.
        payout: u16,
        /// Which channel.
        channel: ChannelId,
        /// There is no second person: the waiting time stood in for him (R35).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
    },
    /// It was sent at the bank, by hand.
    TransferRecorded {
        /// Ordinal of the payout.
        payout: u16,
        /// The bank's reference.
        reference: String,
        /// There is no second person: the waiting time stood in for him (R35).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
    },
    /// What the bank sent has arrived, on the word of finance.
    ArrivalRecorded {
        /// Ordinal of the payout.
        payout: u16,
        /// The bank's receipt.
        evidence: Vec<EvidenceRef>,
    },
    /// The money is proven back with us.
    Returned {
        /// Ordinal of the payout.
        payout: u16,
        /// What proves it.
        evidence: Vec<EvidenceRef>,
    },
    /// The escrow agent released the money.
    Released {
        /// Ordinal of the payout.
        payout: u16,
        /// What proves it.
        evidence: Vec<EvidenceRef>,
        /// A second person must approve it now.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        held: bool,
    },
    /// The escrow agent will not release it.
    ReleaseRefused {
        /// Ordinal of the payout.
        payout: u16,
        /// Why.
        words: PersonalRef,
    },
    /// An abnormal refund is sent on to the buyer's card.
    Finishing {
        /// Ordinal of the payout.
        payout: u16,
    },
    /// The buyer cannot find the money.
    Doubted {
        /// Ordinal of the payout.
        payout: u16,
        /// Until when finance answers.
        due: Deadline,
    },
    /// He was told where it is.
    DoubtAnswered {
        /// Ordinal of the payout.
        payout: u16,
        /// In which words.
        words: PersonalRef,
    },
    /// The unspent part of what went to balance without consent is in escrow again, to go home.
    SwitchReversed {
        /// Ordinal of the payout to balance.
        payout: u16,
        /// How much.
        amount_minor: i64,
        /// Why.
        words: PersonalRef,
    },
}

impl RouteEvent {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountNamed { .. } => "account_named",
            Self::CardNamed { .. } => "card_named",
            Self::AccountChecked { .. } => "account_checked",
            Self::AccountRefused { .. } => "account_refused",
            Self::Remitted { .. } => "payout_remitted",
            Self::TransferRecorded { .. } => "transfer_recorded",
            Self::ArrivalRecorded { .. } => "arrival_recorded",
            Self::Returned { .. } => "payout_returned",
            Self::Released { .. } => "agent_released",
            Self::ReleaseRefused { .. } => "release_refused",
            Self::Finishing { .. } => "payout_finishing",
            Self::Doubted { .. } => "arrival_doubted",
            Self::DoubtAnswered { .. } => "doubt_answered",
            Self::SwitchReversed { .. } => "switch_reversed",
        }
    }

    /// The payout it is about; none for an account that is named for a case.
    pub fn payout(&self) -> Option<u16> {
        match self {
            Self::AccountNamed { .. } => None,
            Self::CardNamed { payout, .. }
            | Self::AccountChecked { payout, .. }
            | Self::AccountRefused { payout, .. }
            | Self::Remitted { payout, .. }
            | Self::TransferRecorded { payout, .. }
            | Self::ArrivalRecorded { payout, .. }
            | Self::Returned { payout, .. }
            | Self::Released { payout, .. }
            | Self::ReleaseRefused { payout, .. }
            | Self::Finishing { payout }
            | Self::Doubted { payout, .. }
            | Self::DoubtAnswered { payout, .. }
            | Self::SwitchReversed { payout, .. } => Some(*payout),
        }
    }

    /// The words it carries.
    pub fn words(&self) -> Option<&PersonalRef> {
        match self {
            Self::AccountRefused { words, .. }
            | Self::ReleaseRefused { words, .. }
            | Self::DoubtAnswered { words, .. }
            | Self::SwitchReversed { words, .. } => Some(words),
            _ => None,
        }
    }

    /// The files it carries.
    pub fn evidence(&self) -> &[EvidenceRef] {
        match self {
            Self::AccountNamed { evidence, .. }
            | Self::ArrivalRecorded { evidence, .. }
            | Self::Returned { evidence, .. }
            | Self::Released { evidence, .. } => evidence,
            _ => &[],
        }
    }
}
