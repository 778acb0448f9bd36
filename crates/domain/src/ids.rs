//! Identifiers: sortable text, and the seeded source they come from.

use crate::time::Instant;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text of an id.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    )*};
}

text_id! {
    /// An order and its file; also the order number people type: `yymmdd` and ten random characters.
    OrderId,
    /// A person's account; also names the wallet of that person.
    AccountId,
    /// A seller.
    SellerId,
    /// A product.
    ProductId,
    /// One code of a product's stock.
    StockId,
    /// An erasable row of personal data.
    PersonalId,
    /// An uploaded piece of evidence.
    EvidenceId,
    /// A file that went along with an answer to the outside.
    AttachmentId,
    /// A desk; also the receipt number people type: `T`, `yymmdd` and ten random characters.
    DeskId,
    /// A registered outside organisation.
    OrganisationId,
    /// A case: the order number, `C` and the case's ordinal in the file.
    CaseId,
    /// A payment channel (`sim`, later `alipay`, …).
    ChannelId,
    /// The number under which a channel knows a payment or a refund: 12–32 characters of `0-9A-Z`.
    ChannelNumber,
}

impl CaseId {
    /// The id of the `ordinal`-th case (from 1) of an order.
    pub fn of(order: &OrderId, ordinal: u16) -> Self {
        Self(format!("{order}C{ordinal}"))
    }

    /// The order and the ordinal this id names, if it is well formed.
    pub fn parts(&self) -> Option<(OrderId, u16)> {
        let (order, ordinal) = self.0.rsplit_once('C')?;
        Some((OrderId::new(order), ordinal.parse().ok().filter(|n| *n > 0)?))
    }
}

impl ChannelNumber {
    /// Deployment prefix, order number, kind letter (`P` payment, `R` refund, `T` top-up with a number like an order's) and ordinal in base 36, three places.
    pub fn compose(prefix: &str, order: &OrderId, kind: char, ordinal: u16) -> Self {
        let digit = |n: u32| char::from_digit(n % 36, 36).unwrap_or('0').to_ascii_uppercase();
        let n = u32::from(ordinal);
        Self(format!("{prefix}{order}{kind}{}{}{}", digit(n / 1296), digit(n / 36), digit(n)))
    }

    /// The kind letter, when it carries the given deployment prefix.
    pub fn kind(&self, prefix: &str) -> Option<char> {
        let rest = self.0.strip_prefix(prefix)?;
        rest.get(16..).filter(|_| rest.len() == 20)?.chars().next()
    }

    /// The order this number belongs to, when it carries the given deployment prefix.
    pub fn order(&self, prefix: &str) -> Option<OrderId> {
        let rest = self.0.strip_prefix(prefix)?;
        rest.get(..16).filter(|_| rest.len() == 20).map(OrderId::from)
    }
}

/// Crockford's alphabet: no I, L, O, U, so that numbers survive being read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A deterministic source of ids: the same seed and the same calls give the same ids.
#[derive(Clone, Debug)]
pub struct Ids {
    seed: [u8; 32],
    drawn: u64,
    /// The millisecond of the last text id, and how many were drawn in it before.
    last: (u64, u64),
}

impl Ids {
    /// A source from 32 random (or, in a simulation, chosen) bytes.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0, last: (0, 0) }
    }

    /// 32 fresh bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut input = [0u8; 40];
        input[..32].copy_from_slice(&self.seed);
        input[32..].copy_from_slice(&self.drawn.to_be_bytes());
        self.drawn += 1;
        let mut out = [0u8; 32];
        out.copy_from_slice(digest(&SHA256, &input).as_ref());
        out
    }

    fn characters(&mut self, n: usize) -> String {
        self.bytes().iter().take(n).map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect()
    }

    /// A new order number: local date `yymmdd` and ten characters (50 random bits).
    pub fn order(&mut self, now: Instant) -> OrderId {
        let date = now.date();
        OrderId(format!("{:02}{:02}{:02}{}", date.year() % 100, date.month(), date.day(), self.characters(10)))
    }

    /// A new receipt number: `T`, local date `yymmdd` and ten characters (50 random bits).
    pub fn desk(&mut self, now: Instant) -> DeskId {
        DeskId(format!("T{}", self.order(now)))
    }

    /// A new number of a batch of redemption codes.
    pub fn code_batch(&mut self, now: Instant) -> DeskId {
        DeskId(format!("K{}", self.order(now)))
    }

    /// A new number of a mass incident.
    pub fn incident(&mut self, now: Instant) -> DeskId {
        DeskId(format!("M{}", self.order(now)))
    }

    /// A new number of an outside complaint.
    pub fn outside_complaint(&mut self, now: Instant) -> DeskId {
        DeskId(format!("W{}", self.order(now)))
    }

    /// A new number of a paper: twelve characters (60 random bits), short enough to be typed from print.
    pub fn paper(&mut self) -> String {
        self.characters(12)
    }

    /// A new text id: ten characters of milliseconds, two that count within one, fourteen random ones. Of one source they
    /// sort as they were drawn, a thousand in a millisecond.
    pub fn text(&mut self, now: Instant) -> String {
        let millis = (now.micros() / 1000).max(0).cast_unsigned();
        let count = if self.last.0 == millis { (self.last.1 + 1).min(1023) } else { 0 };
        self.last = (millis, count);
        let digits =
            |number: u64, n: u32| (0..n).rev().map(move |i| char::from(ALPHABET[((number >> (5 * i)) & 31) as usize]));
        digits(millis, 10).chain(digits(count, 2)).chain(self.characters(14).chars()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_numbers_name_their_order_and_stay_in_bounds() {
        let order = OrderId::from("261122ABCDEFGHJK");
        let no = ChannelNumber::compose("YL7Q", &order, 'R', 1297);
        assert_eq!(no.as_str(), "YL7Q261122ABCDEFGHJKR101");
        assert!((12..=32).contains(&no.as_str().len()));
        assert_eq!(no.order("YL7Q"), Some(order.clone()));
        assert_eq!(no.order("XX7Q"), None);
        assert_eq!((no.kind("YL7Q"), no.kind("XX7Q")), (Some('R'), None));
        assert_eq!(CaseId::of(&order, 3).parts(), Some((order, 3)));
        assert_eq!(CaseId::from("nonsense").parts(), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_ids_and_no_two_alike() {
        let now = Instant::from_shanghai(2026, 11, 22, 10, 0, 0);
        let (mut a, mut b) = (Ids::new([7; 32]), Ids::new([7; 32]));
        let drawn: Vec<_> = (0..100).map(|_| a.order(now)).collect();
        assert!(
            drawn.iter().all(|id| *id == b.order(now) && id.as_str().starts_with("261122") && id.as_str().len() == 16)
        );
        assert_eq!(drawn.iter().collect::<std::collections::BTreeSet<_>>().len(), 100);
    }

    #[test]
    fn text_ids_sort_as_they_were_drawn_also_those_of_one_instant() {
        let now = Instant::from_shanghai(2026, 11, 22, 10, 0, 0);
        let mut ids = Ids::new([7; 32]);
        let instants = (0..1500).map(|n| if n < 1000 { now } else { Instant::from_micros(now.micros() + n) });
        let drawn: Vec<_> = instants.map(|at| ids.text(at)).collect();
        assert!(drawn.iter().all(|id| id.len() == 26));
        assert!(drawn.is_sorted());
        assert_eq!(drawn.iter().collect::<std::collections::BTreeSet<_>>().len(), drawn.len());
    }
}
