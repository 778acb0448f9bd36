//! Lists as files: `/orders.csv` holds what `/orders` shows, all pages of it, in the words of the person's language.

mod desk;
mod own;
mod platform;

use super::desk::Ask;
use super::staff::admin::{act_text, detail_text, who_text};
use crate::AppState;
use crate::csv::{Csv, MOST_ROWS};
use crate::page::{Page, Web};
use crate::visitor::Visitor;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use yuanlu_app::inputs;
use yuanlu_app::seller::OrdersFilter;
use yuanlu_app::views::{
    AdmissionSummary, AuditView, CaseSummary, EscrowView, ExceptionSummary, Listing, OrderRow, OutsideSummary,
    PayoutView, PersonView, SellerFundsView, TipOffSummary, When,
};
use yuanlu_app::{App, Principal};

/// Lists as files.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/orders.csv", get(orders))
        .route("/refunds.csv", get(refunds))
        .route("/seller/orders.csv", get(seller_orders))
        .route("/seller/cases.csv", get(seller_cases))
        .route("/staff/queue.csv", get(queue))
        .route("/staff/payouts.csv", get(payouts))
        .route("/staff/exceptions.csv", get(exceptions))
        .route("/staff/outside.csv", get(outside))
        .route("/staff/funds.csv", get(funds))
        .route("/staff/audit.csv", get(acts))
        .route("/staff/admissions.csv", get(admissions))
        .route("/staff/tip-offs.csv", get(tip_offs))
        .route("/staff/people.csv", get(people))
        .route("/seller/account/escrow.csv", get(escrow))
        .merge(desk::router())
        .merge(own::router())
        .merge(platform::router())
}

/// Reads every page of a list, up to what a file holds, and answers with the file that `write` makes of it.
async fn export<T, R>(state: AppState, visitor: Visitor, name: &str, read: R, write: fn(&Page, Vec<T>) -> Csv) -> Web
where
    T: Send + 'static,
    R: Fn(&App, &Principal, &inputs::Page) -> yuanlu_app::Result<Listing<T>> + Send + 'static,
{
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let rows = state
        .run(move |app| {
            let mut page = inputs::Page { cursor: None, limit: Some(100) };
            let mut rows = Vec::new();
            loop {
                let found = read(app, &who, &page)?;
                rows.extend(found.items);
                match found.next {
                    Some(next) if rows.len() < MOST_ROWS => page.cursor = Some(next),
                    _ => return Ok(rows),
                }
            }
        })
        .await?;
    Ok(write(&visitor.page(&state, "common.export"), rows).download(name))
}

/// A list that has one page only.
fn whole<T>(items: Vec<T>) -> Listing<T> {
    Listing { items, next: None }
}

/// `GET /orders.csv`
async fn orders(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "orders", |app, who, page| app.list_orders(who, page), order_rows).await
}

/// `GET /refunds.csv`
async fn refunds(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "refunds", |app, who, page| app.list_cases(who, page), case_rows).await
}

/// `GET /seller/orders.csv?show=deliver`
async fn seller_orders(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    let filter = if ask.show.as_deref() == Some("deliver") { OrdersFilter::ToDeliver } else { OrdersFilter::All };
    export(state, visitor, "orders", move |app, who, page| app.list_seller_orders(who, filter, page), order_rows).await
}

/// `GET /seller/cases.csv`
async fn seller_cases(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "refunds", |app, who, page| app.list_seller_cases(who, page), case_rows).await
}

/// `GET /staff/queue.csv?desk=`
async fn queue(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    let desk = ["senior", "risk"].into_iter().find(|desk| ask.desk.as_deref() == Some(desk)).unwrap_or("review");
    export(state, visitor, "queue", move |app, who, page| app.queue(who, desk, page), case_rows).await
}

/// `GET /staff/payouts.csv`
async fn payouts(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "payouts", |app, who, page| app.payouts(who, page), payout_rows).await
}

/// `GET /staff/exceptions.csv?show=over`
async fn exceptions(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    let over = ask.show.as_deref() == Some("over");
    export(state, visitor, "exceptions", move |app, who, page| app.exceptions(who, over, page), exception_rows).await
}

/// `GET /staff/outside.csv?show=over`
async fn outside(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    let over = ask.show.as_deref() == Some("over");
    let read = move |app: &App, who: &Principal, page: &inputs::Page| app.outside_complaints(who, over, page);
    export(state, visitor, "complaints", read, outside_rows).await
}

