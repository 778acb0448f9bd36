//! Reviews.

use super::{DueView, SellerRef, When};
use serde::Serialize;
use utoipa::ToSchema;

/// What people gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RatingView {
    /// How many reviews are shown.
    pub count: u64,
    /// Their mean in tenths of a star; absent without reviews.
    #[schema(example = 43)]
    pub tenths: Option<u64>,
    /// How many gave one star, two, … five.
    pub by_stars: Vec<u64>,
    /// How many are hidden.
    pub hidden: u64,
}

/// The seller's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplyView {
    /// In words; absent where they were erased.
    pub words: Option<String>,
    /// When.
    pub at: When,
}

/// Why a review is hidden, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HidingView {
    /// Why: `abuse`, `personal_data`, `advertising`, `off_topic`, `disproved` or `unlawful`.
    pub ground: &'static str,
    /// In words.
    pub words: Option<String>,
    /// When.
    pub at: When,
    /// By whom; for staff only.
    pub by: Option<String>,
    /// Until when its writer can appeal, or somebody looks at the appeal.
    pub due: Option<DueView>,
    /// The appeal; for its writer and staff only.
    pub appeal: Option<String>,
    /// What was said to its writer; for him and staff only.
    pub verdict: Option<String>,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReviewView {
    /// Its number.
    pub review: String,
    /// `goods` or `service`.
    pub about: &'static str,
    /// Titles of the goods, with their ids.
    pub products: Vec<ReviewedView>,
    /// Whose goods.
    pub seller: SellerRef,
    /// `shown`, `hidden`, `appealed`, `restored` or `kept_hidden`.
    pub state: &'static str,
    /// Whether everybody sees it.
    pub shown: bool,
    /// One to five; absent where it is hidden from the asker.
    pub stars: Option<u8>,
    /// In words; absent where there are none, and where it is hidden from the asker.
    pub words: Option<String>,
    /// Its writer, masked; absent for guests.
    pub writer: Option<String>,
    /// The asker wrote it.
    pub own: bool,
    /// When.
    pub written_at: When,
    /// The seller's answer.
    pub reply: Option<ReplyView>,
    /// Why it is hidden, or was.
    pub hiding: Option<HidingView>,
    /// What the asker can do: `reply`, `hide`, `appeal`, `keep`, `show`.
    pub actions: Vec<&'static str>,
}

/// A product that was reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReviewedView {
    /// Its id.
    pub product: String,
    /// Its title now.
    pub title: String,
}

/// Reviews of a product, a seller or the refund service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReviewsView {
    /// What people gave.
    pub rating: RatingView,
    /// One page of them, newest first.
    pub items: Vec<ReviewView>,
    /// Give this as `cursor` to get the next page; absent on the last one.
    pub next: Option<String>,
}
