//! An order's thread, as its buyer and its seller see it, and the calm hint about a text before it is sent.

use super::refund::store_files;
use crate::AppState;
use crate::form::{Fields, fresh_key, read_multipart};
use crate::page::{Page, Web, go, html, html_with};
use crate::problem::{WebError, status};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::inputs::MessageInput;
use yuanlu_app::views::{
    EvidenceView, HintView, MessageView, OfferView, OrderView, TextCheckView, ThreadView, UnitView,
};
use yuanlu_app::{AppError, Principal};
use yuanlu_domain::case::Reason;
use yuanlu_domain::ids::OrderId;

/// Pages without files.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/orders/{order}/thread", get(of_buyer))
        .route("/seller/orders/{order}/thread", get(of_seller))
        .route("/text/check", post(check))
}

/// Messages, which may hold files.
pub fn uploads() -> Router<AppState> {
    Router::new()
        .route("/orders/{order}/thread", post(say_as_buyer))
        .route("/seller/orders/{order}/thread", post(say_as_seller))
}

/// Whose page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The buyer's.
    Buyer,
    /// The seller's.
    Seller,
}

impl Of {
    fn code(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
        }
    }

    /// Where an order's pages are on this side.
    pub fn orders(self) -> &'static str {
        match self {
            Self::Buyer => "/orders",
            Self::Seller => "/seller/orders",
        }
    }
}

#[derive(Template)]
#[template(path = "thread/thread.html")]
struct ThreadPage {
    p: Page,
    o: OrderView,
    t: ThreadView,
    f: Fields,
    check: Option<TextCheckView>,
    key: String,
    reasons: Vec<&'static str>,
    base: String,
    /// A message was just sent: its draft is done with.
    sent: bool,
}

impl ThreadPage {
    fn sells(&self) -> bool {
        self.t.side == "seller"
    }

    /// The first message that is new to the reader.
    fn begins_new(&self, message: &MessageView) -> bool {
        self.t.unread > 0 && u32::try_from(self.t.messages.len()).is_ok_and(|n| message.no + self.t.unread == n + 1)
    }

    fn is_picture(&self, file: &EvidenceView) -> bool {
        file.media_type.starts_with("image/")
    }

    /// What something is called that is no picture.
    fn sheet(&self, file: &EvidenceView) -> &'static str {
        if file.media_type == "application/pdf" { "PDF" } else { "TXT" }
    }

    /// Offers that stand, and the last that was answered.
    fn offers(&self) -> Vec<&OfferView> {
        let last = self.t.offers.last().map(|offer| offer.offer);
        self.t.offers.iter().filter(|offer| offer.state == "standing" || Some(offer.offer) == last).collect()
    }

    fn open_cases(&self) -> Vec<&str> {
        let mut cases: Vec<&str> = self.o.units.iter().filter_map(|unit| unit.open_case.as_deref()).collect();
        cases.dedup();
        cases
    }

    /// Something is left that no case is about.
    fn may_offer(&self) -> bool {
        let free = |unit: &UnitView| unit.open_case.is_none() && !unit.refundable.is_zero();
        self.t.actions.contains(&"make_offer") && self.o.units.iter().any(free)
    }

    /// The offer's form was just refused.
    fn offering(&self) -> bool {
        self.f.optional("kind").is_some()
    }
}

async fn load(state: &AppState, visitor: &Visitor, order: &str, of: Of, f: Fields) -> Result<ThreadPage, WebError> {
    let (who, id) = (visitor.principal.clone(), OrderId::new(order));
    let (t, o) = state.run(move |app| Ok((app.thread(&who, &id)?, app.load_order(&who, &id)?))).await?;
    if t.side != of.code() {
        return Err(AppError::NotFound.into());
    }
    Ok(ThreadPage {
        p: visitor.page(state, "thread.title"),
        o,
        t,
        f,
        check: None,
        key: fresh_key(),
        reasons: Reason::ALL
            .into_iter()
            .filter(|reason| !matches!(reason, Reason::DuplicateCharge | Reason::Personal))
            .map(Reason::code)
            .collect(),
        base: format!("{}/{order}", of.orders()),
        sent: visitor.was_said("sent"),
    })
}

async fn of_buyer(State(state): State<AppState>, visitor: Visitor, Path(order): Path<String>) -> Web {
    if works_for_seller(&state, &visitor, &order).await {
        return Ok(go(&format!("/seller/orders/{order}/thread")));
    }
    show(&state, &visitor, &order, Of::Buyer).await
}

