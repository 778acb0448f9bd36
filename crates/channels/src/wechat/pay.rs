//! Payments: by a code to scan, by a page on a telephone, or inside WeChat.

use super::answer::Answer;
use super::{WechatChannel, cut, fen, fitting, trade};
use crate::callback::{Cashier, PaymentOp, Scene};
use crate::wire::{code, percent};
use crate::{CashierWord, Impossible, Op, PaymentWord, Reply};
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

const PATH: &str = "/v3/pay/transactions";
pub(super) const BY_NUMBER: &str = "/v3/pay/transactions/out-trade-no";

/// What a page inside WeChat is given to open the cashier (`WeixinJSBridge`, `getBrandWCPayRequest`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsapiPay {
    /// `appId`.
    pub app_id: String,
    /// `timeStamp`, seconds.
    pub timestamp: String,
    /// `nonceStr`.
    pub nonce: String,
    /// `package`.
    pub package: String,
    /// `paySign`; `signType` is `RSA`.
    pub signature: String,
}

impl WechatChannel {
    fn payment(&self, op: &PaymentOp) -> Result<Value, Impossible> {
        if op.subject.trim().is_empty() {
            return Err(Impossible::Text);
        }
        Ok(json!({
            "appid": self.config.app_id,
            "mchid": self.config.merchant_id,
            "description": cut(&op.subject, 127),
            "out_trade_no": fitting(&op.no)?,
            "time_expire": *op.pay_until.to_rfc3339(),
            "notify_url": self.config.notify_url,
            "amount": { "total": fen(op.amount)?, "currency": "CNY" },
        }))
    }

    pub(super) fn pay_request(&self, op: &PaymentOp, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        let mut body = self.payment(op)?;
        if op.scene == Scene::Mobile {
            // WeChat lets nobody pay by a page whose address it was not told.
            if op.payer_ip.parse::<std::net::IpAddr>().is_err() {
                return Err(Impossible::Text);
            }
            body["scene_info"] = json!({ "payer_client_ip": op.payer_ip, "h5_info": { "type": "Wap" } });
        }
        self.post(&format!("{PATH}/{}", trade(op.scene)), &body, now)
    }

    /// Prepares a payment inside WeChat, by the payer with this openid.
    ///
    /// # Errors
    /// What WeChat does not take.
    pub fn jsapi_request(&self, op: &PaymentOp, openid: &str, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        let mut body = self.payment(op)?;
        body["payer"] = json!({ "openid": openid });
        self.post(&format!("{PATH}/jsapi"), &body, now)
    }

    /// What the page inside WeChat is given, from the answer to [`WechatChannel::jsapi_request`].
    pub fn jsapi_pay(&self, reply: &Reply, now: Instant) -> Option<JsapiPay> {
        let Answer::Done(bytes) = super::answer::read(&self.keys, reply, now) else { return None };
        let prepared: Prepared = serde_json::from_slice(bytes).ok()?;
        let package = format!("prepay_id={}", prepared.prepay_id?);
        let app_id = self.config.app_id.clone();
        let timestamp = now.micros().div_euclid(1_000_000).to_string();
        let nonce = crate::wire::hex(&ring::digest::digest(&ring::digest::SHA256, package.as_bytes()).as_ref()[..16]);
        let signature = self.keys.sign_lines(&[&app_id, &timestamp, &nonce, &package]);
        Some(JsapiPay { app_id, timestamp, nonce, package, signature })
    }
}

#[derive(Deserialize)]
struct Prepared {
    code_url: Option<String>,
    h5_url: Option<String>,
    prepay_id: Option<String>,
}

pub(super) fn cashier_word(answer: Answer<'_>, return_url: &str) -> CashierWord {
    let unknown = |code: String| CashierWord::Unknown { code };
    match answer {
        Answer::Nothing(Outcome::FixRequest { code }) => CashierWord::Refused { code },
        Answer::Nothing(Outcome::Unknown { code } | Outcome::RetrySameId { code }) => unknown(code),
        Answer::Nothing(_) => unknown("unreadable".to_owned()),
        Answer::Error { status: 429, code } => unknown(code),
        Answer::Error { code, .. } => CashierWord::Refused { code },
        Answer::Done(bytes) => match serde_json::from_slice::<Prepared>(bytes) {
            Ok(Prepared { code_url: Some(text), .. }) => CashierWord::Ready(Cashier::Qr(text), None),
            Ok(Prepared { h5_url: Some(url), .. }) => {
                CashierWord::Ready(Cashier::Link(format!("{url}&redirect_url={}", percent(return_url))), None)
            }
            _ => unknown("unreadable".to_owned()),
        },
    }
}

