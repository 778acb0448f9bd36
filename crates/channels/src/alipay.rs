//! The client of Alipay's gateway (V2, RSA2), with public keys or with certificates.
//!
//! | what | signed text | who signs |
//! |---|---|---|
//! | request | every parameter that is not empty but `sign`, by name, `k=v` joined by `&`, unescaped | we |
//! | answer | the very bytes of the object `alipay_…_response` | Alipay |
//! | callback | every parameter but `sign` and `sign_type`, like a request | Alipay |
//!
//! Amounts are yuan with two decimals. A refund is known by trade and `out_request_no`; the same with the same content
//! moves money once.

mod answers;
mod bill;
mod complaint;
mod config;
mod notify;
mod sign;

pub use config::AlipayConfig;

use crate::bill::{BillError, BillLine, BillWord};
use crate::callback::{CallbackError, Cashier, Entrance, PaymentOp, Scene, Verified};
use crate::complaint::{ComplaintOp, ComplaintWord};
use crate::rsa::{PrivateKey, PublicKey};
use crate::settings::BadSetting;
use crate::{BillKind, CashierWord, Channel, Impossible, Op, Pace, PaymentWord, Reply};
use config::Serials;
use jiff::civil::Date;
use serde_json::{Value, json};
use sign::NoAnswer;
use std::fmt;
use std::io::BufRead;
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::route::AccountKind;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

/// Refunds of one trade wait for each other at Alipay; a question sooner than this may meet one that is not done.
const PACE: Pace = Pace { payment_gap_seconds: 3, first_question_seconds: 10, per_second: 50 };

/// The client of Alipay.
pub struct Alipay {
    id: ChannelId,
    app_id: String,
    seller_id: String,
    base_url: String,
    notify_url: String,
    key: PrivateKey,
    alipay_key: PublicKey,
    /// First and last instant at which Alipay's certificate counts; in public-key mode it always does.
    valid: Option<(Instant, Instant)>,
    serials: Option<Serials>,
}

impl fmt::Debug for Alipay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alipay").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

impl Alipay {
    /// A client.
    ///
    /// # Errors
    /// Everything [`AlipayConfig::check`] finds at this time.
    pub fn new(config: AlipayConfig, now: Instant) -> Result<Self, Vec<BadSetting>> {
        let faults = config.check(now);
        let keys = PrivateKey::read(config.private_key.expose()).zip(config.verifying_key());
        let Some((key, alipay_key)) = keys.filter(|_| faults.is_empty()) else { return Err(faults) };
        let serials = if config.by_certificate() { config.serials() } else { None };
        let valid = config.valid();
        Ok(Self {
            id: ChannelId::from("alipay"),
            app_id: config.app_id,
            seller_id: config.seller_id,
            base_url: config.base_url,
            notify_url: config.notify_url,
            key,
            alipay_key,
            valid,
            serials,
        })
    }

    /// What is said to begin a payment.
    fn payment(&self, op: &PaymentOp, product: &str) -> Result<Value, Impossible> {
        let mut content = json!({
            "out_trade_no": number(&op.no)?,
            "total_amount": yuan(op.amount)?,
            "subject": text(&op.subject, 256)?,
            "time_expire": op.pay_until.to_string(),
        });
        if !product.is_empty() {
            content["product_code"] = json!(product);
        }
        Ok(content)
    }
}

fn method(op: &Op) -> &'static str {
    match op {
        Op::Pay(_) => "alipay.trade.precreate",
        Op::QueryPayment { .. } => "alipay.trade.query",
        Op::ClosePayment { .. } => "alipay.trade.close",
        Op::Refund { .. } => "alipay.trade.refund",
        Op::QueryRefund { .. } => "alipay.trade.fastpay.refund.query",
        Op::Remit { .. } => "alipay.fund.trans.uni.transfer",
        Op::QueryRemit { .. } => "alipay.fund.trans.common.query",
        // Never asked: see `request`.
        Op::Finish { .. } => "",
        Op::FetchBill { .. } => "alipay.data.dataservice.bill.downloadurl.query",
    }
}

fn yuan(amount: Money) -> Result<String, Impossible> {
    match amount.currency() {
        Currency::Cny if amount.is_positive() && amount.minor() <= 10_000_000_000 => Ok(amount.to_string()),
        Currency::Cny => Err(Impossible::Amount),
        _ => Err(Impossible::Currency),
    }
}

fn number(no: &ChannelNumber) -> Result<&str, Impossible> {
    let good = (1..=64).contains(&no.as_str().len());
    let plain = no.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if good && plain { Ok(no.as_str()) } else { Err(Impossible::Number) }
}

fn text(text: &str, most: usize) -> Result<&str, Impossible> {
    if text.is_empty() || text.chars().count() > most { Err(Impossible::Text) } else { Ok(text) }
}

