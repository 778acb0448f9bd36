//! Reviews (评价, S27): what buyers say of goods they received, and of how a refund was handled. One for each completed
//! order, one for each case that ended. Nothing deletes a review: a person can hide one for a published reason, its writer
//! can appeal that once, and somebody else judges; silence shows it again.

use crate::actor::{Actor, Party};
use crate::bill::codes;
use crate::calendar::Deadline;
use crate::case::PersonalRef;
use crate::ids::{AccountId, CaseId, DeskId, OrderId, ProductId, SellerId};
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use serde::{Deserialize, Serialize};

/// The best a review can say.
pub const MOST_STARS: u8 = 5;

/// What a review is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewOf {
    /// The goods of an order.
    Goods {
        /// Which products.
        products: Vec<ProductId>,
    },
    /// How the platform handled a refund.
    Service {
        /// Which case.
        case: CaseId,
    },
}

impl ReviewOf {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Goods { .. } => "goods",
            Self::Service { .. } => "service",
        }
    }
}

/// Why a review can be hidden. A closed list, published; being unkind is no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HideGround {
    /// It insults or threatens people.
    Abuse,
    /// It shows somebody's personal data.
    PersonalData,
    /// It advertises something else.
    Advertising,
    /// It is about neither the goods nor the service.
    OffTopic,
    /// What it claims was disproved in a case.
    Disproved,
    /// The law forbids it.
    Unlawful,
}

codes!(HideGround {
    Abuse = "abuse",
    PersonalData = "personal_data",
    Advertising = "advertising",
    OffTopic = "off_topic",
    Disproved = "disproved",
    Unlawful = "unlawful",
});

/// The seller's answer, which everybody sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// By whom.
    pub by: AccountId,
    /// In which words.
    pub words: PersonalRef,
    /// When.
    pub at: Instant,
}

/// Why a review was hidden, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hiding {
    /// By whom.
    pub by: AccountId,
    /// Why.
    pub ground: HideGround,
    /// In words, which everybody sees.
    pub words: PersonalRef,
    /// When.
    pub at: Instant,
    /// The writer's appeal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<PersonalRef>,
    /// Who judged it; nobody where silence did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<AccountId>,
    /// In words to the writer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<PersonalRef>,
}

/// Where a review stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Everybody sees it.
    Shown,
    /// It is hidden, and its writer can appeal.
    Hidden {
        /// Until when.
        appeal_until: Deadline,
    },
    /// It is hidden while somebody else looks.
    Appealed {
        /// Until when; silence shows it.
        due: Deadline,
    },
    /// It is shown again, and stays so.
    Restored,
    /// It stays hidden.
    KeptHidden,
}

impl ReviewState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Hidden { .. } => "hidden",
            Self::Appealed { .. } => "appealed",
            Self::Restored => "restored",
            Self::KeptHidden => "kept_hidden",
        }
    }

    /// Whether everybody sees it.
    pub fn is_shown(&self) -> bool {
        matches!(self, Self::Shown | Self::Restored)
    }
}

/// What may be asked of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewAct {
    /// The buyer writes it.
    Write {
        /// What it is about.
        of: ReviewOf,
        /// Of which order.
        order: OrderId,
        /// Whose goods.
        seller: SellerId,
        /// 1 to [`MOST_STARS`].
        stars: u8,
        /// In which words; stars alone are a review too.
        words: Option<PersonalRef>,
    },
    /// The seller answers, once.
    Reply {
        /// In which words.
        words: PersonalRef,
    },
    /// Staff hides it.
    Hide {
        /// Why.
        ground: HideGround,
        /// In words, which everybody sees.
        words: PersonalRef,
    },
    /// Its writer appeals, once.
    Appeal {
        /// In which words.
        words: PersonalRef,
    },
    /// Staff judges the appeal: somebody else, unless it is shown again.
    Judge {
        /// It stays hidden.
        keep: bool,
        /// In words to its writer.
        words: PersonalRef,
    },
    /// A timer says its instant has come.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

