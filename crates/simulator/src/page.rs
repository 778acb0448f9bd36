//! The cashier's pages: plain HTML without script, in both languages at once, for it has no idea who reads.

use crate::bank::Bank;
use crate::cashier::{CashierError, Choice, Payment, PaymentStatus, plain as undone};
use http::{Method, Request, Response, StatusCode};
use yuanlu_money::{Currency, Money};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.2rem}.amount{font-size:2rem;margin:.5rem 0}form{display:grid;gap:.5rem}\
input{font:inherit;display:block;box-sizing:border-box;width:100%;padding:.5rem;border:1px solid #888;border-radius:.4rem;\
background:transparent;color:inherit}button{font:inherit;padding:.7rem;border:1px solid #888;border-radius:.4rem;background:transparent;color:inherit;\
cursor:pointer;text-align:left}button.main{background:#1558b0;border-color:#1558b0;color:#fff}\
small{display:block;opacity:.8}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}a{color:#8ab4f8}}";

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

fn response(status: u16, kind: &'static str, body: String) -> Response<Vec<u8>> {
    let mut response = Response::new(body.into_bytes());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert("content-type", http::HeaderValue::from_static(kind));
    response
}

fn html(status: u16, body: &str) -> Response<Vec<u8>> {
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>模拟收银台 · Simulated cashier</title><link rel=\"stylesheet\" \
         href=\"cashier.css\"></head><body><main><h1>模拟收银台 · <span lang=\"en\">Simulated cashier</span></h1>\
         <p>这里没有真钱。<span lang=\"en\">No real money here.</span></p>{body}</main></body></html>"
    );
    response(status, "text/html; charset=utf-8", page)
}

pub(crate) fn plain(status: u16, text: &str) -> Response<Vec<u8>> {
    response(status, "text/plain; charset=utf-8", text.to_owned())
}

pub(crate) fn style() -> Response<Vec<u8>> {
    response(200, "text/css; charset=utf-8", STYLE.to_owned())
}

fn label(choice: Choice) -> (&'static str, &'static str) {
    match choice {
        Choice::Pay => ("付款", "Pay"),
        Choice::Decline => ("付款被拒", "Be declined"),
        Choice::Silent => ("离开，永不答复", "Walk away: no answer ever"),
        Choice::Twice => ("付两次", "Pay twice"),
        Choice::Late => ("付款，通知晚两小时", "Pay; the shop hears two hours late"),
    }
}

fn amount(payment: &Payment) -> String {
    match Currency::parse(&payment.currency) {
        Ok(currency) => Money::new(payment.amount_minor, currency).with_symbol(),
        Err(_) => format!("{} {}", payment.amount_minor, payment.currency),
    }
}

fn way_back(payment: &Payment) -> String {
    if payment.return_url.is_empty() {
        return "<p>请回到商店的页面。<span lang=\"en\">Go back to the shop's page.</span></p>".to_owned();
    }
    let target = escape(&payment.return_url);
    format!("<p><a href=\"{target}\">返回商店 · <span lang=\"en\">Back to the shop</span></a></p>")
}

pub(crate) fn cashier(payment: &Payment, query: &str, now: i64) -> Response<Vec<u8>> {
    if payment.status != PaymentStatus::Open {
        return with_way_back(409, CashierError::Finished, payment);
    }
    if now >= payment.pay_until {
        return with_way_back(410, CashierError::Expired, payment);
    }
    let buttons: String = Choice::ALL
        .into_iter()
        .map(|choice| {
            let (zh, en) = label(choice);
            let class = if choice == Choice::Pay { " class=\"main\"" } else { "" };
            format!(
                "<button name=\"choice\" value=\"{}\"{class}>{zh}<small lang=\"en\">{en}</small></button>",
                choice.code()
            )
        })
        .collect();
    let body = format!(
        "<p>{}</p><p class=\"amount\">{}</p><form method=\"post\" action=\"?{}\"><label>付款账户 · <span lang=\"en\">Payer account</span>\
         <input name=\"payer\" maxlength=\"64\" autocomplete=\"off\"><small>留空则为独立账户。<span lang=\"en\">\
         Empty: one of its own.</span></small></label>{buttons}</form>{}",
        escape(&payment.subject),
        escape(&amount(payment)),
        escape(query),
        way_back(payment)
    );
    html(200, &body)
}

fn words(error: CashierError) -> (&'static str, &'static str) {
    match error {
        CashierError::BadLink => {
            ("链接无效，请从商店重新打开。", "This link is not valid; open it again from the shop.")
        }
        CashierError::Changed => ("这个付款号已用于另一笔金额。", "This number was opened for another sum."),
        CashierError::Expired => ("已过付款时间。", "It is too late to pay."),
        CashierError::Finished => ("这笔付款已经结束。", "This payment is finished."),
    }
}

pub(crate) fn error(error: CashierError) -> Response<Vec<u8>> {
    let (zh, en) = words(error);
    html(400, &format!("<p>{zh}<span lang=\"en\">{en}</span></p>"))
}

fn with_way_back(status: u16, error: CashierError, payment: &Payment) -> Response<Vec<u8>> {
    let (zh, en) = words(error);
    html(status, &format!("<p>{zh}<span lang=\"en\">{en}</span></p>{}", way_back(payment)))
}

pub(crate) fn silent(payment: &Payment) -> Response<Vec<u8>> {
    let text =
        "<p>已离开，商店不会得到任何答复。<span lang=\"en\">You walked away; the shop will hear nothing.</span></p>";
    html(200, &format!("{text}{}", way_back(payment)))
}

/// Sends the payer back to the shop.
pub(crate) fn back(payment: &Payment) -> Response<Vec<u8>> {
    if payment.return_url.is_empty() {
        let done = "<p>好了。<span lang=\"en\">Done.</span></p>";
        return html(200, &format!("{done}{}", way_back(payment)));
    }
    let mut response = html(303, &way_back(payment));
    if let Ok(target) = payment.return_url.parse() {
        response.headers_mut().insert("location", target);
    }
    response
}

/// What a payer's choice does, and where it leads; without a choice, the cashier again.
pub(crate) fn chosen(bank: &mut Bank, payment: &Payment, query: &str, body: &[u8], now: i64) -> Response<Vec<u8>> {
    let body = String::from_utf8_lossy(body).into_owned();
    let field = |name: &str| body.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    let Some(choice) = field("choice").and_then(|(_, code)| Choice::parse(code)) else {
        return cashier(payment, query, now);
    };
    let payer = undone(&field("payer").map_or("", |(_, payer)| payer).replace('+', " "));
    match bank.choose_as(&payment.no, choice, &payer, now) {
        Ok(()) if choice == Choice::Silent => silent(payment),
        Ok(()) => back(payment),
        Err(wrong) => error(wrong),
    }
}

/// The simulation's own cashier of a provider that has none here: `…/cashier?no=`, where codes and links lead. `None` for
/// every other request.
pub(crate) fn visit(bank: &mut Bank, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
    let path = request.uri().path();
    if path.ends_with("/cashier.css") {
        return Some(style());
    }
    if !path.ends_with("/cashier") {
        return None;
    }
    let query = request.uri().query().unwrap_or_default();
    let field = |name: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    let found = field("no").and_then(|(_, no)| bank.payment(no));
    let Some(mut payment) = found.cloned() else { return Some(error(CashierError::BadLink)) };
    if let Some((_, url)) = field("redirect_url") {
        payment.return_url = undone(url);
    }
    Some(match *request.method() {
        Method::POST => chosen(bank, &payment, query, request.body(), now),
        _ => cashier(&payment, query, now),
    })
}
