//! Lists as files for those who work with them: goods, withdrawals, conversations, reviews and the like.

use super::own::message_rows;
use super::{at, export, whole};
use crate::AppState;
use crate::csv::Csv;
use crate::page::{Page, Web};
use crate::visitor::Visitor;
use crate::web::desk::Ask;
use crate::web::figures::length;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use yuanlu_app::views::{
    CodeBatchView, ConductFlagView, ConversationSummary, DayRateView, IncidentView, MedianView, OrganisationView,
    PanelRow, ProductView, RankedView, ReviewView, ShareView, WithdrawalView,
};
use yuanlu_app::{App, Principal, inputs};

/// Lists as files.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/seller/products.csv", get(products))
        .route("/staff/withdrawals.csv", get(withdrawals))
        .route("/staff/support.csv", get(conversations))
        .route("/staff/reviews.csv", get(reviews))
        .route("/staff/incidents.csv", get(incidents))
        .route("/staff/codes.csv", get(codes))
        .route("/staff/messages.csv", get(messages))
        .route("/staff/rates.csv", get(rates))
        .route("/staff/conduct.csv", get(flags))
        .route("/staff/organisations.csv", get(organisations))
        .route("/panel.csv", get(panels))
        .route("/ranking.csv", get(ranking))
}

/// `GET /seller/products.csv`
async fn products(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "products", |app, who, page| app.list_own_products(who, page), product_rows).await
}

/// `GET /staff/withdrawals.csv`
async fn withdrawals(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "withdrawals", |app, who, _| app.withdrawals(who).map(whole), withdrawal_rows).await
}

/// `GET /staff/support.csv?show=`
async fn conversations(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    let show = ["answered", "over"].into_iter().find(|show| ask.show.as_deref() == Some(show)).unwrap_or("waiting");
    let read = move |app: &App, who: &Principal, page: &inputs::Page| app.conversations(who, show, page);
    export(state, visitor, "conversations", read, conversation_rows).await
}

/// `GET /staff/reviews.csv?show=over`
async fn reviews(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    let over = ask.show.as_deref() == Some("over");
    export(state, visitor, "reviews", move |app, who, page| app.review_desk(who, over, page), review_rows).await
}

/// `GET /staff/incidents.csv`
async fn incidents(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "incidents", |app, who, page| app.incidents(who, page), incident_rows).await
}

/// `GET /staff/codes.csv`: the batches; what a code looks like stands nowhere.
async fn codes(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "batches", |app, who, page| app.code_batches(who, page), code_rows).await
}

/// `GET /staff/messages.csv`
async fn messages(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "messages", |app, who, page| app.dispatches(who, page), message_rows).await
}

/// `GET /staff/rates.csv`
async fn rates(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "rates", |app, who, _| app.day_rates(who).map(whole), rate_rows).await
}

/// `GET /staff/conduct.csv`
async fn flags(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "conduct", |app, who, page| app.conduct_flags(who, page), flag_rows).await
}

/// `GET /staff/organisations.csv`
async fn organisations(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "organisations", |app, who, _| app.list_organisations(who).map(whole), organisation_rows)
        .await
}

/// `GET /panel.csv`
async fn panels(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "panel", |app, who, _| app.panels(who).map(whole), panel_rows).await
}

/// `GET /ranking.csv`: for everybody, like its page.
async fn ranking(State(state): State<AppState>, visitor: Visitor) -> Web {
    let rows = state
        .run(|app| {
            let (mut rows, mut page) = (Vec::new(), inputs::Page { cursor: None, limit: Some(100) });
            loop {
                let found = app.seller_ranking(None, &page)?;
                rows.extend(found.items);
                match found.next {
                    Some(next) if rows.len() < crate::csv::MOST_ROWS => page.cursor = Some(next),
                    _ => return Ok(rows),
                }
            }
        })
        .await?;
    Ok(ranked_rows(&visitor.page(&state, "common.export"), rows).download("ranking"))
}

