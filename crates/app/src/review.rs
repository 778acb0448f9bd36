//! Reviews (S27): written by whoever bought, once an order is settled or its case is over; answered once by the seller;
//! hidden by a person for a published reason, and shown again by another, or by silence. Nothing deletes one.

use crate::app::App;
use crate::authorize::{Action, CONDUCT, Object, SUPPORT};
use crate::conduct::Written;
use crate::errors::{AppError, Result};
use crate::inputs::{HideReviewInput, JudgeReviewInput, Page, ReviewInput};
use crate::limits::Tried;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::review_view::of_desk;
use crate::text;
use crate::views::{ReviewView, ReviewsView};
use serde_json::json;
use yuanlu_domain::case::{Case, CaseState, PersonalRef};
use yuanlu_domain::command::Act;
use yuanlu_domain::conduct::mask_contacts;
use yuanlu_domain::desk::DeskAct;
use yuanlu_domain::ids::{CaseId, DeskId, OrderId, ProductId, SellerId};
use yuanlu_domain::order_file::{OrderFile, OrderStatus};
use yuanlu_domain::review::{HideGround, MOST_STARS, Review, ReviewAct, ReviewOf};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Refusal};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::{desk, product, seller};

/// Characters of a review.
const MOST_TEXT: usize = 1000;

impl App {
    /// Reviews the goods of an order, once it was settled, its time for that is over, or its cases are.
    pub fn review_goods(
        &self,
        who: &Principal,
        order: &OrderId,
        input: &ReviewInput,
        key: Option<&str>,
    ) -> Result<ReviewView> {
        let file = self.file_for(who, Action::ActOnOwnCase, order)?;
        if !goods_reviewable(&file, self.now()) {
            return Err(Refusal::WrongState { state: file.status.code() }.into());
        }
        let mut products: Vec<ProductId> = file.items.iter().map(|item| item.terms.product.clone()).collect();
        products.sort();
        products.dedup();
        self.write_review(who, &file, Review::number_of_goods(order), ReviewOf::Goods { products }, input, key)
    }

    /// Reviews how a case was handled, once it has ended.
    pub fn review_service(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &ReviewInput,
        key: Option<&str>,
    ) -> Result<ReviewView> {
        let (order, ordinal) = case.parts().ok_or(AppError::NotFound)?;
        let file = self.file_for(who, Action::ActOnOwnCase, &order)?;
        let found = file.case(ordinal).ok_or(AppError::NotFound)?;
        if !has_ended(found) {
            return Err(Refusal::WrongState { state: found.state.code() }.into());
        }
        let of = ReviewOf::Service { case: case.clone() };
        self.write_review(who, &file, Review::number_of_service(case), of, input, key)
    }

    fn write_review(
        &self,
        who: &Principal,
        file: &OrderFile,
        id: DeskId,
        of: ReviewOf,
        input: &ReviewInput,
        key: Option<&str>,
    ) -> Result<ReviewView> {
        if input.stars == 0 || input.stars > MOST_STARS {
            return Err(AppError::invalid("stars", "required"));
        }
        self.refuse_blocked_writer(who, file)?;
        self.limiter().take(Tried::Apply, &who.key(), self.clock().real_now())?;
        let words = text::words("words", &input.words, 0, MOST_TEXT)?;
        let (row, words) = self.published(&id, &file.order, "review", &words)?.unzip();
        let subject = file.buyer.to_string();
        let written = Written { subject: &subject, order: file.order.as_str(), case: "" };
        let flags = self.flag_words(written, row.as_ref());
        let (order, seller, stars) = (file.order.clone(), file.seller.clone(), input.stars);
        let by = Actor::Buyer { party: file.buyer.clone() };
        self.review_request(who, by, &id, ReviewAct::Write { of, order, seller, stars, words })
            .once("write_review", key, &(&id, input))?
            .with(row)
            .and(flags)
            .send()?;
        self.load_review(who, &id)
    }

    /// The seller answers a review of his goods, and support one of the refund service, once.
    pub fn reply_to_review(&self, who: &Principal, id: &DeskId, words: &str) -> Result<ReviewView> {
        let review = self.stored_review(id)?;
        if matches!(review.of, ReviewOf::Service { .. }) {
            return self.reply_for_the_service(who, &review, words);
        }
        permit(who, Action::AnswerAsSeller, &Object::Shop(&review.seller))?;
        self.limiter().take(Tried::Apply, &who.key(), self.clock().real_now())?;
        let (row, words) = self.spoken_in_review(&review, "reply", words)?;
        let subject = format!("seller:{}", review.seller);
        let flags = self.flag_words(Written { subject: &subject, order: review.order.as_str(), case: "" }, Some(&row));
        let by = who.as_seller(&review.seller);
        self.review_request(who, by, id, ReviewAct::Reply { words }).with([row]).and(flags).send()?;
        self.load_review(who, id)
    }

    fn reply_for_the_service(&self, who: &Principal, review: &Review, words: &str) -> Result<ReviewView> {
        permit(who, Action::AnswerSupport, &Object::Nothing)?;
        let (row, words) = self.spoken_in_review(review, "reply", words)?;
        let audit = self.audit_row(who, "reply_to_review", review.desk.as_str(), json!({}))?;
        let act = ReviewAct::Reply { words };
        self.review_request(who, who.as_staff(SUPPORT), &review.desk, act).with([row]).and([audit]).send()?;
        self.load_review(who, &review.desk)
    }

