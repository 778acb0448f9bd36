//! Where complaints are raised, what can be said there, and what can go along.

use super::AttachmentKind;
use crate::ids::ChannelId;
use serde::{Deserialize, Serialize};

/// Defines the places, each with its stable code.
macro_rules! agencies {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Where a complaint was raised. A closed list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Agency {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Agency {
            /// Every agency, in the order shown to people.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

agencies! {
    /// The hotline and platform of market supervision (12315).
    Hotline = "12315",
    /// A consumer association (消费者协会).
    ConsumerAssociation = "consumer_association",
    /// 黑猫投诉, which publishes.
    Blackcat = "blackcat",
    /// WeChat Pay (消费者投诉 2.0).
    Wechat = "wechat",
    /// Alipay (交易投诉).
    Alipay = "alipay",
    /// A dispute at Stripe: the card holder's bank took the money back.
    Stripe = "stripe",
    /// Any other authority.
    Regulator = "regulator",
    /// A court.
    Court = "court",
}

impl Agency {
    /// The agency with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|agency| agency.code() == code)
    }

    /// The payment channel whose interface it is answered by, where it is one.
    pub fn channel(self) -> Option<ChannelId> {
        match self {
            Self::Wechat | Self::Alipay | Self::Stripe => Some(ChannelId::from(self.code())),
            Self::Hotline | Self::ConsumerAssociation | Self::Blackcat | Self::Regulator | Self::Court => None,
        }
    }

    /// The agency that a payment channel is.
    pub fn of_channel(channel: &ChannelId) -> Option<Self> {
        Self::parse(channel.as_str()).filter(|agency| agency.channel().is_some())
    }

    /// What can be said to it by its interface.
    pub fn says(self) -> &'static [Saying] {
        match self {
            Self::Wechat => &[Saying::Reply, Saying::Complete, Saying::ApproveRefund, Saying::RejectRefund],
            Self::Alipay => &[Saying::Reply, Saying::Complete, Saying::ApproveRefund, Saying::RejectRefund],
            Self::Stripe => &[Saying::Reply, Saying::Concede],
            Self::Hotline | Self::ConsumerAssociation | Self::Blackcat | Self::Regulator | Self::Court => {
                &[Saying::Reply]
            }
        }
    }

    /// What can go along with it.
    pub fn takes(self, saying: Saying) -> Takes {
        match (self, saying) {
            (Self::Wechat, Saying::Reply | Saying::RejectRefund) => Takes::Pictures,
            (Self::Alipay, Saying::Reply | Saying::Complete | Saying::ApproveRefund | Saying::RejectRefund) => {
                Takes::Pictures
            }
            (Self::Stripe, Saying::Reply) => Takes::Print,
            (
                Self::Hotline | Self::ConsumerAssociation | Self::Blackcat | Self::Regulator | Self::Court,
                Saying::Reply,
            ) => Takes::Package,
            _ => Takes::Nothing,
        }
    }
}

/// What can go along with something said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Words only.
    Nothing,
    /// The evidence package and its printable document, handed over by hand.
    Package,
    /// The printable document of the package.
    Print,
    /// A few pictures of the case.
    Pictures,
}

impl Takes {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Package => "package",
            Self::Print => "print",
            Self::Pictures => "pictures",
        }
    }

    /// How many files at most.
    pub fn most(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Print => 1,
            Self::Package => 2,
            Self::Pictures => 4,
        }
    }

    /// Whether a file of this kind can go along.
    pub fn includes(self, kind: AttachmentKind) -> bool {
        match self {
            Self::Nothing => false,
            Self::Print => kind == AttachmentKind::Print,
            Self::Package => kind != AttachmentKind::Picture,
            Self::Pictures => kind == AttachmentKind::Picture,
        }
    }
}

/// What is said to the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saying {
    /// An answer in words; evidence, where it is a dispute.
    Reply,
    /// It is dealt with.
    Complete,
    /// A refund is granted. Moves no money: the refund does.
    ApproveRefund,
    /// A refund is refused, with the reason.
    RejectRefund,
    /// The dispute is given up; cannot be undone.
    Concede,
}

impl Saying {
    /// Every saying.
    pub const ALL: [Self; 5] = [Self::Reply, Self::Complete, Self::ApproveRefund, Self::RejectRefund, Self::Concede];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Complete => "complete",
            Self::ApproveRefund => "approve_refund",
            Self::RejectRefund => "reject_refund",
            Self::Concede => "concede",
        }
    }

    /// The saying with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|saying| saying.code() == code)
    }

    /// It is nothing without words.
    pub fn needs_words(self) -> bool {
        matches!(self, Self::Reply | Self::RejectRefund)
    }
}
