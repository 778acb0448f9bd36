//! What a text holds that somebody is about to send (S05, S24): promises, ways off the platform, abuse, threats.
//!
//! [`read`] only points; a person judges (R23). It would rather miss something than accuse somebody wrongly: numbers of
//! orders, amounts, codes and times mean nothing to it, and saying that one will complain, report or sue is a right.
//! Every look is of bounded length, so that a text is read in time linear in its length.

mod address;
mod contact;
mod glyphs;
mod manners;
mod mask;
mod promise;
#[cfg(test)]
mod tests;
mod when;

pub use mask::{mask_codes, mask_contacts};

use crate::calendar::Calendar;
use crate::time::Instant;
use glyphs::Glyphs;
use std::ops::Range;

/// What a text is read against.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// When it is sent; promises count from here.
    pub now: Instant,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Hosts of the platform itself: links to them lead nowhere else.
    pub own_hosts: &'a [&'a str],
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Promises, in their order.
    pub promises: Vec<Promise>,
    /// What had better not be sent, in its order.
    pub warnings: Vec<Warning>,
}

/// What is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PromiseKind {
    /// Money back.
    Refund,
    /// Delivery, or its crediting.
    Delivery,
    /// Another code or account in place of a bad one.
    Replacement,
    /// An answer, a solution.
    Other,
}

impl PromiseKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::Delivery => "delivery",
            Self::Replacement => "replacement",
            Self::Other => "other",
        }
    }
}

/// A promise in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// Where: bytes of the text.
    pub span: Range<usize>,
    /// What.
    pub kind: PromiseKind,
    /// The first instant at which it is broken, where that can be worked out.
    pub until: Option<Instant>,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WarningKind {
    /// A telephone number.
    Phone,
    /// An account of another messenger, or a request to go there.
    Messenger,
    /// A mail address.
    Email,
    /// A link or a bare domain.
    Link,
    /// Payment past the platform: a payment code, a private transfer.
    Payment,
    /// Abuse.
    Abuse,
    /// A threat of violence or exposure.
    Threat,
    /// A threat of reviews that are not about the goods.
    ReviewThreat,
}

impl WarningKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Phone,
        Self::Messenger,
        Self::Email,
        Self::Link,
        Self::Payment,
        Self::Abuse,
        Self::Threat,
        Self::ReviewThreat,
    ];

    /// The stable code; the calm hint shown before sending has the same.
    pub fn code(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Messenger => "messenger",
            Self::Email => "email",
            Self::Link => "link",
            Self::Payment => "payment",
            Self::Abuse => "abuse",
            Self::Threat => "threat",
            Self::ReviewThreat => "review_threat",
        }
    }

    /// What kind of flag a person would judge, if the text is sent all the same.
    pub fn flag(self) -> crate::credit::FlagKind {
        use crate::credit::FlagKind;
        match self {
            Self::Phone | Self::Messenger | Self::Email | Self::Link | Self::Payment => FlagKind::Contact,
            Self::Abuse => FlagKind::Abuse,
            Self::Threat | Self::ReviewThreat => FlagKind::Threat,
        }
    }
}

/// Something that had better not be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where: bytes of the text.
    pub span: Range<usize>,
    /// What.
    pub kind: WarningKind,
}

/// Reads a text.
pub fn read(text: &str, reading: &Reading<'_>) -> Found {
    let glyphs = Glyphs::of(text);
    let mut warnings = contact::find(&glyphs, reading.own_hosts);
    warnings.extend(manners::find(&glyphs));
    warnings.sort_by_key(|warning| (warning.span.start, std::cmp::Reverse(warning.span.end), warning.kind));
    let mut kept: Vec<Warning> = Vec::with_capacity(warnings.len());
    for warning in warnings {
        let inside = |last: &Warning| warning.span.start < last.span.end && last.kind.flag() == warning.kind.flag();
        if !kept.last().is_some_and(inside) {
            kept.push(warning);
        }
    }
    Found { promises: promise::find(&glyphs, reading), warnings: kept }
}
