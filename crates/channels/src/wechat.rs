//! The client of WeChat Pay v3 (微信支付): amounts in fen, JSON over HTTPS, RSA signatures in both directions,
//! callbacks encrypted with AES-256-GCM.
//!
//! A refund keeps its number through every error; only `CLOSED` ends it unpaid. `ABNORMAL` is not final: the money is
//! with WeChat, and [`WechatChannel::finish_abnormal`] sends it on under the same number.

mod answer;
mod bill;
mod certificates;
mod complaint;
mod config;
mod news;
mod pay;
mod refund;
mod sign;
#[cfg(test)]
mod tests;
mod transfer;

pub use certificates::PlatformCertificate;
pub use config::WechatConfig;
pub use pay::JsapiPay;
pub use refund::AbnormalTo;

use crate::bill::{BillError, BillLine, BillWord};
use crate::callback::{CallbackError, Cashier, Entrance, PaymentOp, Scene, Verified};
use crate::complaint::{ComplaintOp, ComplaintWord, NewsOp, NewsWord};
use crate::settings::BadSetting;
use crate::{BillKind, CashierWord, Channel, Impossible, Op, Pace, PaymentWord, Reply};
use http::{Method, Request, Uri};
use jiff::civil::Date;
use serde_json::{Value, json};
use sign::Keys;
use std::fmt;
use std::io::BufRead;
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::route::AccountKind;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

/// WeChat's client.
pub struct WechatChannel {
    id: ChannelId,
    config: WechatConfig,
    keys: Keys,
}

impl fmt::Debug for WechatChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WechatChannel").field("merchant_id", &self.config.merchant_id).finish_non_exhaustive()
    }
}

impl WechatChannel {
    /// A client.
    ///
    /// # Errors
    /// What [`WechatConfig::check`] finds.
    pub fn new(config: WechatConfig) -> Result<Self, Vec<BadSetting>> {
        let faults = config.check();
        match Keys::new(&config).filter(|_| faults.is_empty()) {
            Some(keys) => Ok(Self { id: ChannelId::from("wechat"), config, keys }),
            None => Err(faults),
        }
    }

    /// The address of a path.
    fn url(&self, path: &str) -> Result<Uri, Impossible> {
        format!("{}{path}", self.config.base_url).parse().map_err(|_| Impossible::Number)
    }

    fn get(&self, path: &str, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        Ok(self.keys.request(Method::GET, &self.url(path)?, Vec::new(), false, now))
    }

    fn put(&self, path: &str, body: &Value, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        Ok(self.keys.request(Method::PUT, &self.url(path)?, body.to_string().into_bytes(), false, now))
    }

    fn post(&self, path: &str, body: &Value, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        Ok(self.keys.request(Method::POST, &self.url(path)?, body.to_string().into_bytes(), false, now))
    }
}

/// Fen, when it is something and in yuan.
fn fen(amount: Money) -> Result<i64, Impossible> {
    match (amount.currency(), amount.minor()) {
        (Currency::Cny, fen @ 1..) => Ok(fen),
        (Currency::Cny, _) => Err(Impossible::Amount),
        _ => Err(Impossible::Currency),
    }
}

