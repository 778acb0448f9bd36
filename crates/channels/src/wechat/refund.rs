//! Refunds of WeChat, and those that got stuck on their way.

use super::answer::{Answer, error_outcome};
use super::{WechatChannel, cut, fen, fitting};
use crate::wire::{code, percent};
use crate::{Impossible, Op};
use http::{Method, Request};
use serde::Deserialize;
use serde_json::json;
use std::fmt;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

pub(super) const PATH: &str = "/v3/refund/domestic/refunds";

/// A debit card of the payer that an abnormal refund is to go to. Personal data: shown by no `Debug`.
///
/// WeChat would also send the money back to us, and then call the refund `SUCCESS` although the payer has nothing; that
/// is not offered.
#[derive(Clone, PartialEq, Eq)]
pub struct AbnormalTo {
    /// The bank, by its Chinese name or by WeChat's: `工商银行`, `ICBC_DEBIT`.
    pub bank: String,
    /// The card's number.
    pub account: String,
    /// The name on it, which WeChat compares with the payer's.
    pub name: String,
}

impl fmt::Debug for AbnormalTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AbnormalTo")
    }
}

/// The banks whose debit cards take an abnormal refund: WeChat's name, and what people call them.
const BANKS: [(&str, &[&str]); 15] = [
    ("ICBC_DEBIT", &["工商银行", "工行"]),
    ("ABC_DEBIT", &["农业银行", "农行"]),
    ("BOC_DEBIT", &["中国银行", "中行"]),
    ("CCB_DEBIT", &["建设银行", "建行"]),
    ("COMM_DEBIT", &["交通银行", "交行"]),
    ("CMB_DEBIT", &["招商银行", "招行"]),
    ("PSBC_DEBIT", &["邮储银行", "邮政储蓄"]),
    ("SPDB_DEBIT", &["浦发银行", "浦东发展"]),
    ("CITIC_DEBIT", &["中信银行"]),
    ("CEB_DEBIT", &["光大银行"]),
    ("CMBC_DEBIT", &["民生银行"]),
    ("CIB_DEBIT", &["兴业银行"]),
    ("PAB_DEBIT", &["平安银行"]),
    ("GDB_DEBIT", &["广发银行"]),
    ("NBCB_DEBIT", &["宁波银行"]),
];

/// WeChat's name of a bank, if its cards can be sent to.
fn debit_bank(name: &str) -> Option<&'static str> {
    let known = |(code, names): &&(&str, &[&str])| *code == name || names.iter().any(|known| name.contains(known));
    BANKS.iter().find(known).map(|(code, _)| *code)
}

impl WechatChannel {
    pub(super) fn refund_request(&self, op: &Op, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        let Op::Refund { no, payment_ref, amount, total, reason, .. } = op else {
            return Err(Impossible::NoSuchOperation);
        };
        let (refund, total) = (fen(*amount)?, fen(*total)?);
        if refund > total {
            return Err(Impossible::Amount);
        }
        if !(1..=32).contains(&payment_ref.len()) || !payment_ref.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(Impossible::Number);
        }
        let body = json!({
            "transaction_id": payment_ref,
            "out_refund_no": fitting(no)?,
            "reason": cut(reason, 80),
            "notify_url": self.config.notify_url,
            "amount": { "refund": refund, "total": total, "currency": "CNY" },
        });
        self.post(PATH, &body, now)
    }

    /// Sends an abnormal refund on, under its own number. `refund_ref` is WeChat's number of it; the answer is read
    /// like one to [`Op::QueryRefund`].
    ///
    /// # Errors
    /// Numbers and texts that WeChat does not take.
    pub fn finish_abnormal(
        &self,
        no: &ChannelNumber,
        refund_ref: &str,
        to: &AbnormalTo,
        now: Instant,
    ) -> Result<Request<Vec<u8>>, Impossible> {
        let number = fitting(no)?;
        let bank = debit_bank(&to.bank).ok_or(Impossible::Text)?;
        let hide = |field: &str, plain: &str| {
            self.keys.encrypt(plain, &format!("{number} {field}"), now).ok_or(Impossible::Text)
        };
        let body = json!({
            "out_refund_no": number,
            "type": "USER_BANK_CARD",
            "bank_type": bank,
            "bank_account": hide("bank_account", &to.account)?,
            "real_name": hide("real_name", &to.name)?,
        });
        let url = self.url(&format!("{PATH}/{}/apply-abnormal-refund", percent(refund_ref)))?;
        Ok(self.keys.request(Method::POST, &url, body.to_string().into_bytes(), true, now))
    }
}

/// A refund as WeChat describes it. The answer calls its state `status`, the callback `refund_status`.
#[derive(Deserialize)]
pub(super) struct RefundBody {
    pub(super) out_refund_no: String,
    refund_id: String,
    #[serde(alias = "refund_status")]
    status: String,
    amount: AmountBody,
}

#[derive(Deserialize)]
struct AmountBody {
    refund: i64,
    #[serde(default)]
    currency: Option<String>,
}

impl RefundBody {
    /// How much it is for; callbacks name no currency and mean yuan.
    pub(super) fn amount(&self) -> Option<Money> {
        let yuan = self.amount.currency.as_deref().is_none_or(|currency| currency == "CNY");
        (yuan && self.amount.refund > 0).then(|| Money::new(self.amount.refund, Currency::Cny))
    }

    pub(super) fn outcome(self) -> Outcome {
        let channel_ref = self.refund_id;
        match self.status.as_str() {
            "SUCCESS" => Outcome::Arrived { channel_ref },
            "PROCESSING" => Outcome::Accepted { channel_ref },
            // Given up by WeChat for good, and unpaid: another number, or another way.
            "CLOSED" => Outcome::OtherRoute { code: "CLOSED".to_owned() },
            "ABNORMAL" => Outcome::ManualAtChannel { code: "ABNORMAL".to_owned() },
            status => Outcome::Unknown { code: format!("status_{}", code(status)) },
        }
    }
}

pub(super) fn outcome(answer: Answer<'_>, no: &ChannelNumber, amount: Money, asked: bool) -> Outcome {
    let unknown = |code: &str| Outcome::Unknown { code: code.to_owned() };
    match answer {
        Answer::Nothing(outcome) => outcome,
        Answer::Error { status, code } => error_outcome(status, code, asked),
        Answer::Done(bytes) => match serde_json::from_slice::<RefundBody>(bytes) {
            Err(_) => unknown("unreadable"),
            Ok(body) if body.out_refund_no != no.as_str() => unknown("other_number"),
            Ok(body) if body.amount() != Some(amount) => Outcome::FixRequest { code: "other_amount".to_owned() },
            Ok(body) => body.outcome(),
        },
    }
}
