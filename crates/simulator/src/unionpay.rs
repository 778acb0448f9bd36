//! UnionPay's gateway as a merchant meets it: payments by a posted form, refunds, questions, callbacks, the day's file.
//! Its signatures and its file are written here a second time, on purpose: they share nothing with the client.
//!
//! What it answers comes from a [`Bank`], so that every [`Behaviour`](crate::Behaviour) is there, in UnionPay's way: a
//! refund is accepted first and asked about, a number can be used once, and what a bank sends back later is in no answer.

mod bill;
mod message;
mod news;

use crate::alipay::form::fields;
use crate::bank::{Answer, Bank, Manner, Order, SECOND, Status, Why};
use crate::behaviour::Chooser;
use crate::cashier::{Payment, PaymentStatus};
use crate::loopback::Provider;
use crate::rsa::{Signer, Verifier};
use crate::wechat::Late;
use crate::{BadSetup, page};
use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A transaction whose time is further from ours is refused.
const WINDOW: i64 = 900 * SECOND;

/// The fields of a message.
type Fields = BTreeMap<String, String>;

/// How a simulator of UnionPay is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UnionPaySetup {
    /// The merchant.
    pub merchant_id: String,
    /// The merchant's certificate (PEM).
    pub merchant_certificate: String,
    /// Its serial number, decimal.
    pub merchant_serial: String,
    /// The platform's private key (PEM).
    pub platform_key: String,
    /// The platform's certificate (PEM): sent with every message.
    pub platform_certificate: String,
    /// A private key of nobody (PEM), for forgeries.
    pub stranger_key: String,
    /// The stranger's certificate (PEM).
    pub stranger_certificate: String,
    /// How refunds behave.
    pub chooser: Chooser,
}

/// What UnionPay remembers beside the bank.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Desk {
    /// The time that belongs to a number.
    times: BTreeMap<String, String>,
    /// Where news of a number goes.
    notify: BTreeMap<String, String>,
}

/// The simulated UnionPay.
pub struct UnionPaySimulator {
    setup: UnionPaySetup,
    merchant: Verifier,
    own: Signer,
    stranger: Signer,
    desk: Desk,
    bank: Bank,
}

/// A code and a message.
struct Said(&'static str, &'static str);

const GOOD: Said = Said("00", "成功[0000000]");
const DUPLICATE: Said = Said("12", "重复交易[2010002]");
const MALFORMED: Said = Said("10", "报文格式错误[6100030]");
const NO_ORIGINAL: Said = Said("35", "原交易不存在或状态不正确[2011000]");

impl UnionPaySimulator {
    /// An empty one.
    ///
    /// # Errors
    /// Keys that cannot be read.
    pub fn new(setup: UnionPaySetup) -> Result<Self, BadSetup> {
        let bank = Bank::new("7420261122", setup.chooser);
        Self::of(setup, Desk::default(), bank)
    }

    fn of(setup: UnionPaySetup, desk: Desk, bank: Bank) -> Result<Self, BadSetup> {
        let bad = |what: &str| BadSetup(format!("the key of {what} cannot be read"));
        Ok(Self {
            merchant: Verifier::read(&setup.merchant_certificate).ok_or_else(|| bad("the merchant"))?,
            own: Signer::read(&setup.platform_key).ok_or_else(|| bad("the platform"))?,
            stranger: Signer::read(&setup.stranger_key).ok_or_else(|| bad("the stranger"))?,
            setup,
            desk,
            bank,
        })
    }

    /// Reads what [`UnionPaySimulator::save`] wrote.
    ///
    /// # Errors
    /// Text of another program, and keys that cannot be read.
    pub fn load(text: &str) -> Result<Self, BadSetup> {
        let (setup, desk, bank) = serde_json::from_str(text).map_err(|e| BadSetup(e.to_string()))?;
        Self::of(setup, desk, bank)
    }

