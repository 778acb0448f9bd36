//! The client of UnionPay's gateway (5.1.0, certificates).
//!
//! A message is a form; what is signed is the SHA-256, in lower-case hexadecimal, of its fields `k=v` joined by `&`, by
//! name, not escaped. Replies and callbacks bring the certificate that signed them: whose it is, and who signed it,
//! decides whether they are believed.
//!
//! Amounts are fen. A transaction is known by number **and** time (`orderId`, `txnTime`), so the time of the first
//! sending belongs to the number and is said again with every question and every repetition. UnionPay never says when a
//! card was credited; that a refund succeeded is its last word, and the bank takes one to ten days more.

mod answers;
mod bill;
mod config;
mod sign;

pub use config::UnionPayConfig;

use crate::bill::{BillError, BillLine, BillWord};
use crate::callback::{CallbackError, Cashier, Entrance, PaymentOp, Scene, Verified};
use crate::certificates::Certificate;
use crate::rsa::PrivateKey;
use crate::settings::BadSetting;
use crate::wire::form_fields;
use crate::{BillKind, Channel, Impossible, Op, Pace, PaymentWord, Reply};
use jiff::civil::Date;
use sign::NoAnswer;
use std::fmt;
use std::io::BufRead;
use std::ops::Range;
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

const PACE: Pace = Pace { payment_gap_seconds: 1, first_question_seconds: 5, per_second: 20 };

/// The client of UnionPay.
pub struct UnionPay {
    id: ChannelId,
    merchant_id: String,
    cert_id: String,
    key: PrivateKey,
    /// Signed by the root; sign UnionPay's certificates.
    middles: Vec<Certificate>,
    signer: String,
    notify_url: String,
    base_url: String,
    file_url: String,
}

impl fmt::Debug for UnionPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnionPay").field("merchant_id", &self.merchant_id).finish_non_exhaustive()
    }
}

impl UnionPay {
    /// A client.
    ///
    /// # Errors
    /// Everything [`UnionPayConfig::check`] finds at this time.
    pub fn new(config: UnionPayConfig, now: Instant) -> Result<Self, Vec<BadSetting>> {
        let faults = config.check(now);
        let key = PrivateKey::read(config.private_key.expose());
        let own = Certificate::all(&config.certificate).and_then(|all| all.into_iter().next());
        let middles = Certificate::all(&config.middle_certificate);
        let parts = key.zip(own).zip(middles).filter(|_| faults.is_empty());
        let Some(((key, own), middles)) = parts else { return Err(faults) };
        Ok(Self {
            id: ChannelId::from("unionpay"),
            merchant_id: config.merchant_id,
            cert_id: own.serial,
            key,
            middles,
            signer: config.signer,
            notify_url: config.notify_url,
            base_url: config.base_url,
            file_url: config.file_url,
        })
    }

    fn query(&self, no: &ChannelNumber, since: Instant) -> Result<http::Request<Vec<u8>>, Impossible> {
        let fields = self.signed([
            ("txnType", "00"),
            ("txnSubType", "00"),
            ("bizType", "000000"),
            ("orderId", number(no)?),
            ("txnTime", &time(since)),
        ]);
        Ok(self.post(&format!("{}/gateway/api/queryTrans.do", self.base_url), fields))
    }
}

/// `20261122100000` in Beijing.
fn time(at: Instant) -> String {
    at.local().strftime("%Y%m%d%H%M%S").to_string()
}

fn fen(amount: Money) -> Result<String, Impossible> {
    match amount.currency() {
        Currency::Cny if amount.is_positive() && amount.minor() < 1_000_000_000_000 => Ok(amount.minor().to_string()),
        Currency::Cny => Err(Impossible::Amount),
        _ => Err(Impossible::Currency),
    }
}

/// Letters and digits; no more than the bill has room for.
fn number(no: &ChannelNumber) -> Result<&str, Impossible> {
    let good = (8..=32).contains(&no.as_str().len()) && no.as_str().bytes().all(|b| b.is_ascii_alphanumeric());
    if good { Ok(no.as_str()) } else { Err(Impossible::Number) }
}

