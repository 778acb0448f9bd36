//! Reviews as everybody, their writers, sellers and staff see them.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::Page;
use crate::lookup::Lookup;
use crate::order_view::{masked_name, may, object, permit};
use crate::principal::Principal;
use crate::text;
use crate::views::{DueView, HidingView, Listing, RatingView, ReplyView, ReviewView, ReviewedView, ReviewsView};
use std::collections::HashMap;
use yuanlu_domain::Party;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::desk::DeskFile;
use yuanlu_domain::ids::{CaseId, DeskId, OrderId, PersonalId};
use yuanlu_domain::review::{Review, ReviewOf, ReviewState};
use yuanlu_domain::time::Instant;
use yuanlu_storage::aggregate::{Kind, Stored};
use yuanlu_storage::review::Rating;
use yuanlu_storage::{Reader, desk, order_file, personal, product, review};

/// The kind of these desks.
const KIND: &str = "review";

pub(crate) fn of_desk(stored: Stored<DeskFile>) -> Option<Review> {
    match stored.aggregate {
        DeskFile::Review(review) => Some(*review),
        _ => None,
    }
}

/// What the asker is to a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Anybody,
    Writer,
    Seller,
    Staff,
}

impl App {
    /// A review. Of a hidden one, strangers see why it is hidden, and not what it says.
    pub fn load_review(&self, who: &Principal, id: &DeskId) -> Result<ReviewView> {
        let now = self.now();
        self.db().snapshot(|db| {
            let review = desk::find(db, id)?.and_then(of_desk).ok_or(AppError::NotFound)?;
            view(db, &mut Lookup::default(), who, &review, now)
        })
    }

    /// Hidden reviews that somebody is to look at, the most urgent first; or, over, all that were ever written, newest
    /// first.
    pub fn review_desk(&self, who: &Principal, over: bool, page: &Page) -> Result<Listing<ReviewView>> {
        permit(who, Action::JudgeReview, &Object::Nothing)?;
        let now = self.now();
        self.db().snapshot(|db| {
            let mut found = if over {
                desk::list_over(db, KIND, &text::cursor(page)?, page.rows() + 1)?
            } else {
                let after = text::cursor(page)?;
                let after = page.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(|_| &after);
                desk::queue(db, KIND, after, page.rows() + 1)?
            };
            let next = text::cut(&mut found, page, |stored| {
                let desk = &stored.aggregate;
                let due = desk.turn().map(|(_, due)| due.micros());
                text::cursor_text(due.unwrap_or(desk.begun_at().micros()), desk.id().as_str())
            });
            let mut lookup = Lookup::default();
            let found = found.into_iter().filter_map(of_desk);
            let items = found.map(|review| view(db, &mut lookup, who, &review, now)).collect::<Result<_>>()?;
            Ok(Listing { items, next })
        })
    }

    /// How many appeals wait.
    pub fn count_review_appeals(&self, who: &Principal) -> Result<u64> {
        permit(who, Action::JudgeReview, &Object::Nothing)?;
        Ok(u64::try_from(self.db().read(|db| desk::count_waiting_for(db, KIND, &["risk"]))?).unwrap_or_default())
    }

    pub(crate) fn reviews(&self, who: &Principal, subject: &str, hidden: bool, page: &Page) -> Result<ReviewsView> {
        let now = self.now();
        let after = text::cursor(page)?;
        self.db().snapshot(|db| {
            let mut ids = review::list(db, subject, !hidden, &after, page.rows() + 1)?;
            let more = ids.len() > page.rows() as usize;
            ids.truncate(page.rows() as usize);
            let names: Vec<&str> = ids.iter().map(DeskId::as_str).collect();
            let mut found: HashMap<DeskId, Review> = desk::load(db, &names)?
                .into_iter()
                .filter_map(of_desk)
                .map(|review| (review.desk.clone(), review))
                .collect();
            let found: Vec<Review> = ids.iter().filter_map(|id| found.remove(id)).collect();
            let last = found.last().filter(|_| more);
            let next = last.map(|last| text::cursor_text(last.written_at.micros(), last.desk.as_str()));
            let mut lookup = Lookup::default();
            let items = found.iter().map(|review| view(db, &mut lookup, who, review, now)).collect::<Result<_>>()?;
            Ok(ReviewsView { rating: review::rating(db, subject)?.into(), items, next })
        })
    }
}

/// What reviews of an order's goods, and of how a case of it was handled, are called.
pub(crate) fn names_of(order: &OrderId, case: u16) -> [DeskId; 2] {
    [Review::number_of_goods(order), Review::number_of_service(&CaseId::of(order, case))]
}

/// The review that was written of an order's goods.
pub(crate) fn written_of_goods(db: &Reader<'_>, order: &OrderId) -> Result<Option<String>> {
    Ok(desk::find(db, &Review::number_of_goods(order))?.map(|found| found.aggregate.id().to_string()))
}