    /// The whole state as text.
    pub fn save(&self) -> String {
        serde_json::to_string(&(&self.setup, &self.desk, &self.bank)).expect("maps with text keys are JSON")
    }

    /// Payments, refunds and books.
    pub fn bank(&self) -> &Bank {
        &self.bank
    }

    /// To pay, to script behaviours and errors of bills, to top up.
    pub fn bank_mut(&mut self) -> &mut Bank {
        &mut self.bank
    }

    /// Answers a request; `None` when the connection drops, which may be before or after it acted.
    pub fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        self.bank.advance(now);
        let path = request.uri().path();
        if path.ends_with("/cashier.css") {
            return Some(page::style());
        }
        if let (Some(no), true) =
            (request.uri().query().and_then(|q| q.strip_prefix("order=")), path.ends_with("frontTransReq.do"))
        {
            return Some(self.choose(no, request, now));
        }
        let given = fields(&String::from_utf8_lossy(request.body()));
        if request.method() != Method::POST || !self.trusts(&given) {
            return Some(self.say(&given, &Said("11", "验证签名失败[9100004]"), []));
        }
        let kind = given.get("txnType").map(String::as_str).unwrap_or_default();
        match (path, kind) {
            (path, "01") if path.ends_with("/gateway/api/frontTransReq.do") => Some(self.visit(&given, now)),
            (path, "04") if path.ends_with("/gateway/api/backTransReq.do") => self.refund(&given, now),
            (path, "00") if path.ends_with("/gateway/api/queryTrans.do") => Some(self.tell(&given)),
            (path, "76") if path.ends_with('/') => Some(self.file(&given, now)),
            _ => Some(self.say(&given, &MALFORMED, [])),
        }
    }

    /// Takes the time that belongs to a number: now, and never another one.
    fn take_time(&mut self, given: &Fields, now: i64) -> Result<(), Said> {
        let (no, time) = (get(given, "orderId").to_owned(), get(given, "txnTime"));
        let plain = (8..=40).contains(&no.len()) && no.bytes().all(|b| b.is_ascii_alphanumeric());
        let at = message::time(time).filter(|_| plain).ok_or(MALFORMED)?;
        match self.desk.times.get(&no) {
            Some(known) if known != time => return Err(DUPLICATE),
            Some(_) => {}
            None if (now - at).abs() > WINDOW => return Err(Said("10", "订单发送时间超出范围[6100036]")),
            None => {}
        }
        self.desk.times.insert(no.clone(), time.to_owned());
        self.desk.notify.insert(no, get(given, "backUrl").to_owned());
        Ok(())
    }

    fn visit(&mut self, given: &Fields, now: i64) -> Response<Vec<u8>> {
        let until = message::time(get(given, "payTimeout")).unwrap_or(now + crate::bank::HOUR);
        let payment = Payment {
            no: get(given, "orderId").to_owned(),
            amount_minor: get(given, "txnAmt").parse().unwrap_or(0),
            currency: "CNY".to_owned(),
            subject: get(given, "reqReserved").to_owned(),
            return_url: get(given, "frontUrl").to_owned(),
            pay_until: until,
            status: PaymentStatus::Open,
            transactions: Vec::new(),
        };
        if let Err(said) = self.take_time(given, now) {
            return self.say(given, &said, []);
        }
        match self.bank.open(payment) {
            Ok(payment) => page::cashier(payment, &format!("order={}", payment.no), now),
            Err(error) => page::error(error),
        }
    }

    fn choose(&mut self, no: &str, request: &Request<Vec<u8>>, now: i64) -> Response<Vec<u8>> {
        let Some(payment) = self.bank.payment(no).cloned() else { return page::plain(404, "not found") };
        page::chosen(&mut self.bank, &payment, &format!("order={no}"), request.body(), now)
    }

    fn refund(&mut self, given: &Fields, now: i64) -> Option<Response<Vec<u8>>> {
        let no = get(given, "orderId").to_owned();
        if let Err(said) = self.take_time(given, now) {
            return Some(self.say(given, &said, []));
        }
        let order = Order {
            no: no.clone(),
            payment_no: String::new(),
            payment_ref: get(given, "origQryId").to_owned(),
            payee: None,
            amount_minor: get(given, "txnAmt").parse().unwrap_or(0),
            total_minor: None,
            currency: "CNY".to_owned(),
            note: get(given, "reqReserved").to_owned(),
        };
        let Answer { taken, manner } = self.bank.take(order, now);
        let said = match taken {
            // The same message again is refused, whatever became of the first.
            Ok(false) => DUPLICATE,
            Ok(true) => match self.bank.refund(&no).map(|refund| refund.status) {
                Some(Status::Refused) => Said("60", "交易失败，详情请咨询您的发卡行[1000033]"),
                _ => GOOD,
            },
            Err(why) => refusal(why),
        };
        let query_id = self.bank.refund(&no).map(|refund| refund.channel_ref.clone()).unwrap_or_default();
        let response = match manner {
            Manner::Dropped => return None,
            Manner::SystemError => self.say(given, &Said("04", "交易状态未明[4000001]"), []),
            Manner::Unsigned => Response::new(format!("respCode=00&orderId={no}&queryId={query_id}").into_bytes()),
            Manner::Prompt => self.say(given, &said, [("queryId", query_id)]),
            Manner::Late => {
                let mut response = self.say(given, &said, [("queryId", query_id)]);
                response.extensions_mut().insert(Late);
                response
            }
        };
        Some(response)
    }

    fn tell(&self, given: &Fields) -> Response<Vec<u8>> {
        let no = get(given, "orderId");
        let missing = Said("34", "查无此交易[2600000]");
        if self.desk.times.get(no).map(String::as_str) != Some(get(given, "txnTime")) {
            return self.say(given, &missing, []);
        }
        let (kind, query_id, amount, original) = if let Some(refund) = self.bank.refund(no) {
            let original = match refund.status {
                Status::Accepted => "05",
                Status::Arrived | Status::Bounced => "00",
                Status::Refused => "60",
                Status::Abnormal => "04",
                Status::Reversing => "Z9",
            };
            ("04", refund.channel_ref.clone(), refund.amount_minor, original)
        } else if let Some(payment) = self.bank.payment(no) {
            let first = payment.transactions.first().map(|t| t.channel_ref.clone()).unwrap_or_default();
            let original = match payment.status {
                PaymentStatus::Paid => "00",
                PaymentStatus::Declined | PaymentStatus::Closed => "60",
                PaymentStatus::Open | PaymentStatus::Silent => "05",
            };
            ("01", first, payment.amount_minor, original)
        } else {
            return self.say(given, &missing, []);
        };
        let more = [
            ("origRespCode", original.to_owned()),
            ("origRespMsg", "应答".to_owned()),
            ("queryId", query_id),
            ("txnAmt", amount.to_string()),
            ("txnType", kind.to_owned()),
        ];
        self.say(given, &GOOD, more)
    }
}

fn get<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

fn refusal(why: Why) -> Said {
    match why {
        Why::Invalid => MALFORMED,
        Why::Changed => DUPLICATE,
        Why::PaymentNotFound => NO_ORIGINAL,
        Why::TooMuch => Said("36", "与原交易信息不符[2050003]"),
        Why::AccountClosed | Why::NoSuchAccount | Why::OtherName => {
            Said("60", "交易失败，详情请咨询您的发卡行[1000033]")
        }
        Why::Busy => Said("06", "系统繁忙，请稍后再提交[1000006]"),
        Why::NotEnoughFunds => Said("01", "交易失败，商户可退余额不足[2040025]"),
        Why::Lost => Said("03", "交易通讯超时[1000003]"),
    }
}

impl Provider for UnionPaySimulator {
    fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        Self::handle(self, request, now)
    }
}
