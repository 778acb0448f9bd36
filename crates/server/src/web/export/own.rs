//! A person's own lists as files: what his balance is made of, his notices, what was sent to him and to his programs.

use super::{at, export, whole};
use crate::AppState;
use crate::csv::Csv;
use crate::page::{Page, Web};
use crate::visitor::Visitor;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use yuanlu_app::views::{BalanceView, DispatchView, NoticeView, TopUpView};

/// Lists as files.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/account/balance.csv", get(lots))
        .route("/account/top-ups.csv", get(top_ups))
        .route("/account/notices.csv", get(notices))
        .route("/account/messages.csv", get(messages))
        .route("/seller/webhooks/{webhook}/messages.csv", get(deliveries))
}

/// `GET /account/balance.csv`: lots, vouchers and coupons.
async fn lots(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "balance", |app, who, _| app.balance(who).map(|all| whole(vec![all])), lot_rows).await
}

/// `GET /account/top-ups.csv`
async fn top_ups(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "top-ups", |app, who, _| app.list_top_ups(who).map(whole), top_up_rows).await
}

/// `GET /account/notices.csv`
async fn notices(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "notices", |app, who, page| app.notices(who, page), notice_rows).await
}

/// `GET /account/messages.csv`
async fn messages(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "messages", |app, who, page| app.own_dispatches(who, page), message_rows).await
}

/// `GET /seller/webhooks/{webhook}/messages.csv`
async fn deliveries(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>) -> Web {
    export(state, visitor, "messages", move |app, who, page| app.webhook_dispatches(who, &id, page), message_rows).await
}

fn lot_rows(p: &Page, rows: Vec<BalanceView>) -> Csv {
    let keys = ["account.balance.kind", "account.balance.left", "account.coupons.least", "common.currency"];
    let mut csv = Csv::new(keys.iter().chain(&["account.balance.until", "refund.col.state"]).map(|key| p.t(key)));
    for all in rows {
        for one in all.lots {
            let state = match () {
                () if one.expired => "account.balance.expired",
                () if one.soon => "account.balance.soon",
                () => "account.balance.valid",
            };
            let kind = p.code("tender", if one.voucher { "voucher" } else { "balance" });
            let (left, currency) = (one.left.text, one.left.currency.to_owned());
            csv.row([kind, left, String::new(), currency, p.at(&one.until), p.t(state).to_owned()]);
        }
        for one in all.coupons {
            let state = if one.expired { "account.coupons.expired" } else { "account.balance.valid" };
            let (kind, until) = (p.code("tender", "coupon"), p.at(&one.until));
            csv.row([kind, one.off.text, one.least.text, one.off.currency.to_owned(), until, p.t(state).to_owned()]);
        }
    }
    csv
}

fn top_up_rows(p: &Page, rows: Vec<TopUpView>) -> Csv {
    let keys = ["account.top_up.no", "account.top_up.amount", "common.currency", "account.top_up.by"];
    let mut csv = Csv::new(keys.iter().chain(&["account.top_up.begun", "order.col.state"]).map(|key| p.t(key)));
    for one in rows {
        csv.row([
            one.no,
            one.amount.text,
            one.amount.currency.to_owned(),
            p.code("tender", &one.channel),
            p.at(&one.begun_at),
            p.code("top_up", one.state),
        ]);
    }
    csv
}

fn notice_rows(p: &Page, rows: Vec<NoticeView>) -> Csv {
    let keys = ["message.log.what", "order.no", "case.no", "refund.col.amount", "common.currency", "staff.col.due"];
    let mut csv = Csv::new(keys.iter().chain(&["account.notices.at", "account.notices.read_at"]).map(|key| p.t(key)));
    for one in rows {
        let (amount, currency) = one.amount.map(|sum| (sum.text, sum.currency.to_owned())).unwrap_or_default();
        csv.row([
            p.notice(&one.code),
            one.order.unwrap_or_default(),
            one.case.unwrap_or_default(),
            amount,
            currency,
            at(p, one.due.as_ref()),
            p.at(&one.at),
            at(p, one.read_at.as_ref()),
        ]);
    }
    csv
}

/// What was sent, whichever way.
pub(super) fn message_rows(p: &Page, rows: Vec<DispatchView>) -> Csv {
    let keys = ["message.log.what", "order.no", "message.log.way", "message.log.to", "message.log.state"];
    let mut csv = Csv::new(keys.iter().chain(&["message.log.why", "message.log.at"]).map(|key| p.t(key)));
    for one in rows {
        csv.row([
            p.notice(&one.code),
            one.order.unwrap_or_default(),
            p.code("message_way", &one.way),
            one.to,
            p.code("message_state", &one.state),
            one.why.map(|why| p.message_fault(&why)).unwrap_or_default(),
            at(p, one.done_at.as_ref()),
        ]);
    }
    csv
}
