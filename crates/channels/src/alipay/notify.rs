//! What Alipay posts to us: payments, refunds (which look like payments) and money on its way back from a bank.

use super::Alipay;
use super::answers::money;
use super::sign::signed_text;
use crate::callback::{CallbackError, Verified};
use crate::wire::{code, form_fields};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;

/// Fields that are no part of the signed text.
const UNSIGNED: [&str; 2] = ["sign", "sign_type"];

/// The payer whom a verified callback of a payment names: his number at Alipay, or the app's name for him.
pub(super) fn payer(body: &[u8]) -> Option<String> {
    let fields = form_fields(body)?;
    let refund = ["refund_fee", "gmt_refund", "out_biz_no"].iter().any(|name| fields.contains_key(*name));
    let paid = fields.get("trade_status").is_some_and(|status| status.starts_with("TRADE_")) && !refund;
    let named = ["buyer_id", "buyer_open_id"].iter().filter_map(|name| fields.get(*name));
    named.filter(|_| paid).find(|payer| !payer.is_empty()).cloned()
}

impl Alipay {
    /// Verifies a callback, then reads it. Alipay signs no time, so an old one is as good as a new one: whoever applies
    /// it must not mind hearing it twice.
    pub(super) fn read_callback(&self, body: &[u8], now: Instant) -> Result<Verified, CallbackError> {
        let fields = form_fields(body).ok_or(CallbackError::Malformed)?;
        let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        if get("sign").is_empty() || get("sign_type") != "RSA2" {
            return Err(CallbackError::Unsigned);
        }
        let signed = |empty_too: bool| {
            let kept = fields
                .iter()
                .filter(|(name, value)| !UNSIGNED.contains(&name.as_str()) && (empty_too || !value.is_empty()));
            signed_text(kept.map(|(name, value)| (name.as_str(), value.as_str())))
        };
        // Implementations differ on whether empty values are signed.
        let good = [true, false].into_iter().any(|empty| self.alipay_key.verify(signed(empty).as_bytes(), get("sign")));
        if !good || !self.counts(now) {
            return Err(CallbackError::BadSignature);
        }
        let seller = get("seller_id");
        let other_seller = !self.seller_id.is_empty() && !seller.is_empty() && seller != self.seller_id;
        if get("app_id") != self.app_id || other_seller {
            return Err(CallbackError::NotOurs);
        }
        if get("msg_method") == "alipay.merchant.tradecomplain.changed" {
            let content: serde_json::Value =
                serde_json::from_str(get("biz_content")).map_err(|_| CallbackError::Malformed)?;
            let number = content.get("complain_event_id").and_then(serde_json::Value::as_str);
            return number
                .map(|number| Verified::Complaint { number: number.to_owned() })
                .ok_or(CallbackError::Malformed);
        }
        if !get("msg_method").is_empty() {
            return Ok(Verified::Other { about: code(get("msg_method")) });
        }
        let no = ChannelNumber::new(get("out_trade_no"));
        let channel_ref = get("trade_no").to_owned();
        if no.as_str().is_empty() || channel_ref.is_empty() {
            return Err(CallbackError::Malformed);
        }
        // A refund says the trade's state too, and must never pass for a payment. It says how much was given back of
        // the trade so far, not how much this refund was.
        if ["refund_fee", "gmt_refund", "out_biz_no"].into_iter().any(|name| !get(name).is_empty()) {
            return match get("out_biz_no") {
                "" => Ok(Verified::Other { about: "refund_without_number".to_owned() }),
                refund => Ok(Verified::RefundStirred { no: ChannelNumber::new(refund), channel_ref }),
            };
        }
        match get("trade_status") {
            "TRADE_SUCCESS" | "TRADE_FINISHED" => {
                let amount = money(get("total_amount")).ok_or(CallbackError::Malformed)?;
                Ok(Verified::PaymentSucceeded { no, channel_ref, amount })
            }
            "" => Err(CallbackError::Malformed),
            status => Ok(Verified::Other { about: format!("trade_{}", code(status)) }),
        }
    }
}