/// A payment as WeChat describes it, in answers and callbacks alike.
#[derive(Deserialize)]
pub(super) struct PaymentBody {
    pub(super) mchid: String,
    pub(super) out_trade_no: String,
    #[serde(default)]
    pub(super) transaction_id: String,
    pub(super) trade_state: String,
    #[serde(default)]
    amount: Option<TotalBody>,
    #[serde(default)]
    payer: Option<PayerBody>,
}

#[derive(Deserialize)]
struct PayerBody {
    #[serde(default)]
    openid: String,
}

#[derive(Deserialize)]
struct TotalBody {
    total: i64,
    #[serde(default)]
    currency: Option<String>,
}

impl PaymentBody {
    pub(super) fn amount(&self) -> Option<Money> {
        let total = self.amount.as_ref().filter(|a| a.currency.as_deref().is_none_or(|c| c == "CNY"))?;
        (total.total > 0).then(|| Money::new(total.total, Currency::Cny))
    }

    /// The payer, as our app knows him.
    pub(super) fn payer(self) -> Option<String> {
        self.payer.map(|payer| payer.openid).filter(|openid| !openid.is_empty())
    }

    fn word(self) -> PaymentWord {
        match self.trade_state.as_str() {
            // Refunded meanwhile is paid, too.
            "SUCCESS" | "REFUND" => match self.amount() {
                Some(amount) if !self.transaction_id.is_empty() => {
                    PaymentWord::Succeeded { transactions: vec![(self.transaction_id, amount)] }
                }
                _ => PaymentWord::Unknown { code: "unreadable".to_owned() },
            },
            "NOTPAY" | "USERPAYING" | "ACCEPT" => PaymentWord::Open,
            "CLOSED" | "REVOKED" => PaymentWord::NotFound,
            "PAYERROR" => PaymentWord::Declined { code: "PAYERROR".to_owned() },
            state => PaymentWord::Unknown { code: format!("state_{}", code(state)) },
        }
    }
}

/// Who made the payment that was asked about.
pub(super) fn payer(answer: Answer<'_>, op: &Op, merchant_id: &str) -> Option<String> {
    let (Answer::Done(bytes), Op::QueryPayment { no, .. }) = (answer, op) else { return None };
    let body: PaymentBody = serde_json::from_slice(bytes).ok()?;
    let ours = body.out_trade_no == no.as_str() && body.mchid == merchant_id && !body.transaction_id.is_empty();
    body.payer().filter(|_| ours)
}

/// WeChat's ways of saying that there is no such payment.
const MISSING: [&str; 4] = ["ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"];

pub(super) fn word(answer: Answer<'_>, op: &Op, merchant_id: &str) -> PaymentWord {
    let unknown = |code: String| PaymentWord::Unknown { code };
    let closing = matches!(op, Op::ClosePayment { .. });
    match answer {
        Answer::Nothing(Outcome::Unknown { code } | Outcome::RetrySameId { code } | Outcome::FixRequest { code }) => {
            unknown(code)
        }
        Answer::Nothing(_) => unknown("unreadable".to_owned()),
        Answer::Error { status: 404, code } if MISSING.contains(&code.as_str()) => PaymentWord::NotFound,
        Answer::Error { code, .. } if closing && matches!(code.as_str(), "ORDER_CLOSED" | "ORDERCLOSED") => {
            PaymentWord::NotFound
        }
        Answer::Error { code, .. } => unknown(code),
        Answer::Done(bytes) if closing && bytes.is_empty() => PaymentWord::NotFound,
        Answer::Done(bytes) => match serde_json::from_slice::<PaymentBody>(bytes) {
            Err(_) => unknown("unreadable".to_owned()),
            Ok(body) if Some(body.out_trade_no.as_str()) != op.no().map(|no| no.as_str()) => {
                unknown("other_number".to_owned())
            }
            Ok(body) if body.mchid != merchant_id => unknown("other_merchant".to_owned()),
            Ok(body) => body.word(),
        },
    }
}
