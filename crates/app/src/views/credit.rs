//! Credit, findings and flags.

use super::When;
use serde::Serialize;
use utoipa::ToSchema;

/// One event of somebody's conduct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CreditEventView {
    /// Id.
    pub event: String,
    /// Whose, as programs name him.
    pub subject: String,
    /// Whose, as people do.
    pub name: String,
    /// When.
    pub at: When,
    /// What it takes.
    pub points: i64,
    /// It counts now.
    pub counts: bool,
    /// Until when it counts, unless it is reversed.
    pub counts_until: When,
    /// Why: code of the ground.
    pub ground: &'static str,
    /// The case it happened in.
    pub case: Option<String>,
    /// In which words.
    pub words: Option<String>,
    /// `program` for what the program saw by itself, else `staff`.
    pub by: &'static str,
    /// Of a block: until when.
    pub until: Option<When>,
    /// `standing`, `appealed`, `upheld` or `reversed`.
    pub state: &'static str,
    /// Until when it can be appealed; once.
    pub appeal_until: When,
    /// When it was appealed.
    pub appealed_at: Option<When>,
    /// In which words.
    pub appeal_words: Option<String>,
    /// Until when the appeal is judged; else the event no longer counts.
    pub judged_until: Option<When>,
    /// When it was judged.
    pub judged_at: Option<When>,
    /// In which words.
    pub verdict: Option<String>,
    /// What the asker can do: `appeal`, `judge`, `withdraw`.
    pub actions: Vec<&'static str>,
}

/// A block that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BlockView {
    /// The event it is.
    pub event: String,
    /// Until when.
    pub until: When,
    /// Why.
    pub words: String,
}

/// A listing that is held, or was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldListingView {
    /// The product.
    pub product: String,
    /// Its title.
    pub title: String,
    /// Whose: the seller's name.
    pub seller: String,
    /// The version that waits.
    pub version: i64,
    /// Since when.
    pub at: When,
    /// `held` or `refused`.
    pub state: String,
    /// Why it was refused.
    pub words: Option<String>,
}

/// What low credit means for a seller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShopStandingView {
    /// Below this, listings are held and the deposit is raised.
    pub review_below: i64,
    /// It is so now.
    pub below: bool,
    /// What is on sale from now on waits for somebody to look at it.
    pub listings_held: bool,
    /// A higher deposit is asked for.
    pub deposit_raised: bool,
    /// When events will have faded enough, if no other comes.
    pub mends_at: Option<When>,
    /// Listings that wait or were refused.
    pub held: Vec<HeldListingView>,
}

/// Somebody's credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CreditView {
    /// Whose, as programs name him.
    pub subject: String,
    /// Whose, as people do.
    pub name: String,
    /// What is left.
    pub score: i64,
    /// What everybody begins with.
    pub start: i64,
    /// Days after which an event no longer counts.
    pub decay_days: u32,
    /// Bad claims that stand, and count towards a restriction.
    pub bad_claims: u32,
    /// How many restrict.
    pub restricted_from: u32,
    /// Within how many days.
    pub restricted_within_days: u32,
    /// A person decides everything, nothing is automatic in his favour.
    pub restricted: bool,
    /// A block that stands.
    pub block: Option<BlockView>,
    /// Of sellers.
    pub shop: Option<ShopStandingView>,
    /// The events, newest first.
    pub events: Vec<CreditEventView>,
}

/// Conduct that somebody has to judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConductFlagView {
    /// Id.
    pub flag: String,
    /// Whose conduct, as programs name him.
    pub subject: String,
    /// As people do.
    pub name: String,
    /// In which order.
    pub order: Option<String>,
    /// In which case.
    pub case: Option<String>,
    /// What: code of the kind.
    pub kind: &'static str,
    /// When.
    pub at: When,
    /// The text it is about, unless it was erased.
    pub text: Option<String>,
    /// `open`, `confirmed` or `dismissed`.
    pub state: String,
    /// The ground of the finding it can become.
    pub ground: Option<&'static str>,
}