fn head<const N: usize>(p: &Page, keys: [&str; N]) -> Csv {
    Csv::new(keys.map(|key| p.t(key)))
}

fn product_rows(p: &Page, rows: Vec<ProductView>) -> Csv {
    let keys = ["seller.col.product", "seller.product.kind", "seller.col.price", "common.currency", "seller.col.stock"];
    let mut csv = Csv::new(keys.iter().chain(&["seller.col.status", "seller.col.version"]).map(|key| p.t(key)));
    for one in rows {
        let status = if one.on_sale { "seller.products.on_sale" } else { "seller.products.off_sale" };
        csv.row([
            one.title,
            p.code("kind", one.terms.kind),
            one.terms.price.text,
            one.terms.price.currency.to_owned(),
            one.in_stock.map(|left| p.counted(&left)).unwrap_or_default(),
            p.t(status).to_owned(),
            one.version.to_string(),
        ]);
    }
    csv
}

fn withdrawal_rows(p: &Page, rows: Vec<WithdrawalView>) -> Csv {
    let keys = ["funds.queue.seller", "refund.col.amount", "common.currency", "refund.col.state", "refund.col.applied"];
    let mut csv = Csv::new(keys.iter().chain(&["staff.col.due", "funds.queue.reference"]).map(|key| p.t(key)));
    for one in rows {
        csv.row([
            one.seller.name,
            one.amount.text,
            one.amount.currency.to_owned(),
            p.code("withdrawal", one.state),
            p.at(&one.requested_at),
            at(p, one.due.as_ref()),
            one.reference.unwrap_or_default(),
        ]);
    }
    csv
}

fn conversation_rows(p: &Page, rows: Vec<ConversationSummary>) -> Csv {
    let keys = ["support.staff.number", "support.staff.asker", "order.no", "refund.col.state", "staff.col.due"];
    let last = ["support.staff.messages", "staff.col.by", "support.staff.last"];
    let mut csv = Csv::new(keys.iter().chain(&last).map(|key| p.t(key)));
    for one in rows {
        csv.row([
            one.conversation,
            one.asker_name.unwrap_or_else(|| p.code("asker", one.asker)),
            one.order.unwrap_or_default(),
            p.code("conversation_state", one.state),
            one.due.map(|due| p.at(&due.at)).unwrap_or_default(),
            one.messages.to_string(),
            one.claimed_by.unwrap_or_default(),
            p.at(&one.last_at),
        ]);
    }
    csv
}

fn review_rows(p: &Page, rows: Vec<ReviewView>) -> Csv {
    let keys = ["review.staff.col_review", "shop.seller", "review.stars_of", "review.words", "review.staff.col_state"];
    let last = ["review.staff.col_due", "review.staff.col_written"];
    let mut csv = Csv::new(keys.iter().chain(&last).map(|key| p.t(key)));
    for one in rows {
        let about = one.products.first().map_or_else(|| p.t("review.of_service").to_owned(), |sold| sold.title.clone());
        csv.row([
            about,
            one.seller.name,
            one.stars.map(|stars| stars.to_string()).unwrap_or_default(),
            one.words.unwrap_or_default(),
            p.code("review_state", one.state),
            one.hiding.and_then(|hiding| hiding.due).map(|due| p.at(&due.at)).unwrap_or_default(),
            p.at(&one.written_at),
        ]);
    }
    csv
}

fn incident_rows(p: &Page, rows: Vec<IncidentView>) -> Csv {
    let keys =
        ["case.reason", "staff.incidents.one", "staff.col.state", "staff.incidents.orders", "staff.incidents.done"];
    let last = ["staff.incidents.failed", "staff.incidents.refunded", "staff.incidents.proposed", "staff.col.by"];
    let mut csv = Csv::new(keys.iter().chain(&last).map(|key| p.t(key)));
    for one in rows {
        let refunded: Vec<_> = one.progress.refunded.iter().map(|sum| p.money(sum)).collect();
        csv.row([
            p.code("reason", one.reason),
            one.words.unwrap_or_default(),
            p.code("incident", one.state),
            one.progress.orders.to_string(),
            one.progress.done.to_string(),
            one.progress.failed.to_string(),
            refunded.join(" / "),
            p.at(&one.proposed_at),
            one.proposed_by.unwrap_or_default(),
        ]);
    }
    csv
}