impl Channel for Alipay {
    fn request(&self, op: &Op, now: Instant) -> Result<http::Request<Vec<u8>>, Impossible> {
        let content = match op {
            Op::Pay(payment) if payment.scene == Scene::Qr => {
                let content = self.payment(payment, "")?;
                return Ok(self.call(method(op), &content, Some(""), now));
            }
            Op::Pay(_) | Op::Finish { .. } => return Err(Impossible::NoSuchOperation),
            Op::QueryPayment { no, .. } | Op::ClosePayment { no, .. } => json!({ "out_trade_no": number(no)? }),
            Op::Refund { no, payment_no, payment_ref, amount, reason, .. } => json!({
                "out_trade_no": number(payment_no)?,
                "trade_no": payment_ref,
                "refund_amount": yuan(*amount)?,
                "out_request_no": number(no)?,
                "refund_reason": text(reason, 256)?,
                "query_options": ["deposit_back_info"],
            }),
            Op::QueryRefund { no, payment_no, payment_ref, .. } => json!({
                "out_trade_no": number(payment_no)?,
                "trade_no": payment_ref,
                "out_request_no": number(no)?,
                "query_options": ["deposit_back_info", "gmt_refund_pay"],
            }),
            Op::Remit { no, payee, amount, reason } => {
                // Alipay numbers its users 2088 and twelve digits; anything else is a login.
                let user = payee.account.len() == 16 && payee.account.starts_with("2088");
                let user = user && payee.account.bytes().all(|b| b.is_ascii_digit());
                json!({
                    "out_biz_no": number(no)?,
                    "trans_amount": yuan(*amount)?,
                    "product_code": "TRANS_ACCOUNT_NO_PWD",
                    "biz_scene": "DIRECT_TRANSFER",
                    "order_title": text(reason, 64)?,
                    "remark": text(reason, 100)?,
                    "payee_info": {
                        "identity": text(&payee.account, 100)?,
                        "identity_type": if user { "ALIPAY_USER_ID" } else { "ALIPAY_LOGON_ID" },
                        "name": text(&payee.name, 100)?,
                    },
                })
            }
            Op::QueryRemit { no, .. } => json!({
                "out_biz_no": number(no)?,
                "product_code": "TRANS_ACCOUNT_NO_PWD",
                "biz_scene": "DIRECT_TRANSFER",
            }),
            Op::FetchBill { date, kind } => json!({
                "bill_type": match kind {
                    BillKind::Trades => "trade",
                    BillKind::Funds => "signcustomer",
                },
                "bill_date": date.to_string(),
            }),
        };
        Ok(self.call(method(op), &content, None, now))
    }

    fn outcome(&self, op: &Op, reply: &Reply, now: Instant) -> Outcome {
        match self.answer(method(op), reply, now) {
            Ok(answer) => answers::outcome(op, &answer),
            // Nothing left us, so the same call may simply be made again; still under the same number.
            Err(NoAnswer::NotSent) => Outcome::RetrySameId { code: "not_sent".to_owned() },
            Err(NoAnswer::Unknown(code)) => Outcome::Unknown { code },
        }
    }

    fn payment_word(&self, op: &Op, reply: &Reply, now: Instant) -> PaymentWord {
        match (op, self.answer(method(op), reply, now)) {
            (Op::QueryPayment { no, .. }, Ok(answer)) => answers::payment(no, &answer),
            (Op::ClosePayment { no, .. }, Ok(answer)) => answers::closing(no, &answer),
            (_, Ok(_)) => PaymentWord::Unknown { code: "not_a_payment".to_owned() },
            (_, Err(NoAnswer::NotSent)) => PaymentWord::Unknown { code: "not_sent".to_owned() },
            (_, Err(NoAnswer::Unknown(code))) => PaymentWord::Unknown { code },
        }
    }

    fn payer_named(&self, op: &Op, reply: &Reply, now: Instant) -> Option<String> {
        let Op::QueryPayment { no, .. } = op else { return None };
        self.answer(method(op), reply, now).ok().and_then(|answer| answers::payer(no, &answer))
    }

    fn cashier_word(&self, op: &PaymentOp, reply: &Reply, now: Instant) -> CashierWord {
        match self.answer(method(&Op::Pay(op.clone())), reply, now) {
            Ok(answer) => answers::cashier(&op.no, &answer),
            Err(NoAnswer::NotSent) => CashierWord::Unknown { code: "not_sent".to_owned() },
            Err(NoAnswer::Unknown(code)) => CashierWord::Unknown { code },
        }
    }

    fn bill_word(&self, op: &Op, reply: &Reply, now: Instant) -> BillWord {
        bill::word(self, op, reply, now)
    }

    fn read_bill(
        &self,
        kind: BillKind,
        date: Date,
        file: &mut dyn BufRead,
        each: &mut dyn FnMut(BillLine),
    ) -> Result<(), BillError> {
        bill::read(kind, date, &self.seller_id, file, each)
    }

    fn remits_to(&self, kind: AccountKind) -> bool {
        kind == AccountKind::Alipay
    }

    fn complaint_request(&self, op: &ComplaintOp, now: Instant) -> Result<http::Request<Vec<u8>>, Impossible> {
        self.complaint(op, now)
    }

    fn complaint_word(&self, op: &ComplaintOp, reply: &Reply, now: Instant) -> ComplaintWord {
        self.complaint_answer(op, reply, now)
    }

    fn pace(&self) -> Pace {
        PACE
    }
}

impl Entrance for Alipay {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn cashier(&self, op: &PaymentOp, now: Instant) -> Cashier {
        let (method, product) = match op.scene {
            Scene::Page => ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
            Scene::Mobile => ("alipay.trade.wap.pay", "QUICK_WAP_PAY"),
            Scene::Qr => return Cashier::Ask,
        };
        match self.payment(op, product) {
            Ok(content) => {
                let fields = self.parameters(method, &content, Some(&op.return_url), now);
                Cashier::Link(self.address(&fields).to_string())
            }
            Err(why) => Cashier::Closed(why),
        }
    }

    fn callback(&self, _: &[(String, String)], body: &[u8], now: Instant) -> Result<Verified, CallbackError> {
        self.read_callback(body, now)
    }

    fn payer(&self, body: &[u8]) -> Option<String> {
        notify::payer(body)
    }

    fn acknowledgement(&self) -> (u16, &'static str) {
        (200, "success")
    }
}
