//! What a seller sees of his day.

use super::{MoneyView, When};
use crate::errors::AppError;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A rule by which a seller agrees by himself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerRuleView {
    /// Its id; a decision by it names it.
    pub rule: String,
    /// The most that may be claimed.
    pub most: MoneyView,
    /// Reason codes.
    pub reasons: Vec<&'static str>,
    /// Title of the product it is for alone.
    pub product: Option<String>,
    /// Login of who made it.
    pub by: String,
    /// Since when.
    pub since: When,
    /// Until when it stood.
    pub ended_at: Option<When>,
}

/// What came of one of many answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BulkAnswer {
    /// Case number.
    pub case: String,
    /// What it is about.
    pub title: String,
    /// State code of the case, where the answer was taken.
    pub state: Option<&'static str>,
    /// Code of why it was not.
    #[serde(serialize_with = "code")]
    #[schema(value_type = Option<String>)]
    pub refused: Option<AppError>,
}

fn code<S: Serializer>(error: &Option<AppError>, serializer: S) -> Result<S::Ok, S::Error> {
    error.as_ref().map(AppError::code).serialize(serializer)
}

/// A product that runs low.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LowStockView {
    /// Product id.
    pub product: String,
    /// Its title.
    pub title: String,
    /// Codes left.
    pub left: u32,
    /// From how few on its seller wants to be told.
    pub least: u32,
}

/// A step towards selling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SetUpStep {
    /// `approved`, `deposit`, `payout_account`, `product`, `codes` or `rule`.
    pub step: &'static str,
    /// It is done.
    pub done: bool,
    /// Nothing is sold, or paid out, without it.
    pub needed: bool,
}

/// As far as is counted what can be many, cases that wait and codes for sale: more of them take no longer to count.
pub const MOST_COUNTED: u32 = 1_000;

/// What lies on the desks of judges, and what one of them has decided today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Workload {
    /// Cases that wait for a judge, counted as far as 1,000.
    pub waiting: u64,
    /// Of them overdue, counted as far.
    pub overdue: u64,
    /// When the next is due.
    pub next_due: Option<When>,
    /// What the asker decided today.
    pub decided_today: u64,
    /// The asker judges.
    pub judges: bool,
}