/// Our number, when it fits: WeChat takes 6 to 32 characters for payments and up to 64 for refunds.
fn fitting(no: &ChannelNumber) -> Result<&str, Impossible> {
    let text = no.as_str();
    let good = (6..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if good { Ok(text) } else { Err(Impossible::Number) }
}

/// The beginning of a text that fits into so many bytes.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

impl Channel for WechatChannel {
    fn request(&self, op: &Op, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        match op {
            Op::Pay(payment) => self.pay_request(payment, now),
            Op::QueryPayment { no, .. } => {
                let path = format!("{}/{}?mchid={}", pay::BY_NUMBER, fitting(no)?, self.config.merchant_id);
                self.get(&path, now)
            }
            Op::ClosePayment { no, .. } => {
                let body = json!({ "mchid": self.config.merchant_id });
                self.post(&format!("{}/{}/close", pay::BY_NUMBER, fitting(no)?), &body, now)
            }
            Op::Refund { .. } => self.refund_request(op, now),
            Op::QueryRefund { no, .. } => self.get(&format!("{}/{}", refund::PATH, fitting(no)?), now),
            Op::Remit { .. } => self.remit_request(op, now),
            Op::Finish { no, refund_ref, to, .. } => self.finish_abnormal(no, refund_ref, to, now),
            Op::QueryRemit { no, .. } => self.get(&format!("{}/out-bill-no/{}", transfer::PATH, fitting(no)?), now),
            Op::FetchBill { date, kind } => self.get(&bill::path(*date, *kind), now),
        }
    }

    fn outcome(&self, op: &Op, reply: &Reply, now: Instant) -> Outcome {
        match op {
            Op::Refund { no, amount, .. } | Op::QueryRefund { no, amount, .. } => {
                let asked = matches!(op, Op::QueryRefund { .. });
                refund::outcome(answer::read(&self.keys, reply, now), no, *amount, asked)
            }
            Op::Finish { no, amount, .. } => refund::outcome(answer::read(&self.keys, reply, now), no, *amount, false),
            Op::Remit { no, amount, .. } | Op::QueryRemit { no, amount } => {
                let asked = matches!(op, Op::QueryRemit { .. });
                transfer::outcome(answer::read(&self.keys, reply, now), no, *amount, asked)
            }
            Op::Pay(_) | Op::QueryPayment { .. } | Op::ClosePayment { .. } | Op::FetchBill { .. } => {
                Outcome::FixRequest { code: "not_a_refund".to_owned() }
            }
        }
    }

    fn payment_word(&self, op: &Op, reply: &Reply, now: Instant) -> PaymentWord {
        pay::word(answer::read(&self.keys, reply, now), op, &self.config.merchant_id)
    }

    fn payer_named(&self, op: &Op, reply: &Reply, now: Instant) -> Option<String> {
        pay::payer(answer::read(&self.keys, reply, now), op, &self.config.merchant_id)
    }

    /// A page for a telephone is good for five minutes, a code for two hours.
    fn cashier_seconds(&self, scene: Scene) -> i64 {
        if scene == Scene::Mobile { 270 } else { 7200 }
    }

    fn cashier_word(&self, op: &PaymentOp, reply: &Reply, now: Instant) -> CashierWord {
        pay::cashier_word(answer::read(&self.keys, reply, now), &op.return_url)
    }

    fn bill_word(&self, _: &Op, reply: &Reply, now: Instant) -> BillWord {
        self.read_bill_answer(reply, now)
    }

    fn read_bill(
        &self,
        kind: BillKind,
        date: Date,
        file: &mut dyn BufRead,
        each: &mut dyn FnMut(BillLine),
    ) -> Result<(), BillError> {
        bill::read(kind, date, &self.config.merchant_id, file, each)
    }

    fn remits_to(&self, kind: AccountKind) -> bool {
        kind == AccountKind::Wechat
    }

    fn finishes(&self) -> bool {
        true
    }

    fn complaint_request(&self, op: &ComplaintOp, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        self.complaint(op, now)
    }

    fn complaint_word(&self, op: &ComplaintOp, reply: &Reply, now: Instant) -> ComplaintWord {
        self.complaint_answer(op, reply, now)
    }

    fn news_request(&self, op: NewsOp, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        self.complaint_news(op, now)
    }

    fn news_word(&self, reply: &Reply, now: Instant) -> NewsWord {
        self.complaint_news_answer(reply, now)
    }

    fn news_address(&self) -> Option<&str> {
        Some(&self.config.notify_url)
    }

    /// Refunds of one payment a minute apart, the first question after a minute, 150 refunds a second.
    fn pace(&self) -> Pace {
        Pace { payment_gap_seconds: 60, first_question_seconds: 60, per_second: 150 }
    }
}

impl Entrance for WechatChannel {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn cashier(&self, _: &PaymentOp, _: Instant) -> Cashier {
        Cashier::Ask
    }

    fn callback(&self, headers: &[(String, String)], body: &[u8], now: Instant) -> Result<Verified, CallbackError> {
        self.keys.verify(headers, body, now)?;
        news::read(&self.keys, &self.config.merchant_id, body)
    }

    fn payer(&self, body: &[u8]) -> Option<String> {
        news::payer(&self.keys, &self.config.merchant_id, body)
    }

    fn acknowledgement(&self) -> (u16, &'static str) {
        (200, "{\"code\":\"SUCCESS\",\"message\":\"\"}")
    }
}

/// Where a payer sits decides how the payment begins: on a telephone outside WeChat by a page, else by a code to scan.
fn trade(scene: Scene) -> &'static str {
    match scene {
        Scene::Mobile => "h5",
        Scene::Page | Scene::Qr => "native",
    }
}