/// What changes a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewEvent {
    /// It was written.
    Written {
        /// Its number.
        desk: DeskId,
        /// What it is about.
        of: ReviewOf,
        /// Of which order.
        order: OrderId,
        /// Whose goods.
        seller: SellerId,
        /// By whom.
        writer: Party,
        /// 1 to [`MOST_STARS`].
        stars: u8,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
    },
    /// The seller answered.
    Replied {
        /// In which words.
        words: PersonalRef,
    },
    /// It was hidden.
    Hidden {
        /// Why.
        ground: HideGround,
        /// In words.
        words: PersonalRef,
        /// Until when that can be appealed.
        appeal_until: Deadline,
    },
    /// Its writer appealed.
    Appealed {
        /// In which words.
        words: PersonalRef,
        /// Until when somebody looks.
        due: Deadline,
    },
    /// It is shown again.
    Restored {
        /// In words to its writer; none where silence did it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
    },
    /// It stays hidden.
    Kept {
        /// In words to its writer.
        words: PersonalRef,
    },
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its number.
    pub desk: DeskId,
    /// What it is about.
    pub of: ReviewOf,
    /// Of which order.
    pub order: OrderId,
    /// Whose goods.
    pub seller: SellerId,
    /// By whom.
    pub writer: Party,
    /// 1 to [`MOST_STARS`].
    pub stars: u8,
    /// In which words.
    pub words: Option<PersonalRef>,
    /// When.
    pub written_at: Instant,
    /// The seller's answer.
    pub reply: Option<Reply>,
    /// Why it was hidden.
    pub hiding: Option<Hiding>,
    /// Where it stands.
    pub state: ReviewState,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl Review {
    /// The number of the review of an order's goods.
    pub fn number_of_goods(order: &OrderId) -> DeskId {
        DeskId::new(format!("P{order}"))
    }

    /// The number of the review of how a case was handled.
    pub fn number_of_service(case: &CaseId) -> DeskId {
        DeskId::new(format!("P{case}"))
    }

    /// The one thing it waits for.
    pub fn timer(&self) -> Option<Timer> {
        match &self.state {
            ReviewState::Appealed { due } => Some(Timer {
                subject: Subject::Review,
                who: Who::Risk,
                due: due.too_late_from,
                on_silence: OnSilence::Show,
            }),
            _ => None,
        }
    }

    /// Under what it is listed: its products, its seller and all goods, or the service of the platform.
    pub fn subjects(&self) -> Vec<String> {
        match &self.of {
            ReviewOf::Goods { products } => {
                let products = products.iter().map(|product| format!("product:{product}"));
                products.chain([format!("seller:{}", self.seller), "goods".to_owned()]).collect()
            }
            ReviewOf::Service { .. } => vec!["service".to_owned()],
        }
    }

    /// Whether this is whoever wrote it. A guest's review belongs to whoever the order belongs to now.
    pub fn is_writer(&self, party: &Party) -> bool {
        *party == self.writer || matches!(&self.writer, Party::Guest(order) if *order == self.order)
    }

    /// Applies an event to a review, or to none for `Written`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &ReviewEvent, by: &Actor, at: Instant) -> Option<Self> {
        let mut review = match (before, event) {
            (None, ReviewEvent::Written { desk, of, order, seller, writer, stars, words }) => {
                return Some(Self {
                    desk: desk.clone(),
                    of: of.clone(),
                    order: order.clone(),
                    seller: seller.clone(),
                    writer: writer.clone(),
                    stars: *stars,
                    words: words.clone(),
                    written_at: at,
                    reply: None,
                    hiding: None,
                    state: ReviewState::Shown,
                    last_at: at,
                });
            }
            (Some(review), _) => review,
            (None, _) => return None,
        };
        match (event, &review.state) {
            (ReviewEvent::Replied { words }, _) if review.reply.is_none() => {
                review.reply = Some(Reply { by: by.account()?.clone(), words: words.clone(), at });
            }
            (ReviewEvent::Hidden { ground, words, appeal_until }, ReviewState::Shown) => {
                let (ground, words) = (*ground, words.clone());
                review.hiding = Some(Hiding {
                    by: by.account()?.clone(),
                    ground,
                    words,
                    at,
                    appeal: None,
                    judge: None,
                    verdict: None,
                });
                review.state = ReviewState::Hidden { appeal_until: appeal_until.clone() };
            }
            (ReviewEvent::Appealed { words, due }, ReviewState::Hidden { .. }) => {
                review.hiding.as_mut()?.appeal = Some(words.clone());
                review.state = ReviewState::Appealed { due: due.clone() };
            }
            (ReviewEvent::Restored { words }, ReviewState::Hidden { .. } | ReviewState::Appealed { .. }) => {
                let hiding = review.hiding.as_mut()?;
                (hiding.judge, hiding.verdict) = (by.account().cloned(), words.clone());
                review.state = ReviewState::Restored;
            }
            (ReviewEvent::Kept { words }, ReviewState::Appealed { .. }) => {
                let hiding = review.hiding.as_mut()?;
                (hiding.judge, hiding.verdict) = (by.account().cloned(), Some(words.clone()));
                review.state = ReviewState::KeptHidden;
            }
            _ => return None,
        }
        review.last_at = at;
        Some(review)
    }
}