impl Channel for UnionPay {
    fn request(&self, op: &Op, now: Instant) -> Result<http::Request<Vec<u8>>, Impossible> {
        match op {
            Op::QueryPayment { no, since, .. } | Op::QueryRefund { no, since, .. } => self.query(no, *since),
            Op::Refund { no, payment_ref, amount, reason, since, .. } => {
                if payment_ref.is_empty() || reason.len() > 1024 {
                    return Err(Impossible::Text);
                }
                let fields = self.signed([
                    ("txnType", "04"),
                    ("txnSubType", "00"),
                    ("bizType", "000201"),
                    ("channelType", "07"),
                    ("orderId", number(no)?),
                    ("txnTime", &time(*since)),
                    ("txnAmt", &fen(*amount)?),
                    ("currencyCode", "156"),
                    ("origQryId", payment_ref),
                    ("backUrl", &self.notify_url),
                    ("reqReserved", reason),
                ]);
                Ok(self.post(&format!("{}/gateway/api/backTransReq.do", self.base_url), fields))
            }
            Op::FetchBill { date, kind: BillKind::Trades } => {
                let fields = self.signed([
                    ("txnType", "76"),
                    ("txnSubType", "01"),
                    ("bizType", "000000"),
                    ("fileType", "00"),
                    ("settleDate", &date.strftime("%m%d").to_string()),
                    ("txnTime", &time(now)),
                ]);
                Ok(self.post(&format!("{}/", self.file_url), fields))
            }
            // The payment closes by itself (`payTimeout`); there is no transfer to an account, and one bill only.
            Op::Pay(_)
            | Op::ClosePayment { .. }
            | Op::Remit { .. }
            | Op::QueryRemit { .. }
            | Op::Finish { .. }
            | Op::FetchBill { kind: BillKind::Funds, .. } => Err(Impossible::NoSuchOperation),
        }
    }

    fn outcome(&self, op: &Op, reply: &Reply, now: Instant) -> Outcome {
        match self.answer(reply, now) {
            Ok(fields) => answers::outcome(op, &fields),
            // Nothing left us, so the same call may simply be made again; still under the same number.
            Err(NoAnswer::NotSent) => Outcome::RetrySameId { code: "not_sent".to_owned() },
            Err(NoAnswer::Unknown(code)) => Outcome::Unknown { code },
        }
    }

    fn payment_word(&self, op: &Op, reply: &Reply, now: Instant) -> PaymentWord {
        match (op, self.answer(reply, now)) {
            (Op::QueryPayment { no, .. }, Ok(fields)) => answers::payment(no, &fields),
            (_, Ok(_)) => PaymentWord::Unknown { code: "not_a_payment".to_owned() },
            (_, Err(NoAnswer::NotSent)) => PaymentWord::Unknown { code: "not_sent".to_owned() },
            (_, Err(NoAnswer::Unknown(code))) => PaymentWord::Unknown { code },
        }
    }

    fn bill_word(&self, op: &Op, reply: &Reply, now: Instant) -> BillWord {
        bill::word(op, self.answer(reply, now), now)
    }

    fn read_bill(
        &self,
        kind: BillKind,
        date: Date,
        file: &mut dyn BufRead,
        each: &mut dyn FnMut(BillLine),
    ) -> Result<(), BillError> {
        bill::read(kind, date, &self.merchant_id, file, each)
    }

    fn day(&self, date: Date) -> Range<Instant> {
        let end = Instant::start_of(date).plus_hours(23);
        end.plus_hours(-24)..end
    }

    fn pace(&self) -> Pace {
        PACE
    }
}

impl Entrance for UnionPay {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn cashier(&self, op: &PaymentOp, _: Instant) -> Cashier {
        let kind = match op.scene {
            Scene::Page => "07",
            Scene::Mobile => "08",
            Scene::Qr => return Cashier::Closed(Impossible::NoSuchOperation),
        };
        let (no, amount) = match (number(&op.no), fen(op.amount)) {
            (Ok(no), Ok(amount)) => (no, amount),
            (Err(why), _) | (_, Err(why)) => return Cashier::Closed(why),
        };
        let fields = self.signed([
            ("txnType", "01"),
            ("txnSubType", "01"),
            ("bizType", "000201"),
            ("channelType", kind),
            ("orderId", no),
            ("txnTime", &time(op.since)),
            ("txnAmt", &amount),
            ("currencyCode", "156"),
            ("frontUrl", &op.return_url),
            ("backUrl", &self.notify_url),
            ("payTimeout", &time(op.pay_until)),
            ("reqReserved", &op.subject),
        ]);
        let action = format!("{}/gateway/api/frontTransReq.do", self.base_url);
        Cashier::Form { action, fields: fields.into_iter().collect() }
    }

    fn callback(&self, _: &[(String, String)], body: &[u8], now: Instant) -> Result<Verified, CallbackError> {
        let fields = form_fields(body).ok_or(CallbackError::Malformed)?;
        if !["signature", "signPubKeyCert"].iter().all(|name| fields.contains_key(*name)) {
            return Err(CallbackError::Unsigned);
        }
        if !self.trusts(&fields, now) {
            return Err(CallbackError::BadSignature);
        }
        if fields.get("merId") != Some(&self.merchant_id) {
            return Err(CallbackError::NotOurs);
        }
        answers::news(&fields)
    }

    fn acknowledgement(&self) -> (u16, &'static str) {
        (200, "ok")
    }
}