/// `GET /staff/funds.csv`
async fn funds(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "funds", |app, who, page| app.deposits(who, page), fund_rows).await
}

/// `GET /staff/audit.csv`
async fn acts(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "audit", |app, who, page| app.audit_log(who, page), audit_rows).await
}

/// `GET /seller/account/escrow.csv`
async fn escrow(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "escrow", |app, who, page| app.own_escrow(who, page), escrow_rows).await
}

/// `GET /staff/admissions.csv`
async fn admissions(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "admissions", |app, who, page| app.admissions(who, page), admission_rows).await
}

/// `GET /staff/tip-offs.csv?show=over`
async fn tip_offs(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    let over = ask.show.as_deref() == Some("over");
    let read = move |app: &App, who: &Principal, page: &inputs::Page| app.tip_offs(who, over, page);
    export(state, visitor, "reports", read, tip_off_rows).await
}

/// `GET /staff/people.csv`
async fn people(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "people", |app, who, page| app.people(who, page), people_rows).await
}

fn admission_rows(p: &Page, rows: Vec<AdmissionSummary>) -> Csv {
    let head = ["admission.staff.shop", "admission.staff.form", "staff.col.state", "admission.staff.due"];
    let more = ["admission.staff.who", "admission.staff.applied"];
    let mut csv = Csv::new(head.into_iter().chain(more).map(|key| p.t(key)));
    for a in rows {
        let due = a.due.as_ref().map(|due| p.at(&due.at)).unwrap_or_default();
        let (form, state) = (p.code("legal_form", a.form), p.code("admission_state", a.state));
        csv.row([a.shop, form.to_string(), state.to_string(), due, a.login, p.at(&a.applied_at)]);
    }
    csv
}

fn tip_off_rows(p: &Page, rows: Vec<TipOffSummary>) -> Csv {
    let head = ["tip_off.no", "tip_off.about", "tip_off.staff.concern", "staff.col.state", "tip_off.staff.due"];
    let mut csv = Csv::new(head.into_iter().chain(["tip_off.staff.filed"]).map(|key| p.t(key)));
    for t in rows {
        let due = t.due.as_ref().map(|due| p.at(&due.at)).unwrap_or_default();
        let (concern, state) = (p.code("concern", t.concern), p.code("tip_off_state", t.state));
        csv.row([t.tip_off, t.subject, concern.to_string(), state.to_string(), due, p.at(&t.filed_at)]);
    }
    csv
}

fn people_rows(p: &Page, rows: Vec<PersonView>) -> Csv {
    let head = ["staff.people.title", "staff.people.roles", "shop.seller"];
    let mut csv = Csv::new(head.map(|key| p.t(key)));
    for one in rows {
        let roles: Vec<String> = one.roles.iter().map(|role| p.code("role", role).to_string()).collect();
        csv.row([one.login, roles.join(" / "), one.seller.map(|seller| seller.name).unwrap_or_default()]);
    }
    csv
}

fn at(p: &Page, when: Option<&When>) -> String {
    when.map(|when| p.at(when)).unwrap_or_default()
}

fn order_rows(p: &Page, rows: Vec<OrderRow>) -> Csv {
    let head = ["order.no", "order.col.what", "order.col.state", "order.col.placed", "shop.seller", "order.total"];
    let mut csv = Csv::new(head.map(|key| p.t(key)).into_iter().chain([p.t("common.currency")]));
    for o in rows {
        csv.row([
            o.order,
            format!("{} × {}", o.title, o.units),
            p.code("order", o.status),
            p.at(&o.placed_at),
            o.seller.name,
            o.total.text,
            o.total.currency.to_owned(),
        ]);
    }
    csv
}

fn case_rows(p: &Page, rows: Vec<CaseSummary>) -> Csv {
    let head = [
        "case.no",
        "order.no",
        "refund.col.case",
        "case.reason",
        "refund.col.state",
        "refund.col.turn",
        "case.due",
        "refund.col.applied",
        "refund.col.expected",
        "case.arrived_at",
        "case.claimed",
        "refund.col.amount",
        "refund.col.credited",
        "common.currency",
    ];
    let mut csv = Csv::new(head.map(|key| p.t(key)));
    for c in rows {
        csv.row([
            c.case,
            c.order,
            c.title,
            p.code("reason", c.reason),
            p.code("state", c.state),
            c.turn_who.map(|who| p.code("who", who)).unwrap_or_default(),
            at(p, c.turn_due.as_ref()),
            p.at(&c.applied_at),
            at(p, c.expected_at.as_ref()),
            at(p, c.arrived_at.as_ref()),
            c.claimed.text,
            c.approved.text,
            c.credited.text,
            c.claimed.currency.to_owned(),
        ]);
    }
    csv
}

