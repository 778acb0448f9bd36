//! Credit of buyers and sellers (R23, S24): dated events that begin at a score, decay, can be appealed and reversed.
//! Credit never changes what a claim is worth.

use crate::policy::Parameters;
use crate::time::Instant;

/// Why an event stands against somebody. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ground {
    /// A claim rested on proven forgery.
    ForgedClaim,
    /// The fault claimed was disproved.
    DisprovedClaim,
    /// Abuse.
    Abuse,
    /// Threats.
    Threat,
    /// Leading others off the platform.
    Contact,
    /// Several accounts used against the rules.
    SeveralAccounts,
    /// Reviews that are not about the goods, or threats of them.
    MaliciousReview,
    /// The account is blocked until a date.
    Blocked,
    /// A seller did not answer in time (R16).
    SellerSilent,
    /// A seller's refusal was overturned.
    RefusalOverturned,
    /// A code was confirmed to be invalid.
    InvalidCode,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Self; 11] = [
        Self::ForgedClaim,
        Self::DisprovedClaim,
        Self::Abuse,
        Self::Threat,
        Self::Contact,
        Self::SeveralAccounts,
        Self::MaliciousReview,
        Self::Blocked,
        Self::SellerSilent,
        Self::RefusalOverturned,
        Self::InvalidCode,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::ForgedClaim => "forged_claim",
            Self::DisprovedClaim => "disproved_claim",
            Self::Abuse => "abuse",
            Self::Threat => "threat",
            Self::Contact => "contact",
            Self::SeveralAccounts => "several_accounts",
            Self::MaliciousReview => "malicious_review",
            Self::Blocked => "blocked",
            Self::SellerSilent => "seller_silent",
            Self::RefusalOverturned => "refusal_overturned",
            Self::InvalidCode => "invalid_code",
        }
    }

    /// The ground with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.code() == code)
    }

    /// Whether the program records it by itself: what it saw with a seller. Everything else a person finds.
    pub fn is_objective(self) -> bool {
        matches!(self, Self::SellerSilent | Self::RefusalOverturned | Self::InvalidCode)
    }

    /// Whether a person may write it as a finding of his own, outside the decision of a case. Bad claims come with the
    /// decision that found them, blocks have their own act.
    pub fn is_finding(self) -> bool {
        matches!(self, Self::Abuse | Self::Threat | Self::Contact | Self::SeveralAccounts | Self::MaliciousReview)
    }

    /// Whether it counts towards a buyer's restriction.
    pub fn is_bad_claim(self) -> bool {
        matches!(self, Self::ForgedClaim | Self::DisprovedClaim)
    }

    /// What it takes.
    pub fn points(self, parameters: &Parameters) -> i64 {
        match self {
            Self::ForgedClaim => parameters.forgery_points,
            Self::DisprovedClaim => parameters.disproved_points,
            Self::SellerSilent => parameters.seller_silent_points,
            Self::RefusalOverturned => parameters.seller_overturned_points,
            Self::InvalidCode => parameters.seller_invalid_code_points,
            Self::Abuse | Self::Threat | Self::Contact | Self::SeveralAccounts | Self::MaliciousReview => {
                parameters.conduct_points
            }
            // A block is the consequence itself.
            Self::Blocked => 0,
        }
    }
}

/// What the program pointed a person to. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlagKind {
    /// A way off the platform.
    Contact,
    /// Abuse.
    Abuse,
    /// A threat.
    Threat,
    /// Several accounts on one payer.
    SeveralAccounts,
    /// Something about a file looks forged.
    ForgeryHint,
}

impl FlagKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Contact, Self::Abuse, Self::Threat, Self::SeveralAccounts, Self::ForgeryHint];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Abuse => "abuse",
            Self::Threat => "threat",
            Self::SeveralAccounts => "several_accounts",
            Self::ForgeryHint => "forgery_hint",
        }
    }

    /// The kind with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What a person may make of it. A hint of forgery is for the judge of the case: only his decision finds it.
    pub fn finding(self) -> Option<Ground> {
        match self {
            Self::Contact => Some(Ground::Contact),
            Self::Abuse => Some(Ground::Abuse),
            Self::Threat => Some(Ground::Threat),
            Self::SeveralAccounts => Some(Ground::SeveralAccounts),
            Self::ForgeryHint => None,
        }
    }
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    Standing,
    /// It counts while somebody else looks at it, until an instant from which silence takes it back.
    Appealed {
        /// The first instant at which it no longer counts.
        due: Instant,
    },
    /// It was appealed, and counts.
    Upheld,
    /// It never counts again.
    Reversed,
}

/// As much of an event as counting needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// When it was recorded.
    pub at: Instant,
    /// What it takes.
    pub points: i64,
    /// Where it stands.
    pub standing: Standing,
}

impl Counted {
    /// Whether it stands now: not reversed, and no appeal left without an answer.
    pub fn stands(&self, now: Instant) -> bool {
        match self.standing {
            Standing::Standing | Standing::Upheld => true,
            Standing::Appealed { due } => now < due,
            Standing::Reversed => false,
        }
    }

    /// The first instant at which it is too old to count.
    pub fn decays_at(&self, parameters: &Parameters) -> Instant {
        self.at.plus_days(i64::from(parameters.credit_decay_days))
    }

    /// Whether it counts now.
    pub fn counts(&self, now: Instant, parameters: &Parameters) -> bool {
        self.stands(now) && now < self.decays_at(parameters)
    }
}

/// The score that these events leave.
pub fn score(events: &[Counted], now: Instant, parameters: &Parameters) -> i64 {
    let taken = events.iter().filter(|event| event.counts(now, parameters));
    let sum = taken.fold(0i64, |sum, event| sum.saturating_add(event.points));
    parameters.credit_start.saturating_add(sum).clamp(parameters.credit_floor, parameters.credit_start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn event(day: i8, points: i64, standing: Standing) -> Counted {
        Counted { at: Instant::from_shanghai(2026, 3, day, 10, 0, 0), points, standing }
    }

    #[test]
    fn events_count_until_they_decay_or_are_reversed() {
        let policy = Policy::builtin();
        let parameters = policy.parameters();
        let now = Instant::from_shanghai(2026, 3, 20, 10, 0, 0);
        let events = [
            event(1, -20, Standing::Standing),
            event(2, -5, Standing::Reversed),
            event(3, -5, Standing::Upheld),
            event(4, -2, Standing::Appealed { due: now.plus_micros(1) }),
        ];
        assert_eq!(score(&events, now, parameters), 73);
        // Silence on an appeal takes the event back.
        assert_eq!(score(&events, now.plus_micros(1), parameters), 75);
        let last = events[0].at.plus_days(180);
        assert_eq!(score(&events[..1], last.plus_micros(-1), parameters), 80);
        assert_eq!(score(&events[..1], last, parameters), 100);
        let many = [event(1, -60, Standing::Standing); 2];
        assert_eq!(score(&many, now, parameters), 0, "the floor");
    }

    #[test]
    fn every_ground_has_a_code_and_points_that_take() {
        let policy = Policy::builtin();
        for ground in Ground::ALL {
            assert_eq!(Ground::parse(ground.code()), Some(ground));
            assert!(ground.points(policy.parameters()) <= 0);
        }
        assert_eq!(Ground::ForgedClaim.points(policy.parameters()), -20);
        assert_eq!(Ground::SellerSilent.points(policy.parameters()), -2);
        assert!(FlagKind::ALL.iter().all(|kind| FlagKind::parse(kind.code()) == Some(*kind)));
        assert_eq!(FlagKind::ForgeryHint.finding(), None);
    }
}