async fn of_seller(State(state): State<AppState>, visitor: Visitor, Path(order): Path<String>) -> Web {
    visitor.signed_in()?;
    show(&state, &visitor, &order, Of::Seller).await
}

/// Notices lead everybody to the same address; the seller's own page is another.
async fn works_for_seller(state: &AppState, visitor: &Visitor, order: &str) -> bool {
    let (who, id) = (visitor.principal.clone(), OrderId::new(order));
    let sells = visitor.principal.person().is_some_and(|person| person.seller.is_some());
    sells && state.run(move |app| app.thread(&who, &id)).await.is_ok_and(|thread| thread.side == "seller")
}

/// Who looks at the messages has read them.
async fn show(state: &AppState, visitor: &Visitor, order: &str, of: Of) -> Web {
    let page = load(state, visitor, order, of, Fields::default()).await?;
    if page.t.unread > 0 {
        let (who, id) = (visitor.principal.clone(), OrderId::new(order));
        let last = page.t.messages.last().map_or(0, |message| message.no);
        if let Err(error) = state.run(move |app| app.read_thread(&who, &id, last)).await {
            tracing::warn!(%error, "that messages were read could not be noted");
        }
    }
    html(&page)
}

async fn say_as_buyer(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(order): Path<String>,
    form: Multipart,
) -> Web {
    say(&state, &visitor, &order, Of::Buyer, form).await
}

async fn say_as_seller(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(order): Path<String>,
    form: Multipart,
) -> Web {
    visitor.signed_in()?;
    say(&state, &visitor, &order, Of::Seller, form).await
}

async fn say(state: &AppState, visitor: &Visitor, order: &str, of: Of, form: Multipart) -> Web {
    // Files of people who have no business here are not even read.
    load(state, visitor, order, of, Fields::default()).await?;
    let (mut fields, files) = read_multipart(state, form).await?;
    let id = OrderId::new(order);
    let outcome = match store_files(state, visitor, &id, &mut fields, files).await {
        Ok(()) => {
            let input = MessageInput {
                text: fields.text("text").to_owned(),
                evidence: fields.all("evidence").map(str::to_owned).collect(),
                hints_seen: fields.ticked("hints_seen"),
            };
            let (who, key) = (visitor.principal.clone(), fields.optional("key"));
            state.run(move |app| app.say(&who, &id, &input, key.as_deref())).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(go(&format!("{}/{order}/thread?said=sent#end", of.orders()))),
        Err(AppError::Invalid { field: "text", code: "hints" }) => hinted(state, visitor, order, of, fields).await,
        Err(error) => refused(state, visitor, order, of, fields, error).await,
    }
}

/// The form again with the hint over it; nothing was sent, and nothing typed is lost.
async fn hinted(state: &AppState, visitor: &Visitor, order: &str, of: Of, fields: Fields) -> Web {
    let text = fields.text("text").to_owned();
    let mut check = state.run(move |app| app.check_text(&text)).await?;
    if check.hints.is_empty() {
        // Nothing in the words: it is a picture.
        check.hints.push(HintView { kind: "qr_code", words: String::new() });
    }
    let page = load(state, visitor, order, of, fields).await?;
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &ThreadPage { check: Some(check), ..page })
}

/// The page again, with what is wrong and everything as it was filled in; what no form can mend stays an error.
pub(super) async fn refused(
    state: &AppState,
    visitor: &Visitor,
    order: &str,
    of: Of,
    fields: Fields,
    error: AppError,
) -> Web {
    if !mendable(&error) {
        return Err(error.into());
    }
    let page = load(state, visitor, order, of, fields).await?;
    let p = page.p.clone().refused(&error);
    html_with(status(&error), &ThreadPage { p, ..page })
}

/// Whether a form is shown again with the sentence of this error.
pub(super) fn mendable(error: &AppError) -> bool {
    matches!(error, AppError::Refused(_) | AppError::Invalid { .. } | AppError::TooLarge { .. } | AppError::Conflict)
}

#[derive(Template)]
#[template(path = "thread/hints.html")]
struct Hints {
    p: Page,
    check: Option<TextCheckView>,
}

/// What the program reads in a text that is being written: a part of a page, for the script.
async fn check(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    if visitor.principal == Principal::Anonymous {
        return Err(AppError::NotSignedIn.into());
    }
    let text = fields.text("text").to_owned();
    let check = state.run(move |app| app.check_text(&text)).await?;
    html(&Hints { p: visitor.page(&state, "thread.title"), check: Some(check) })
}