fn payout_rows(p: &Page, rows: Vec<PayoutView>) -> Csv {
    let head = [
        "case.refund_no",
        "case.no",
        "case.route",
        "refund.col.state",
        "refund.col.amount",
        "common.currency",
        "refund.col.expected",
        "case.arrived_at",
        "case.channel_no",
    ];
    let mut csv = Csv::new(head.map(|key| p.t(key)));
    for d in rows {
        csv.row([
            d.no,
            d.case,
            p.code("tender", &d.to),
            p.code("payout", d.state),
            d.amount.text,
            d.amount.currency.to_owned(),
            p.at(&d.expected.at),
            at(p, d.arrived_at.as_ref()),
            d.channel_ref.unwrap_or_default(),
        ]);
    }
    csv
}

fn exception_rows(p: &Page, rows: Vec<ExceptionSummary>) -> Csv {
    let head = ["bill.difference", "case.route", "bill.day", "bill.number", "order.no", "bill.amount", "bill.delta"];
    let last = ["common.currency", "bill.due", "bill.how", "bill.by"];
    let mut csv = Csv::new(head.iter().chain(&last).map(|key| p.t(key)));
    for e in rows {
        csv.row([
            p.code("difference", e.difference),
            p.code("tender", &e.channel),
            e.day,
            e.no,
            e.order.unwrap_or_default(),
            e.amount.text,
            e.delta.text,
            e.amount.currency.to_owned(),
            e.due.as_ref().map(|due| p.at(&due.at)).unwrap_or_default(),
            e.resolution.map(|way| p.code("exception_way", way)).unwrap_or_default(),
            e.claimed_by.unwrap_or_default(),
        ]);
    }
    csv
}

fn outside_rows(p: &Page, rows: Vec<OutsideSummary>) -> Csv {
    let head = ["outside.agency", "outside.number", "refund.col.state", "order.no", "case.no", "case.claimed"];
    let last = ["common.currency", "outside.received", "outside.due", "outside.by", "outside.result"];
    let mut csv = Csv::new(head.iter().chain(&last).map(|key| p.t(key)));
    for o in rows {
        csv.row([
            p.code("agency", o.agency),
            o.number,
            p.code("outside_state", o.state),
            o.order.unwrap_or_default(),
            o.case.unwrap_or_default(),
            o.claimed.as_ref().map(|claimed| claimed.text.clone()).unwrap_or_default(),
            o.claimed.map(|claimed| claimed.currency.to_owned()).unwrap_or_default(),
            p.at(&o.received_at),
            o.due.as_ref().map(|due| p.at(&due.at)).unwrap_or_default(),
            o.claimed_by.unwrap_or_default(),
            o.result.map(|result| p.code("outside_result", result)).unwrap_or_default(),
        ]);
    }
    csv
}

fn fund_rows(p: &Page, rows: Vec<SellerFundsView>) -> Csv {
    let head = ["funds.queue.seller", "funds.sum.payable", "funds.sum.debt", "funds.sum.advance", "funds.sum.deposit"];
    let last = ["funds.sum.lacking", "common.currency"];
    let mut csv = Csv::new(head.iter().chain(&last).map(|key| p.t(key)));
    for f in rows {
        csv.row([
            f.seller.name,
            f.payable.text,
            f.debt.text,
            f.advance.text,
            f.deposit.text,
            f.lacking_deposit.text,
            f.payable.currency.to_owned(),
        ]);
    }
    csv
}

fn audit_rows(p: &Page, rows: Vec<AuditView>) -> Csv {
    let head = ["staff.audit.at", "staff.audit.who", "staff.audit.act", "staff.audit.object", "staff.audit.detail"];
    let mut csv = Csv::new(head.map(|key| p.t(key)));
    for act in rows {
        csv.row([p.at(&act.at), who_text(p, &act), act_text(p, &act), act.object.clone(), detail_text(p, &act)]);
    }
    csv
}

fn escrow_rows(p: &Page, rows: Vec<EscrowView>) -> Csv {
    let head = ["funds.escrow.order", "funds.escrow.release", "funds.escrow.amount", "common.currency"];
    let mut csv = Csv::new(head.map(|key| p.t(key)));
    for held in rows {
        csv.row([held.order, at(p, held.release_at.as_ref()), held.amount.text, held.amount.currency.to_owned()]);
    }
    csv
}
