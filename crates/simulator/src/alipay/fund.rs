//! Remittances to another account.

use super::form::{fen, yuan};
use super::trade::{node, text};
use super::{AlipaySimulator, Fault, Said};
use crate::bank::{Answer, Manner, Order, Payee, Refund, Status, Why};
use crate::clock;
use serde_json::{Map, Value, json};

/// The least that is remitted.
const LEAST: i64 = 10;

impl AlipaySimulator {
    pub(super) fn transfer(&mut self, content: &Value, manner: &mut Manner, now: i64) -> Said {
        const BAD: Fault = Fault("40004", "INVALID_PARAMETER");
        let no = text(content, "out_biz_no").to_owned();
        let amount_minor = fen(text(content, "trans_amount")).filter(|fen| *fen >= LEAST).ok_or(BAD)?;
        let payee = &content["payee_info"];
        let by_login = text(payee, "identity_type") == "ALIPAY_LOGON_ID";
        let good = text(content, "product_code") == "TRANS_ACCOUNT_NO_PWD"
            && text(content, "biz_scene") == "DIRECT_TRANSFER"
            && !text(payee, "identity").is_empty()
            && !(by_login && text(payee, "name").is_empty());
        if !good {
            return Err(BAD);
        }
        let order = Order {
            no: no.clone(),
            payment_no: String::new(),
            payment_ref: String::new(),
            payee: Some(Payee { account: text(payee, "identity").into(), name: text(payee, "name").into() }),
            amount_minor,
            total_minor: None,
            currency: "CNY".to_owned(),
            note: text(content, "remark").to_owned(),
        };
        let Answer { taken, manner: how } = self.bank.take(order, now);
        *manner = how;
        taken.map_err(|why| Fault(if why == Why::Busy { "40005" } else { "40004" }, code(why)))?;
        let refund = self.bank.refund(&no).ok_or(BAD)?;
        if refund.status == Status::Refused {
            return Err(Fault("40004", "PAYEE_ACCOUNT_STATUS_ERROR"));
        }
        Ok(told(refund))
    }

    pub(super) fn tell_transfer(&self, content: &Value) -> Said {
        let refund = self.bank.refund(text(content, "out_biz_no")).filter(|refund| refund.payee.is_some());
        let refund = refund.ok_or(Fault("40004", "ORDER_NOT_EXIST"))?;
        let mut said = told(refund);
        said.insert("trans_amount".into(), json!(yuan(refund.amount_minor)));
        if refund.status == Status::Refused {
            said.insert("error_code".into(), json!("PAYEE_ACCOUNT_STATUS_ERROR"));
        }
        Ok(said)
    }
}

fn told(refund: &Refund) -> Map<String, Value> {
    let status = match refund.status {
        Status::Arrived => "SUCCESS",
        Status::Accepted | Status::Abnormal => "DEALING",
        Status::Refused => "FAIL",
        Status::Bounced => "REFUND",
        Status::Reversing => "REVERSING",
    };
    node([
        ("out_biz_no", json!(refund.no)),
        ("order_id", json!(refund.channel_ref)),
        ("pay_fund_order_id", json!(refund.channel_ref)),
        ("status", json!(status)),
        ("trans_date", json!(clock::written(refund.changed_at))),
    ])
}

fn code(why: Why) -> &'static str {
    match why {
        Why::Invalid | Why::PaymentNotFound | Why::TooMuch => "INVALID_PARAMETER",
        Why::Changed => "REP_INCONSISTENT",
        Why::AccountClosed => "PAYEE_ACCOUNT_STATUS_ERROR",
        Why::NoSuchAccount => "PAYEE_NOT_EXIST",
        Why::OtherName => "PAYEE_USERINFO_ERROR",
        Why::Busy => "isv.call-limited",
        Why::NotEnoughFunds => "PAYER_BALANCE_NOT_ENOUGH",
        Why::Lost => "SYSTEM_ERROR",
    }
}
