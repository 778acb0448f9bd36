//! The panel (平台裁决, R30): arbitrators of registered outside organisations, drawn at random, who vote without seeing
//! each other's votes. It is not statutory arbitration.

use crate::calendar::Deadline;
use crate::case::PersonalRef;
use crate::ids::{AccountId, OrganisationId};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// Somebody who may be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arbitrator {
    /// The person.
    pub account: AccountId,
    /// The registered organisation he belongs to.
    pub organisation: OrganisationId,
}

/// Who is responsible, in the eyes of an arbitrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Responsible {
    /// The buyer: no refund.
    Buyer,
    /// The seller.
    Seller,
    /// The platform.
    Platform,
    /// Several of them.
    Shared,
}

impl Responsible {
    /// Every answer.
    pub const ALL: [Self; 4] = [Self::Buyer, Self::Seller, Self::Platform, Self::Shared];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Platform => "platform",
            Self::Shared => "shared",
        }
    }

    /// The answer with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.code() == code)
    }

    /// Whether the vote is on the side of a refund.
    pub fn refunds(self) -> bool {
        self != Self::Buyer
    }
}

/// One vote. Others see it only in the ruling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Who is responsible.
    pub responsible: Responsible,
    /// How much should go back; zero where the buyer is responsible.
    pub amount_minor: i64,
    /// Why.
    pub reason: PersonalRef,
    /// When.
    pub at: Instant,
}

/// One seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Who sits on it.
    pub arbitrator: AccountId,
    /// For which organisation.
    pub organisation: OrganisationId,
    /// How he voted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vote: Option<Vote>,
}

/// A panel that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// Its seats, in the order drawn.
    pub seats: Vec<Seat>,
    /// Votes of one side that carry a ruling.
    pub majority: u16,
    /// When it was drawn.
    pub drawn_at: Instant,
    /// Until when both sides may add material.
    pub evidence_until: Deadline,
    /// Until when votes are cast, once they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes_until: Option<Deadline>,
}

/// What a panel found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Whether money goes back.
    pub refund: bool,
    /// How much: the median of the winning side, the mean of the middle two floored.
    pub amount_minor: i64,
    /// Votes of the winning side.
    pub votes: usize,
}

impl Panel {
    /// The seat of a person.
    pub fn seat(&self, account: &AccountId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.arbitrator == *account)
    }

    /// Whether everybody voted.
    pub fn is_complete(&self) -> bool {
        self.seats.iter().all(|seat| seat.vote.is_some())
    }

    /// The ruling, where one side has the majority.
    pub fn ruling(&self) -> Option<Ruling> {
        let amounts = |refund: bool| {
            let side = self.seats.iter().filter_map(|seat| seat.vote.as_ref());
            let mut amounts: Vec<i64> =
                side.filter(|vote| vote.responsible.refunds() == refund).map(|vote| vote.amount_minor).collect();
            amounts.sort_unstable();
            amounts
        };
        let (yes, no) = (amounts(true), amounts(false));
        let majority = usize::from(self.majority);
        if yes.len() >= majority {
            Some(Ruling { refund: true, amount_minor: median(&yes), votes: yes.len() })
        } else if no.len() >= majority {
            Some(Ruling { refund: false, amount_minor: 0, votes: no.len() })
        } else {
            None
        }
    }
}

fn median(sorted: &[i64]) -> i64 {
    let middle = sorted.len() / 2;
    match sorted {
        [] => 0,
        _ if sorted.len() % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]).div_euclid(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn panel(majority: u16, votes: &[Option<(Responsible, i64)>]) -> Panel {
        let seat = |(n, vote): (usize, &Option<(Responsible, i64)>)| Seat {
            arbitrator: format!("a{n}").as_str().into(),
            organisation: "o".into(),
            vote: vote.map(|(responsible, amount_minor)| Vote {
                responsible,
                amount_minor,
                reason: PersonalRef { id: format!("p{n}").as_str().into(), digest: String::new() },
                at: Instant(0),
            }),
        };
        Panel {
            seats: votes.iter().enumerate().map(seat).collect(),
            majority,
            drawn_at: Instant(0),
            evidence_until: Deadline { too_late_from: Instant(1), provisional: false, calendar: String::new() },
            votes_until: None,
        }
    }

    #[test]
    fn the_median_of_the_winning_side_counts() {
        use Responsible::{Buyer, Platform, Seller, Shared};
        let table = [
            (2, vec![Some((Seller, 900)), Some((Shared, 301)), None], Some((true, 600))),
            (2, vec![Some((Seller, 900)), Some((Shared, 300)), Some((Platform, 500))], Some((true, 500))),
            (2, vec![Some((Seller, 900)), Some((Buyer, 0)), Some((Buyer, 0))], Some((false, 0))),
            (2, vec![Some((Seller, 900)), Some((Buyer, 0)), None], None),
            (2, vec![None, None, None], None),
        ];
        for (majority, votes, expected) in table {
            let ruling = panel(majority, &votes).ruling().map(|ruling| (ruling.refund, ruling.amount_minor));
            assert_eq!(ruling, expected, "{votes:?}");
        }
    }

    proptest! {
        /// The amount lies between the lowest and the highest vote of the side that won.
        #[test]
        fn a_ruling_lies_within_its_votes(amounts in proptest::collection::vec(1i64..1_000_000, 1..17)) {
            let votes: Vec<_> = amounts.iter().map(|amount| Some((Responsible::Seller, *amount))).collect();
            let ruling = panel(1, &votes).ruling().unwrap();
            prop_assert!(ruling.refund && ruling.votes == amounts.len());
            prop_assert!(amounts.iter().min().unwrap() <= &ruling.amount_minor);
            prop_assert!(&ruling.amount_minor <= amounts.iter().max().unwrap());
        }
    }
}
