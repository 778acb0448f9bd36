//! Refunds of WeChat.

use super::{Fault, PARAM_ERROR, Said, WechatSimulator};
use crate::bank::{DAY, Order, Refund, SECOND, Status, Why};
use crate::behaviour::Behaviour;
use crate::cashier::Payment;
use crate::clock;
use http::{Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// Refunds of one payment keep this far apart.
const APART: i64 = 60 * SECOND;
/// A payment can be given back for so long.
const WINDOW: i64 = 365 * DAY;
/// And are at most so many.
const MOST: usize = 50;

#[derive(Deserialize)]
struct Ask {
    #[serde(default)]
    transaction_id: String,
    #[serde(default)]
    out_trade_no: String,
    out_refund_no: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    notify_url: Option<String>,
    amount: Amount,
}

impl Ask {
    /// Of the two numbers of the payment one is enough.
    fn is_about(&self, payment_no: &str, payment_ref: &str) -> bool {
        self.transaction_id == payment_ref || self.out_trade_no == payment_no
    }
}

#[derive(Deserialize)]
struct Amount {
    refund: i64,
    total: i64,
    currency: String,
}

#[derive(Deserialize)]
struct Finish {
    out_refund_no: String,
    r#type: String,
    #[serde(default)]
    bank_type: String,
    #[serde(default)]
    bank_account: String,
    #[serde(default)]
    real_name: String,
}

const NO_SUCH_REFUND: Fault = Fault(404, "RESOURCE_NOT_EXISTS", "退款单不存在");

fn good_number(no: &str) -> bool {
    let sign = |b: u8| b.is_ascii_alphanumeric() || b"_-|*@".contains(&b);
    (1..=64).contains(&no.len()) && no.bytes().all(sign)
}

pub(super) fn refusal(why: Why) -> Fault {
    match why {
        Why::Invalid => PARAM_ERROR,
        Why::Changed => Fault(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致"),
        Why::TooMuch => Fault(400, "INVALID_REQUEST", "申请退款金额超过可退金额"),
        Why::PaymentNotFound => Fault(404, "RESOURCE_NOT_EXISTS", "订单不存在"),
        Why::AccountClosed | Why::NoSuchAccount | Why::OtherName => {
            Fault(403, "USER_ACCOUNT_ABNORMAL", "用户账户已注销，退款请求失败")
        }
        Why::Busy => Fault(429, "FREQUENCY_LIMITED", "频率超限"),
        Why::NotEnoughFunds => Fault(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起"),
        Why::Lost => Fault(500, "SYSTEM_ERROR", "系统异常"),
    }
}

/// The payer's account was closed before anything was recorded: WeChat knows of no such refund.
fn is_hidden(refund: &Refund) -> bool {
    refund.behaviour == Behaviour::Refused || refund.payee.is_some()
}

impl WechatSimulator {
    /// `POST /v3/refund/domestic/refunds`.
    pub(super) fn take_refund(&mut self, body: &[u8], now: i64) -> Option<Response<Vec<u8>>> {
        let ask: Ask = match serde_json::from_slice::<Ask>(body) {
            Ok(ask) if good_number(&ask.out_refund_no) && ask.reason.len() <= 80 && ask.amount.currency == "CNY" => ask,
            _ => return Some(self.fault(&PARAM_ERROR, now)),
        };
        let no = ask.out_refund_no.clone();
        if self.bank.refund(&no).is_none() {
            let same = |r: &&Refund| r.payee.is_none() && ask.is_about(&r.payment_no, &r.payment_ref);
            let before: Vec<i64> = self.bank.refunds().filter(same).map(|r| r.taken_at).collect();
            if before.iter().any(|at| now - at < APART) {
                return Some(self.fault(&Fault(429, "FREQUENCY_LIMITED", "同一订单的退款请求过于频繁"), now));
            }
            let old =
                |p: &Payment| p.transactions.iter().any(|t| ask.is_about(&p.no, &t.channel_ref) && now - t.at > WINDOW);
            if self.bank.payments().any(old) {
                return Some(self.fault(&Fault(400, "INVALID_REQUEST", "订单已超过可退款的最大期限"), now));
            }
            if before.len() >= MOST {
                return Some(self.fault(&Fault(400, "INVALID_REQUEST", "部分退款次数超过50次"), now));
            }
        }
        let answer = self.bank.take(
            Order {
                no: no.clone(),
                payment_no: ask.out_trade_no,
                payment_ref: ask.transaction_id,
                payee: None,
                amount_minor: ask.amount.refund,
                total_minor: Some(ask.amount.total),
                currency: ask.amount.currency,
                note: ask.reason,
            },
            now,
        );
        if let (Some(url), Some(_)) = (ask.notify_url, self.bank.refund(&no)) {
            self.desk.notify.insert(no.clone(), url);
        }
        let said = match answer.taken {
            Err(why) => Err(refusal(why)),
            Ok(_) => match self.bank.refund(&no) {
                Some(refund) if is_hidden(refund) => Err(refusal(Why::AccountClosed)),
                Some(refund) => Ok(self.refund_body(refund)),
                None => Err(NO_SUCH_REFUND),
            },
        };
        let lie = |mut body: Value| {
            body["status"] = "SUCCESS".into();
            body
        };
        self.say(answer.manner, said, lie, now)
    }

    /// `GET /v3/refund/domestic/refunds/{no}`.
    pub(super) fn tell_refund(&self, no: &str) -> Said {
        let refund = self.bank.refund(no).filter(|refund| !is_hidden(refund)).ok_or(NO_SUCH_REFUND)?;
        Ok(self.refund_body(refund))
    }

    /// `POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund`: to a card that the payer named.
    pub(super) fn finish_abnormal(&mut self, reference: &str, request: &Request<Vec<u8>>, now: i64) -> Said {
        let ask: Finish = serde_json::from_slice(request.body()).map_err(|_| PARAM_ERROR)?;
        let refund = self.bank.refund(&ask.out_refund_no).filter(|refund| refund.channel_ref == reference);
        let refund = refund.ok_or(NO_SUCH_REFUND)?;
        if refund.status != Status::Abnormal {
            return Err(Fault(400, "INVALID_REQUEST", "退款单不是异常状态"));
        }
        if ask.r#type != "USER_BANK_CARD"
            || !ask.bank_type.ends_with("_DEBIT")
            || !self.seal.is_addressed(request.headers())
        {
            return Err(PARAM_ERROR);
        }
        let (account, name) = (self.seal.open(&ask.bank_account), self.seal.open(&ask.real_name));
        let card = account.is_some_and(|card| card.len() >= 12 && card.bytes().all(|b| b.is_ascii_digit()));
        if !card || name.is_none_or(|name| name.is_empty()) {
            return Err(PARAM_ERROR);
        }
        self.bank.finish_abnormal(&ask.out_refund_no, now);
        self.tell_refund(&ask.out_refund_no)
    }

    /// A refund in WeChat's words.
    pub(super) fn refund_body(&self, refund: &Refund) -> Value {
        let total = self.bank.payment(&refund.payment_no).map_or(0, |payment| payment.amount_minor);
        let status = status(refund.status);
        let mut body = json!({
            "refund_id": refund.channel_ref,
            "out_refund_no": refund.no,
            "transaction_id": refund.payment_ref,
            "out_trade_no": refund.payment_no,
            "channel": "ORIGINAL",
            "user_received_account": "招商银行信用卡0403",
            "create_time": clock::rfc3339(refund.taken_at),
            "status": status,
            "funds_account": "AVAILABLE",
            "amount": {
                "total": total, "refund": refund.amount_minor, "payer_total": total,
                "payer_refund": refund.amount_minor, "settlement_refund": refund.amount_minor,
                "settlement_total": total, "discount_refund": 0, "currency": refund.currency,
            },
            "promotion_detail": [],
        });
        if status == "SUCCESS" {
            body["success_time"] = clock::rfc3339(refund.changed_at).into();
        }
        body
    }
}

/// WeChat's word for a state. What has arrived stays so, whatever the payer's bank does later.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Accepted => "PROCESSING",
        Status::Arrived | Status::Bounced => "SUCCESS",
        Status::Refused => "CLOSED",
        Status::Abnormal => "ABNORMAL",
        Status::Reversing => "REVERSING",
    }
}