fn code_rows(p: &Page, rows: Vec<CodeBatchView>) -> Csv {
    let keys = ["staff.codes.worth", "staff.codes.value", "common.currency", "staff.codes.count", "staff.codes.used_n"];
    let mut csv = Csv::new(keys.iter().chain(&["refund.col.state", "staff.codes.last_day"]).map(|key| p.t(key)));
    for one in rows {
        csv.row([
            p.code("tender", one.worth),
            one.value.text,
            one.value.currency.to_owned(),
            one.codes.to_string(),
            one.used.to_string(),
            p.code("code_batch", one.state),
            p.at(&one.until),
        ]);
    }
    csv
}

fn rate_rows(p: &Page, rows: Vec<DayRateView>) -> Csv {
    let mut csv = head(p, ["staff.rates.day", "staff.rates.currency", "staff.rates.rate", "staff.rates.source"]);
    for one in rows {
        csv.row([one.day, one.currency.to_owned(), one.rate, one.source]);
    }
    csv
}

fn flag_rows(p: &Page, rows: Vec<ConductFlagView>) -> Csv {
    let mut csv = head(p, ["staff.conduct.who", "staff.conduct.flag", "order.no", "case.no", "staff.audit.at"]);
    for one in rows {
        let (order, case) = (one.order.unwrap_or_default(), one.case.unwrap_or_default());
        csv.row([one.name, p.code("flag", one.kind), order, case, p.at(&one.at)]);
    }
    csv
}

fn organisation_rows(p: &Page, rows: Vec<OrganisationView>) -> Csv {
    let keys = ["tip_off.organisations.name_zh", "tip_off.organisations.name_en", "tip_off.organisations.no"];
    let last = ["tip_off.organisations.contact", "tip_off.organisations.active"];
    let mut csv = Csv::new(keys.iter().chain(&last).map(|key| p.t(key)));
    for one in rows {
        let active = p.t(if one.active { "common.yes" } else { "common.no" }).to_owned();
        csv.row([one.name_zh, one.name_en, one.registration_no, one.contact.unwrap_or_default(), active]);
    }
    csv
}

fn panel_rows(p: &Page, rows: Vec<PanelRow>) -> Csv {
    let mut csv = head(p, ["case.no", "panel.case", "panel.phase", "panel.due", "panel.to_do"]);
    for one in rows {
        let due = one.due.map(|due| p.at(&due.at)).unwrap_or_default();
        let to_do = p.t(if one.to_do { "common.yes" } else { "common.no" }).to_owned();
        csv.row([one.case, one.title, p.code("panel_phase", one.phase), due, to_do]);
    }
    csv
}

fn ranked_rows(p: &Page, rows: Vec<RankedView>) -> Csv {
    let keys = ["disclosure.ranking.seller", "disclosure.ranking.refunds", "disclosure.ranking.silent"];
    let last = ["disclosure.ranking.overturned", "disclosure.ranking.answer", "disclosure.ranking.rating"];
    let mut csv = Csv::new(keys.iter().chain(&last).map(|key| p.t(key)));
    let share =
        |of: &ShareView| of.basis_points.map_or_else(|| p.t("disclosure.few").to_owned(), |part| p.percent(&part));
    let median = |of: &MedianView| of.minutes.map_or_else(|| p.t("disclosure.few").to_owned(), |long| length(p, &long));
    for one in rows {
        let f = &one.figures;
        csv.row([
            one.seller.name.clone(),
            share(&f.refunds),
            share(&f.silent),
            share(&f.overturned),
            median(&f.answer),
            one.rating.tenths.map(|tenths| crate::web::review::tenths_text(&tenths)).unwrap_or_default(),
        ]);
    }
    csv
}