    /// Hides a review, with a reason that everybody sees.
    pub fn hide_review(&self, who: &Principal, id: &DeskId, input: &HideReviewInput) -> Result<ReviewView> {
        let review = self.review_to_judge(who, id)?;
        let ground = HideGround::parse(input.ground.trim()).ok_or(AppError::invalid("ground", "unknown"))?;
        let (row, words) = self.spoken_in_review(&review, "hidden", &input.words)?;
        let audit = self.audit_row(who, "hide_review", id.as_str(), json!({ "ground": ground.code() }))?;
        let act = ReviewAct::Hide { ground, words };
        self.review_request(who, who.as_staff(CONDUCT), id, act).with([row]).and([audit]).send()?;
        self.load_review(who, id)
    }

    /// The writer of a hidden review appeals, once.
    pub fn appeal_review(&self, who: &Principal, id: &DeskId, words: &str) -> Result<ReviewView> {
        let review = self.stored_review(id)?;
        let file = self.file_for(who, Action::ActOnOwnCase, &review.order)?;
        let (row, words) = self.spoken_in_review(&review, "appeal", words)?;
        let by = Actor::Buyer { party: file.buyer };
        self.review_request(who, by, id, ReviewAct::Appeal { words }).with([row]).send()?;
        self.load_review(who, id)
    }

    /// Shows a hidden review again, or, if it was appealed and somebody else hid it, keeps it hidden.
    pub fn judge_review(&self, who: &Principal, id: &DeskId, input: &JudgeReviewInput) -> Result<ReviewView> {
        let review = self.review_to_judge(who, id)?;
        let (row, words) = self.spoken_in_review(&review, "verdict", &input.words)?;
        let audit = self.audit_row(who, "judge_review", id.as_str(), json!({ "kept_hidden": input.keep }))?;
        let act = ReviewAct::Judge { keep: input.keep, words };
        self.review_request(who, who.as_staff(CONDUCT), id, act).with([row]).and([audit]).send()?;
        self.load_review(who, id)
    }

    /// Reviews of a product: those that are shown, or what is said of those that are hidden.
    pub fn product_reviews(
        &self,
        who: &Principal,
        product: &ProductId,
        hidden: bool,
        page: &Page,
    ) -> Result<ReviewsView> {
        self.db().read(|db| product::find(db, product))?.ok_or(AppError::NotFound)?;
        self.reviews(who, &format!("product:{product}"), hidden, page)
    }

    /// The same of all goods of a seller.
    pub fn seller_reviews(&self, who: &Principal, seller: &SellerId, hidden: bool, page: &Page) -> Result<ReviewsView> {
        self.db().read(|db| seller::find(db, seller))?.ok_or(AppError::NotFound)?;
        self.reviews(who, &format!("seller:{seller}"), hidden, page)
    }

    /// The same of the refund service.
    pub fn service_reviews(&self, who: &Principal, hidden: bool, page: &Page) -> Result<ReviewsView> {
        self.reviews(who, "service", hidden, page)
    }

    /// Nobody judges a review of his own shop, or his own.
    fn review_to_judge(&self, who: &Principal, id: &DeskId) -> Result<Review> {
        permit(who, Action::JudgeReview, &Object::Nothing)?;
        let review = self.stored_review(id)?;
        if who.person().is_some_and(|person| person.seller.as_ref() == Some(&review.seller)) {
            return Err(Refusal::Conflicted.into());
        }
        Ok(review)
    }

    fn review_request(&self, who: &Principal, by: Actor, id: &DeskId, act: ReviewAct) -> crate::submit::Request<'_> {
        self.request(who, by, Act::Desk { desk: id.clone(), act: DeskAct::Review(act) })
    }

    pub(crate) fn stored_review(&self, id: &DeskId) -> Result<Review> {
        self.db().read(|db| desk::find(db, id))?.and_then(of_desk).ok_or(AppError::NotFound)
    }

    fn spoken_in_review(&self, review: &Review, what: &'static str, words: &str) -> Result<(PersonalRow, PersonalRef)> {
        let words = text::words("words", words, 2, MOST_TEXT)?;
        self.published(&review.desk, &review.order, what, &words)?.ok_or(AppError::invalid("words", "required"))
    }

    /// A text that everybody may come to read: without codes of the order, and without ways to reach anybody.
    fn published(
        &self,
        id: &DeskId,
        order: &OrderId,
        what: &'static str,
        words: &str,
    ) -> Result<Option<(PersonalRow, PersonalRef)>> {
        let words = self.without_codes(order, words)?;
        let words = mask_contacts(&words, &self.read_text(&words, self.now()));
        self.personal_of(Kind::Desk, id.as_str(), what, &words)
    }
}

/// Whether nothing more can come of a case: what was rejected and can still be appealed has not ended.
pub(crate) fn has_ended(case: &Case) -> bool {
    !case.is_open() && !matches!(case.state, CaseState::Rejected { .. })
}

/// Whether the goods of an order can be reviewed: it is settled, or would be by now; or every case of it has ended.
pub(crate) fn goods_reviewable(file: &OrderFile, now: Instant) -> bool {
    let open = file.cases.iter().any(|case| !has_ended(case));
    match file.status {
        OrderStatus::Completed { settled, settle_at, .. } if settled || settle_at <= now => !open,
        OrderStatus::Completed { .. } | OrderStatus::Paid { .. } => !file.cases.is_empty() && !open,
        OrderStatus::AwaitingPayment { .. } | OrderStatus::Expired => false,
    }
}
