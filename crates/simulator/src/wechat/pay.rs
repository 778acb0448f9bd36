//! Payments of WeChat.

use super::{Fault, PARAM_ERROR, Said, WechatSimulator};
use crate::cashier::{CashierError, Payment, PaymentStatus, Transaction};
use crate::clock;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Ask {
    appid: String,
    mchid: String,
    description: String,
    out_trade_no: String,
    #[serde(default)]
    time_expire: Option<String>,
    notify_url: String,
    amount: Total,
    #[serde(default)]
    scene_info: Value,
    #[serde(default)]
    payer: Value,
}

#[derive(Deserialize)]
struct Total {
    total: i64,
    #[serde(default)]
    currency: Option<String>,
}

const NO_SUCH_ORDER: Fault = Fault(404, "ORDER_NOT_EXIST", "订单不存在");

/// How the merchant's app knows a payer: always the same for the same one.
fn openid(payer: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, payer.as_bytes());
    let hex: String = digest.as_ref().iter().take(13).map(|byte| format!("{byte:02x}")).collect();
    format!("oU{hex}")
}

impl WechatSimulator {
    /// `POST /v3/pay/transactions/{native,h5,jsapi}`.
    pub(super) fn prepare(&mut self, trade: &str, body: &[u8]) -> Said {
        let ask: Ask = serde_json::from_slice(body).map_err(|_| PARAM_ERROR)?;
        let number = (6..=32).contains(&ask.out_trade_no.len()) && ask.out_trade_no.is_ascii();
        let yuan = ask.amount.currency.as_deref().is_none_or(|currency| currency == "CNY");
        let described = (1..=127).contains(&ask.description.chars().count());
        if !number || !yuan || !described || ask.amount.total < 1 || ask.notify_url.contains('?') {
            return Err(PARAM_ERROR);
        }
        if ask.mchid != self.setup.merchant_id || ask.appid != self.setup.app_id {
            return Err(Fault(400, "APPID_MCHID_NOT_MATCH", "AppID和mch_id不匹配"));
        }
        let told = match trade {
            "h5" => ask.scene_info["payer_client_ip"].is_string() && ask.scene_info["h5_info"]["type"].is_string(),
            "jsapi" => ask.payer["openid"].is_string(),
            _ => true,
        };
        let pay_until = ask.time_expire.as_deref().map_or(Some(i64::MAX), clock::from_rfc3339);
        let (Some(pay_until), true) = (pay_until, told) else { return Err(PARAM_ERROR) };
        let opened = self.bank.open(Payment {
            no: ask.out_trade_no.clone(),
            amount_minor: ask.amount.total,
            currency: "CNY".to_owned(),
            subject: ask.description,
            return_url: String::new(),
            pay_until,
            status: PaymentStatus::Open,
            transactions: Vec::new(),
        });
        match opened.map(|payment| payment.status.clone()) {
            Ok(PaymentStatus::Open | PaymentStatus::Silent) => {}
            Ok(PaymentStatus::Paid) => return Err(Fault(400, "ORDERPAID", "订单已支付")),
            Ok(PaymentStatus::Closed | PaymentStatus::Declined) => {
                return Err(Fault(400, "ORDER_CLOSED", "订单已关闭"));
            }
            Err(CashierError::Changed) => return Err(Fault(400, "INVALID_REQUEST", "订单号重复，参数不一致")),
            Err(_) => return Err(PARAM_ERROR),
        }
        self.desk.notify.insert(ask.out_trade_no.clone(), ask.notify_url);
        let prepay = format!("wx{:034}", self.bank.serial());
        let own = &self.desk.cashier_url;
        let there = format!("{own}?no={}", ask.out_trade_no);
        Ok(match trade {
            "native" if !own.is_empty() => json!({ "code_url": there }),
            "h5" if !own.is_empty() => json!({ "h5_url": there }),
            "native" => json!({ "code_url": format!("weixin://wxpay/bizpayurl?pr={}", ask.out_trade_no) }),
            "h5" => json!({
                "h5_url": format!("https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={prepay}&package=1"),
            }),
            _ => json!({ "prepay_id": prepay }),
        })
    }

    /// `GET /v3/pay/transactions/out-trade-no/{no}`.
    pub(super) fn tell_payment(&self, no: &str) -> Said {
        let payment = self.bank.payment(no).ok_or(NO_SUCH_ORDER)?;
        Ok(self.payment_body(payment, payment.transactions.first()))
    }

    /// `POST /v3/pay/transactions/out-trade-no/{no}/close`.
    pub(super) fn close(&mut self, no: &str) -> Result<(), Fault> {
        match self.bank.close(no) {
            None => Err(NO_SUCH_ORDER),
            Some(true) => Ok(()),
            Some(false) => Err(Fault(400, "ORDERPAID", "订单已支付，不能关单")),
        }
    }

    /// A payment in WeChat's words; with a transaction, a successful one.
    pub(super) fn payment_body(&self, payment: &Payment, transaction: Option<&Transaction>) -> Value {
        let state = match (&payment.status, transaction) {
            (_, Some(t)) if self.bank.refunded(&t.channel_ref) > 0 => "REFUND",
            (_, Some(_)) => "SUCCESS",
            (PaymentStatus::Declined, None) => "PAYERROR",
            (PaymentStatus::Closed, None) => "CLOSED",
            (_, None) => "NOTPAY",
        };
        let mut body = json!({
            "appid": self.setup.app_id,
            "mchid": self.setup.merchant_id,
            "out_trade_no": payment.no,
            "trade_state": state,
            "trade_state_desc": state,
            "amount": {
                "total": payment.amount_minor, "payer_total": payment.amount_minor,
                "currency": payment.currency, "payer_currency": payment.currency,
            },
        });
        if let Some(t) = transaction {
            body["transaction_id"] = t.channel_ref.clone().into();
            body["trade_type"] = "NATIVE".into();
            body["bank_type"] = "OTHERS".into();
            body["attach"] = "".into();
            body["success_time"] = clock::rfc3339(t.at).into();
            body["payer"] = json!({ "openid": openid(&t.payer) });
        }
        body
    }
}
