//! How refunds go, in figures for everybody.

use super::{RatingView, SellerRef, When};
use serde::Serialize;
use utoipa::ToSchema;

/// A share, with what it is of. Where there are too few, only that is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShareView {
    /// In hundredths of a percent; absent where there are too few.
    #[schema(example = 1250)]
    pub basis_points: Option<u32>,
    /// How many; absent where there are too few.
    pub part: Option<i64>,
    /// Of how many; absent where there are too few.
    pub whole: Option<i64>,
}

/// A median length of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MedianView {
    /// In minutes; absent where there are too few.
    pub minutes: Option<i64>,
    /// Of how many; absent where there are too few.
    pub of: Option<i64>,
}

/// One day of the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayView {
    /// Which, in Shanghai: `2026-11-22`.
    pub day: String,
    /// Applications.
    pub applied: i64,
    /// First decisions.
    pub decided: i64,
}

/// How refunds went in a period. The meaning of every figure stands on the page of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PerformanceView {
    /// How many days, today included: 30 or 90.
    pub days: i64,
    /// The first day with counts; absent before there are any.
    pub since: Option<String>,
    /// Fewer than so many, and nothing is said.
    pub least: i64,
    /// Paid orders of which something was refunded, of all paid orders.
    pub refunds: ShareView,
    /// From application to the first decision.
    pub decision: MedianView,
    /// From application to arrival.
    pub arrival: MedianView,
    /// Decided cases whose review was overdue.
    pub overdue: ShareView,
    /// Appeals and complaints that turned the decision, of all that were judged.
    pub overturned: ShareView,
    /// Cases the program decided, of all decided.
    pub automatic: ShareView,
    /// Payouts released by one person because there was no second one (R35).
    pub released_alone: i64,
    /// Cases approved because nobody could judge them (R35).
    pub unjudged: i64,
    /// What people gave to the refund service, since the beginning.
    pub service: RatingView,
    /// Day by day, the oldest first.
    pub by_day: Vec<DayView>,
}

/// How a seller deals with refunds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerFiguresView {
    /// In how many days.
    pub days: i64,
    /// Paid orders of which something was refunded.
    pub refunds: ShareView,
    /// Questions he left without an answer.
    pub silent: ShareView,
    /// Refusals of his that people turned, of those they judged.
    pub overturned: ShareView,
    /// How long he takes to answer.
    pub answer: MedianView,
}

/// A seller's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RankedView {
    /// From 1.
    pub place: i64,
    /// Who.
    pub seller: SellerRef,
    /// His figures when it was worked out.
    pub figures: SellerFiguresView,
    /// What people gave to his goods, since the beginning.
    pub rating: RatingView,
}

/// The ranking of sellers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RankingView {
    /// Over how many days: 30 or 90.
    pub days: i64,
    /// When it was worked out; absent before it ever was.
    pub made_at: Option<When>,
    /// Fewer paid orders than that, and a seller has no place.
    pub least: i64,
    /// One page of sellers, the best first.
    pub items: Vec<RankedView>,
    /// Give this as `cursor` to get the next page; absent on the last one.
    pub next: Option<String>,
}

/// A seller as everybody sees him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerPageView {
    /// Who.
    pub seller: SellerRef,
    /// Since when he sells here.
    pub since: When,
    /// What people gave to his goods.
    pub rating: RatingView,
    /// How he deals with refunds, over 30 and over 90 days.
    pub figures: Vec<SellerFiguresView>,
    /// His place over 90 days, where he has one.
    pub place: Option<i64>,
}