/// The reviews that were written of an order's goods, and of how a case of it was handled.
pub(crate) fn written_of(db: &Reader<'_>, order: &OrderId, case: u16) -> Result<[Option<String>; 2]> {
    let names = names_of(order, case);
    let written = desk::those_of(db, &names)?;
    Ok(names.map(|name| written.contains(&name).then(|| name.to_string())))
}

impl From<Rating> for RatingView {
    fn from(rating: Rating) -> Self {
        Self {
            count: rating.count(),
            tenths: rating.tenths(),
            by_stars: rating.by_stars.to_vec(),
            hidden: rating.hidden,
        }
    }
}

fn side(db: &Reader<'_>, who: &Principal, review: &Review) -> Result<Side> {
    if may(who, Action::AnswerAsSeller, &Object::Shop(&review.seller)) {
        return Ok(Side::Seller);
    }
    // Only whoever is signed in, or holds an order, can be its writer; everybody else is not looked up.
    if who.party().is_some()
        && let Some(file) = order_file::find(db, &review.order)?
        && may(who, Action::ActOnOwnCase, &object(&file.aggregate))
    {
        return Ok(Side::Writer);
    }
    Ok(if may(who, Action::JudgeReview, &Object::Nothing) { Side::Staff } else { Side::Anybody })
}

fn view(db: &Reader<'_>, lookup: &mut Lookup, who: &Principal, review: &Review, now: Instant) -> Result<ReviewView> {
    let side = side(db, who, review)?;
    let texts: HashMap<PersonalId, String> =
        personal::list(db, Kind::Desk, review.desk.as_str())?.into_iter().collect();
    let said = |reference: &PersonalRef| texts.get(&reference.id).cloned();
    let open = review.state.is_shown() || side != Side::Anybody;
    let insider = matches!(side, Side::Writer | Side::Staff);
    let mut products = Vec::new();
    if let ReviewOf::Goods { products: about } = &review.of {
        for id in about {
            let title = product::find(db, id)?.map_or_else(|| id.to_string(), |found| found.page.title);
            products.push(ReviewedView { product: id.to_string(), title });
        }
    }
    let writer = match &review.writer {
        Party::Account(account) => Some(masked_name(&lookup.login(db, account)?)),
        Party::Guest(_) | Party::Shop { .. } => None,
    };
    let due = match &review.state {
        ReviewState::Hidden { appeal_until: due } | ReviewState::Appealed { due } => Some(DueView::from(due)),
        ReviewState::Shown | ReviewState::Restored | ReviewState::KeptHidden => None,
    };
    let hiding = match &review.hiding {
        None => None,
        Some(hiding) => Some(HidingView {
            ground: hiding.ground.code(),
            words: said(&hiding.words),
            at: hiding.at.into(),
            by: if side == Side::Staff { Some(lookup.login(db, &hiding.by)?) } else { None },
            due,
            appeal: hiding.appeal.as_ref().and_then(said).filter(|_| insider),
            verdict: hiding.verdict.as_ref().and_then(said).filter(|_| insider),
        }),
    };
    Ok(ReviewView {
        review: review.desk.to_string(),
        about: review.of.code(),
        products,
        seller: lookup.seller(db, &review.seller)?,
        state: review.state.code(),
        shown: review.state.is_shown(),
        stars: open.then_some(review.stars),
        words: review.words.as_ref().and_then(said).filter(|_| open),
        writer,
        own: side == Side::Writer,
        written_at: review.written_at.into(),
        reply: review
            .reply
            .as_ref()
            .filter(|_| open)
            .map(|reply| ReplyView { words: said(&reply.words), at: reply.at.into() }),
        hiding,
        actions: actions(who, review, side, now),
    })
}

fn actions(who: &Principal, review: &Review, side: Side, now: Instant) -> Vec<&'static str> {
    let goods = matches!(review.of, ReviewOf::Goods { .. });
    let staff = side == Side::Staff;
    let own = review.writer.account().is_some_and(|writer| who.account() == Some(writer));
    let replies = match goods {
        true => side == Side::Seller,
        false => !own && may(who, Action::AnswerSupport, &Object::Nothing),
    };
    let in_time = matches!(&review.state, ReviewState::Hidden { appeal_until } if now < appeal_until.too_late_from);
    let hidden = matches!(review.state, ReviewState::Hidden { .. } | ReviewState::Appealed { .. });
    let appealed = matches!(review.state, ReviewState::Appealed { .. });
    let hid_it = review.hiding.as_ref().is_some_and(|hiding| who.account() == Some(&hiding.by));
    [
        ("reply", replies && review.reply.is_none()),
        ("appeal", side == Side::Writer && in_time),
        ("hide", staff && review.state == ReviewState::Shown),
        ("show", staff && hidden),
        ("keep", staff && appealed && !hid_it),
    ]
    .into_iter()
    .filter_map(|(action, allowed)| allowed.then_some(action))
    .collect()
}
