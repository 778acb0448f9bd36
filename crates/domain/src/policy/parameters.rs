use super::error::PolicyError;
use crate::hearing::Hearing;
use serde::{Deserialize, Serialize};

/// Defines the numbers, each with the range it must lie in.
macro_rules! parameters {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $range:expr;)*) => {
        /// Every number of the rules. What a product may name for itself has a limit beside its default.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Parameters {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Parameters {
            fn check_ranges(&self) -> Result<(), PolicyError> {
                $(
                    let range = $range;
                    if !range.contains(&self.$field) {
                        let what = format!("must lie between {} and {}", range.start(), range.end());
                        return Err(PolicyError::parameter(stringify!($field), what));
                    }
                )*
                Ok(())
            }
        }
    };
}

parameters! {
    /// Application window in natural days after completion, where a product names none (R5).
    window_days: u32 = 7..=15;
    /// The shortest window a product may name (R5).
    least_window_days: u32 = 7..=15;
    /// The longest window a product may name (R5).
    most_window_days: u32 = 7..=15;
    /// Natural days after delivery in which an unseen code goes back where no confirmation was ticked (R9).
    without_confirmation_days: u32 = 7..=30;
    /// Fee on personal reasons, where a product names none (R10).
    fee_basis_points: u32 = 0..=1000;
    /// The highest fee a product may name (R10).
    most_fee_basis_points: u32 = 0..=1000;
    /// Days for which an expired coupon is issued again (R13).
    coupon_reissue_days: u32 = 1..=365;
    /// Working days between reminders to a buyer whose way back is closed (R14).
    route_reminder_working_days: u32 = 1..=30;
    /// Hours in which a seller answers (R16).
    seller_answer_hours: u32 = 1..=72;
    /// Working days in which a review is decided (R17).
    review_working_days: u32 = 1..=10;
    /// Working days after which an unclaimed case is warned of (R17).
    review_warning_working_days: u32 = 1..=10;
    /// Working days from one escalation to the next (R17).
    escalation_working_days: u32 = 1..=10;
    /// Minutes after which a colleague may take over a claimed case (R17).
    claim_idle_minutes: u32 = 1..=1440;
    /// Working days in which the buyer sends material asked for (R18).
    supplement_working_days: u32 = 1..=15;
    /// Working days in which a decision can be appealed (R19).
    appeal_working_days: u32 = 7..=30;
    /// Working days in which an appeal is decided (R19).
    appeal_decision_working_days: u32 = 1..=15;
    /// How often a decision can be appealed (R19).
    most_appeals: u32 = 1..=3;
    /// Natural days in which a complaint can be made (R20).
    complaint_days: u32 = 15..=365;
    /// Working days in which a complaint is decided (R20).
    complaint_decision_working_days: u32 = 1..=15;
    /// Amounts above this, in fen, are large (R21).
    large_above_minor: i64 = 0..=i64::MAX;
    /// How often a case may be withdrawn and filed again (R22).
    most_withdrawals: u32 = 1..=20;
    /// The credit everybody starts with (R23).
    credit_start: i64 = 1..=1000;
    /// Credit never falls below this (R23).
    credit_floor: i64 = 0..=1000;
    /// Credit for proven forgery (R23).
    forgery_points: i64 = -1000..=0;
    /// Credit for a disproved claim (R23).
    disproved_points: i64 = -1000..=0;
    /// Credit for abuse, threats, luring off the platform and the like, as a person found them (R23).
    #[serde(default = "minus_two")]
    conduct_points: i64 = -1000..=0;
    /// Forged or disproved claims that restrict a buyer (R23).
    restricted_after_claims: u32 = 2..=100;
    /// The days in which they must lie (R23).
    restricted_within_days: u32 = 1..=365;
    /// Accounts that bought with one payer from which risk looks (R32).
    #[serde(default = "three")]
    one_payer_accounts: u32 = 2..=100;
    /// The days in which they must have (R32).
    #[serde(default = "ninety")]
    one_payer_within_days: u32 = 1..=365;
    /// Days after which an event no longer counts (R23).
    credit_decay_days: u32 = 1..=1095;
    /// Credit for a seller's silence (R23).
    seller_silent_points: i64 = -1000..=0;
    /// Credit for an invalid code (R23).
    seller_invalid_code_points: i64 = -1000..=0;
    /// Credit for a seller's refusal that was overturned (R23).
    seller_overturned_points: i64 = -1000..=0;
    /// Below this a seller's deposit is raised and listings are held for review (R23).
    seller_review_below: i64 = 0..=1000;
    /// Delivery promise, where a product names none (R24).
    promise_hours: u32 = 1..=720;
    /// The longest promise a product may make (R24).
    most_promise_hours: u32 = 1..=720;
    /// Natural days after completion before which nothing is settled (R27).
    settlement_days: u32 = 0..=60;
    /// Deposit asked of a seller, in minor units (R27).
    #[serde(default = "five_thousand")]
    required_deposit_minor: i64 = 0..=i64::MAX;
    /// Deposit asked of a seller whose credit is low, in minor units (R23, R27).
    #[serde(default = "ten_thousand")]
    raised_deposit_minor: i64 = 0..=i64::MAX;
    /// Hours before a withdrawal to a payout account that has just been named is executed (R27).
    #[serde(default = "twenty_four")]
    payout_account_wait_hours: u32 = 1..=240;
    /// Working days in which finance executes a withdrawal (R27).
    #[serde(default = "three")]
    withdrawal_working_days: u32 = 1..=30;
    /// Hours to hand evidence to a panel (R30).
    panel_evidence_hours: u32 = 1..=240;
    /// Hours in which a panel votes (R30).
    panel_vote_hours: u32 = 1..=240;
    /// Seats of a panel (R30).
    panel_seats: u32 = 3..=99;
    /// Votes that carry a ruling (R30).
    panel_majority: u32 = 2..=99;
    /// Hours after which an available unit counts as received (R31).
    completion_hours: u32 = 24..=720;
    /// The longest warranty a product may give, in natural days (R31).
    most_warranty_days: u32 = 0..=3650;
    /// Offers a seller may make in one case (R33).
    most_offers: u32 = 0..=5;
    /// Working days in which the buyer answers one (R33).
    offer_answer_working_days: u32 = 1..=15;
    /// How often “a person shall look” can be asked for (R34).
    most_person_requests: u32 = 1..=3;
    /// Natural days in which a seller may object to a lost decision (R34).
    objection_days: u32 = 1..=30;
    /// How often he may (R34).
    most_objections: u32 = 0..=3;
    /// Payouts above this, in minor units, need a second person (R35).
    second_approval_above_minor: i64 = 0..=i64::MAX;
    /// Hours of waiting that stand in for a second person (R35).
    second_approval_wait_hours: u32 = 24..=240;
    /// After this many times the due time a case that nobody may judge is approved (R35).
    small_house_overdue_factor: u32 = 2..=10;
    /// How long a lot of balance lasts (R37).
    lot_years: u32 = 1..=10;
    /// Days before expiry of the first warning (R37).
    first_lot_warning_days: u32 = 1..=90;
    /// Days before expiry of the last warning (R37).
    last_lot_warning_days: u32 = 1..=90;
    /// The least a buyer may pay into his balance at once, in fen.
    #[serde(default = "one_yuan")]
    top_up_least_minor: i64 = 1..=1_000_000;
    /// The most, in fen.
    #[serde(default = "five_thousand_yuan")]
    top_up_most_minor: i64 = 1..=100_000_000;
    /// What a balance may hold in all after a top-up, in fen.
    #[serde(default = "ten_thousand_yuan")]
    balance_most_minor: i64 = 1..=1_000_000_000;
    /// Hours to pay for an order before it expires.
    payment_hours: u32 = 1..=72;
    /// Hours before the end of a turn at which its party is reminded; half-way through a shorter one.
    #[serde(default = "six")]
    reminder_hours: u32 = 1..=72;
    /// Seconds in which a person can take a decision back.
    take_back_seconds: u32 = 0..=3600;
}

