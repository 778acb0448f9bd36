//! Why a command is refused: a closed list of named reasons. Nothing is written when one is returned.

use crate::ids::CaseId;
use crate::time::Instant;
use std::fmt;
use yuanlu_money::Money;

/// A refused command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such aggregate, unit, case, payment or payout; also what strangers are told.
    NotFound,
    /// There is one already.
    AlreadyExists,
    /// The thing is not in a state that allows it.
    WrongState {
        /// The state it is in (stable code).
        state: &'static str,
    },
    /// Not this actor's to do.
    NotYours,
    /// The price is another one now (T28).
    PriceChanged {
        /// Today's price.
        now: Money,
    },
    /// Not on sale, or not by this seller or in this currency.
    NotForSale,
    /// More units than an order may have, or none.
    Quantity {
        /// The most.
        most: u32,
    },
    /// The confirmation the law wants was not ticked (R9).
    ConfirmationNeeded,
    /// Not enough balance.
    NotEnoughBalance {
        /// What there is.
        spendable: Money,
    },
    /// No rate of the last days is known for the currency, so that nothing can be sold in it (R28).
    NoRate,
    /// A top-up outside its limits.
    TopUpAmount {
        /// The least.
        least: Money,
        /// The most.
        most: Money,
    },
    /// The balance would hold, or wait for, more than it may.
    BalanceFull {
        /// The most.
        most: Money,
    },
    /// More than can be withdrawn or moved from earnings.
    NotEnoughEarned {
        /// What there is.
        available: Money,
    },
    /// The seller owes money; nothing leaves his account before it is paid.
    InDebt {
        /// How much.
        owed: Money,
    },
    /// More than he owes.
    AboveOwed {
        /// The most.
        most: Money,
    },
    /// The deposit must not fall below this.
    BelowDeposit {
        /// What has to stay.
        required: Money,
    },
    /// Cases of his orders are open; the deposit stays.
    OpenCases {
        /// How many.
        open: u32,
    },
    /// A waiting time is not over.
    NotBefore {
        /// From when it can be done.
        from: Instant,
    },
    /// A second person has to look first.
    SecondPersonNeeded,
    /// A coupon or voucher is not there, used, expired, or in another currency.
    NotUsable {
        /// Which of the two (stable code).
        what: &'static str,
    },
    /// The order costs less than a coupon or voucher wants.
    BelowLeast {
        /// The least.
        least: Money,
    },
    /// Amount zero, negative, in another currency, or more than fits.
    BadAmount,
    /// More than can still go back (R12).
    AboveRefundable {
        /// The most.
        most: Money,
    },
    /// Nothing is left to refund.
    NothingLeft,
    /// Claimed before the delivery promise ended (R24).
    NotYetDue {
        /// From when it can be claimed.
        from: Instant,
    },
    /// Money is still within the time it may take (R15).
    OnItsWay {
        /// Until when to wait.
        until: Instant,
    },
    /// A case for the unit is open already (R22).
    Duplicate {
        /// Which.
        case: CaseId,
    },
    /// Withdrawn and applied again too often (R22).
    TooManyApplications {
        /// The most.
        most: u32,
    },
    /// The same reason was rejected before and nothing new is brought (R22).
    NothingNew {
        /// The rejected case.
        case: CaseId,
    },
    /// An overdue order has a claim: delivery needs the buyer's consent (R24).
    DeliveryBlocked,
    /// This person judged, or is party, already.
    Conflicted,
    /// The time for it is over.
    TooLate {
        /// First instant that was too late.
        since: Instant,
    },
    /// A complaint or an appeal that lacks something is not accepted (R19, R20).
    NotAccepted {
        /// What is missing (stable code).
        missing: &'static str,
    },
    /// More offers than a case may have (R33).
    TooManyOffers {
        /// The most.
        most: u32,
    },
    /// More messages than a thread may have.
    TooManyMessages {
        /// The most.
        most: u32,
    },
    /// Fewer arbitrators without a conflict of interest than a panel has seats (R30).
    PanelTooSmall {
        /// The seats.
        seats: u32,
        /// Who could sit.
        eligible: u32,
    },
    /// No code is left to replace with.
    SoldOut,
    /// Somebody else works on it.
    ClaimedByOther,
    /// It was done once and cannot be done again.
    OnlyOnce,
    /// Something required is missing (stable field name).
    Missing {
        /// The field.
        field: &'static str,
    },
    /// Nothing more can be added.
    NoRoom {
        /// The most.
        most: u32,
    },
    /// Only an account has balance; guests are paid by the original route.
    BalanceNeedsAccount,
    /// No redemption code is written like this.
    CodeUnknown,
    /// The redemption code was used.
    CodeUsed,
    /// The redemption code's last day is over.
    CodeExpired,
    /// The redemption code was withdrawn by the platform.
    CodeWithdrawn,
    /// The timer's instant has not come, or what it waited for is over: nothing to do.
    NothingDue,
    /// The journal or a looked-up fact contradicts itself; a person must look.
    Inconsistent {
        /// What.
        what: &'static str,
    },
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::WrongState { .. } => "wrong_state",
            Self::NotYours => "not_yours",
            Self::PriceChanged { .. } => "price_changed",
            Self::NotForSale => "not_for_sale",
            Self::Quantity { .. } => "quantity",
            Self::ConfirmationNeeded => "confirmation_needed",
            Self::NotEnoughBalance { .. } => "not_enough_balance",
            Self::NoRate => "no_rate",
            Self::TopUpAmount { .. } => "top_up_amount",
            Self::BalanceFull { .. } => "balance_full",
            Self::NotEnoughEarned { .. } => "not_enough_earned",
            Self::InDebt { .. } => "in_debt",
            Self::AboveOwed { .. } => "above_owed",
            Self::BelowDeposit { .. } => "below_deposit",
            Self::OpenCases { .. } => "open_cases",
            Self::NotBefore { .. } => "not_before",
            Self::SecondPersonNeeded => "second_person_needed",
            Self::NotUsable { .. } => "not_usable",
            Self::BelowLeast { .. } => "below_least",
            Self::BadAmount => "bad_amount",
            Self::AboveRefundable { .. } => "above_refundable",
            Self::NothingLeft => "nothing_left",
            Self::NotYetDue { .. } => "not_yet_due",
            Self::OnItsWay { .. } => "on_its_way",
            Self::Duplicate { .. } => "duplicate",
            Self::TooManyApplications { .. } => "too_many_applications",
            Self::NothingNew { .. } => "nothing_new",
            Self::DeliveryBlocked => "delivery_blocked",
            Self::Conflicted => "conflicted",
            Self::TooLate { .. } => "too_late",
            Self::NotAccepted { .. } => "not_accepted",
            Self::TooManyOffers { .. } => "too_many_offers",
            Self::TooManyMessages { .. } => "too_many_messages",
            Self::PanelTooSmall { .. } => "panel_too_small",
            Self::SoldOut => "sold_out",
            Self::ClaimedByOther => "claimed_by_other",
            Self::OnlyOnce => "only_once",
            Self::Missing { .. } => "missing",
            Self::NoRoom { .. } => "no_room",
            Self::BalanceNeedsAccount => "balance_needs_account",
            Self::CodeUnknown => "code_unknown",
            Self::CodeUsed => "code_used",
            Self::CodeExpired => "code_expired",
            Self::CodeWithdrawn => "code_withdrawn",
            Self::NothingDue => "nothing_due",
            Self::Inconsistent { .. } => "inconsistent",
        }
    }

    /// The value that goes into the sentence for people, where the refusal has one.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::WrongState { state } => Some((*state).to_owned()),
            Self::PriceChanged { now: money }
            | Self::NotEnoughBalance { spendable: money }
            | Self::BalanceFull { most: money }
            | Self::NotEnoughEarned { available: money }
            | Self::InDebt { owed: money }
            | Self::AboveOwed { most: money }
            | Self::BelowDeposit { required: money }
            | Self::BelowLeast { least: money }
            | Self::AboveRefundable { most: money } => Some(money.to_string()),
            Self::TopUpAmount { least, most } => Some(format!("{least}–{most}")),
            Self::Quantity { most }
            | Self::TooManyApplications { most }
            | Self::TooManyOffers { most }
            | Self::TooManyMessages { most }
            | Self::OpenCases { open: most }
            | Self::NoRoom { most } => Some(most.to_string()),
            Self::PanelTooSmall { seats, eligible } => Some(format!("{eligible}/{seats}")),
            Self::NotYetDue { from } | Self::NotBefore { from } => Some(from.to_string()),
            Self::OnItsWay { until } => Some(until.plus_micros(-1).minute_text()),
            Self::TooLate { since } => Some(since.to_string()),
            Self::NotAccepted { missing } => Some((*missing).to_owned()),
            Self::Duplicate { case } | Self::NothingNew { case } => Some(case.to_string()),
            Self::Missing { field } => Some((*field).to_owned()),
            Self::NotUsable { what } | Self::Inconsistent { what } => Some((*what).to_owned()),
            Self::NotFound
            | Self::AlreadyExists
            | Self::NotYours
            | Self::NotForSale
            | Self::ConfirmationNeeded
            | Self::NoRate
            | Self::SecondPersonNeeded
            | Self::BadAmount
            | Self::NothingLeft
            | Self::DeliveryBlocked
            | Self::Conflicted
            | Self::SoldOut
            | Self::ClaimedByOther
            | Self::OnlyOnce
            | Self::BalanceNeedsAccount
            | Self::CodeUnknown
            | Self::CodeUsed
            | Self::CodeExpired
            | Self::CodeWithdrawn
            | Self::NothingDue => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail() {
            Some(detail) => write!(f, "{}: {detail}", self.code()),
            None => f.write_str(self.code()),
        }
    }
}

impl std::error::Error for Refusal {}
