use crate::case::RejectCode;
use serde::{Deserialize, Serialize};
use yuanlu_money::{BasisPoints, Money, MoneyError, fee_floor, ratio_ceil};

/// What an eligibility row leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// Everything that was paid for the unit and is not refunded yet, less a fee.
    ApproveFull {
        /// Which fee.
        fee: Fee,
    },
    /// A part of it, without a fee.
    ApprovePart {
        /// How much.
        formula: Formula,
    },
    /// Nothing; a case exists and can be appealed.
    Reject {
        /// Why.
        code: RejectCode,
    },
    /// The command is refused and no case comes into being.
    Refuse {
        /// Why.
        code: RefuseCode,
    },
}

/// Which fee an approval carries (R10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fee {
    /// None.
    None,
    /// The one disclosed at checkout.
    Disclosed,
    /// The one of the special agreement (R9).
    Special,
}

/// How a part is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// paid × missing ÷ promised, rounded up (R11).
    MissingShare,
}

/// Why an application is refused as a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefuseCode {
    /// The delivery promise has not ended (R24).
    NotYetDue,
    /// A case for the unit is open (R22).
    Duplicate,
    /// Nothing was paid, or everything is given back already (R12).
    NothingLeft,
}

/// Who decides a case (R32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// The program, at once.
    Automatic,
    /// The seller is asked first.
    Seller,
    /// A reviewer.
    Reviewer,
    /// Risk control.
    Risk,
}

impl Route {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Seller => "seller",
            Self::Reviewer => "reviewer",
            Self::Risk => "risk",
        }
    }
}

/// The amounts an outcome is computed from, for one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// What was really paid for the unit.
    pub paid: Money,
    /// What of it can still go back (R12).
    pub refundable: Money,
    /// Missing and promised value, where the claim is about a part. Without it a part is everything: how much is
    /// missing cannot be said, and the claim itself is the limit.
    pub missing_of_promised: Option<(i64, i64)>,
    /// The fee disclosed at checkout.
    pub disclosed_fee: BasisPoints,
    /// The fee of the special agreement.
    pub special_fee: BasisPoints,
}

/// What an outcome amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Award {
    /// What is taken from the refundable amount, fee included.
    pub approved: Money,
    /// The part of it that is kept.
    pub fee: Money,
}

impl Outcome {
    /// Whether it grants money.
    pub fn is_approval(self) -> bool {
        matches!(self, Self::ApproveFull { .. } | Self::ApprovePart { .. })
    }

    /// The fee it carries.
    pub fn fee(self) -> Fee {
        match self {
            Self::ApproveFull { fee } => fee,
            Self::ApprovePart { .. } | Self::Reject { .. } | Self::Refuse { .. } => Fee::None,
        }
    }

    /// The amounts for one unit: never more than is refundable, never a fee on a part.
    ///
    /// # Errors
    /// When the basis contradicts itself: two currencies, or more missing than was promised.
    pub fn award(self, basis: &Basis) -> Result<Award, MoneyError> {
        let nothing = basis.refundable.with_minor(0);
        let limit = basis.refundable.max(nothing)?;
        let approved = match self {
            Self::ApproveFull { .. } => limit,
            Self::ApprovePart { formula: Formula::MissingShare } => match basis.missing_of_promised {
                Some((missing, promised)) => ratio_ceil(basis.paid, missing, promised)?.min(limit)?,
                None => limit,
            },
            Self::Reject { .. } | Self::Refuse { .. } => nothing,
        };
        let share = match self.fee() {
            Fee::None => BasisPoints::ZERO,
            Fee::Disclosed => basis.disclosed_fee,
            Fee::Special => basis.special_fee,
        };
        Ok(Award { approved, fee: fee_floor(approved, share) })
    }
}