// Numbers that came later: a text published before reads as if it had named them.

fn minus_two() -> i64 {
    -2
}

fn three() -> u32 {
    3
}

fn ninety() -> u32 {
    90
}

fn one_yuan() -> i64 {
    100
}

fn five_thousand_yuan() -> i64 {
    500_000
}

fn ten_thousand_yuan() -> i64 {
    1_000_000
}

fn six() -> u32 {
    6
}

fn twenty_four() -> u32 {
    24
}

fn five_thousand() -> i64 {
    500_000
}

fn ten_thousand() -> i64 {
    1_000_000
}

impl Parameters {
    /// Whether a product may name this window (R5).
    pub fn allows_window(&self, days: u32) -> bool {
        (self.least_window_days..=self.most_window_days).contains(&days)
    }

    /// Working days in which a hearing is decided (R17, R19, R20, R34).
    pub fn hearing_working_days(&self, hearing: Hearing) -> u32 {
        match hearing {
            Hearing::First | Hearing::Person => self.review_working_days,
            Hearing::Appeal => self.appeal_decision_working_days,
            Hearing::Complaint | Hearing::Objection => self.complaint_decision_working_days,
        }
    }

    /// Whether an amount in fen is large (R21).
    pub fn is_large(&self, minor: i64) -> bool {
        minor > self.large_above_minor
    }

    pub(super) fn check(&self) -> Result<(), PolicyError> {
        self.check_ranges()?;
        self.check_order()
    }

    /// What two numbers must be to each other.
    fn check_order(&self) -> Result<(), PolicyError> {
        let not_above = |name, smaller: u32, larger: u32, other: &str| match smaller <= larger {
            true => Ok(()),
            false => Err(PolicyError::parameter(name, format!("must not be above {other}"))),
        };
        not_above("least_window_days", self.least_window_days, self.window_days, "window_days")?;
        not_above("window_days", self.window_days, self.most_window_days, "most_window_days")?;
        not_above("fee_basis_points", self.fee_basis_points, self.most_fee_basis_points, "most_fee_basis_points")?;
        not_above("promise_hours", self.promise_hours, self.most_promise_hours, "most_promise_hours")?;
        let (warning, due) = (self.review_warning_working_days, self.review_working_days);
        not_above("review_warning_working_days", warning, due, "review_working_days")?;
        let (last, first) = (self.last_lot_warning_days, self.first_lot_warning_days);
        not_above("last_lot_warning_days", last, first, "first_lot_warning_days")?;
        if self.top_up_least_minor > self.top_up_most_minor || self.top_up_most_minor > self.balance_most_minor {
            let what = "must be at least top_up_least_minor and not above balance_most_minor";
            return Err(PolicyError::parameter("top_up_most_minor", what));
        }
        not_above("panel_majority", self.panel_majority, self.panel_seats, "panel_seats")?;
        if self.panel_majority <= self.panel_seats / 2 {
            return Err(PolicyError::parameter("panel_majority", "must be more than half of panel_seats"));
        }
        if self.credit_floor >= self.credit_start {
            return Err(PolicyError::parameter("credit_floor", "must lie below credit_start"));
        }
        if self.seller_review_below > self.credit_start {
            return Err(PolicyError::parameter("seller_review_below", "must not be above credit_start"));
        }
        if self.raised_deposit_minor < self.required_deposit_minor {
            return Err(PolicyError::parameter("raised_deposit_minor", "must not be below required_deposit_minor"));
        }
        Ok(())
    }
}
