//! Callbacks of WeChat: an envelope around an encrypted resource.

use super::pay::PaymentBody;
use super::refund::RefundBody;
use super::sign::Keys;
use super::transfer::TransferBody;
use crate::callback::{CallbackError, Verified};
use crate::wire::code;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use yuanlu_domain::ids::ChannelNumber;

#[derive(Deserialize)]
struct Envelope {
    event_type: String,
    resource: Resource,
}

#[derive(Deserialize)]
struct Resource {
    algorithm: String,
    ciphertext: String,
    nonce: String,
    #[serde(default)]
    associated_data: Option<String>,
}

/// Whose news it is; refunds and payments say `mchid`, transfers `mch_id`.
#[derive(Deserialize)]
struct Addressee {
    #[serde(alias = "mch_id", alias = "sp_mchid")]
    mchid: String,
}

/// News of a complaint: which one, and nothing that could be believed without asking.
#[derive(Deserialize)]
struct ComplaintNews {
    complaint_id: String,
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CallbackError> {
    serde_json::from_slice(bytes).map_err(|_| CallbackError::Malformed)
}

/// Reads a callback whose signature was verified.
pub(super) fn read(keys: &Keys, merchant_id: &str, body: &[u8]) -> Result<Verified, CallbackError> {
    let Envelope { event_type, resource } = parsed(body)?;
    if resource.algorithm != "AEAD_AES_256_GCM" {
        return Err(CallbackError::Malformed);
    }
    let associated = resource.associated_data.unwrap_or_default();
    // The envelope names no merchant: what our key does not open is another's.
    let plain = keys.open(&resource.ciphertext, &resource.nonce, &associated).ok_or(CallbackError::NotOurs)?;
    let known = ["TRANSACTION.SUCCESS", "MCHTRANSFER.BILL.FINISHED"].contains(&event_type.as_str())
        || event_type.starts_with("REFUND.");
    if event_type.starts_with("COMPLAINT.") {
        return Ok(Verified::Complaint { number: parsed::<ComplaintNews>(&plain)?.complaint_id });
    }
    if !known {
        return Ok(Verified::Other { about: code(&event_type) });
    }
    if parsed::<Addressee>(&plain)?.mchid != merchant_id {
        return Err(CallbackError::NotOurs);
    }
    match event_type.as_str() {
        "TRANSACTION.SUCCESS" => payment(parsed(&plain)?),
        "MCHTRANSFER.BILL.FINISHED" => {
            let body: TransferBody = parsed(&plain)?;
            let amount = body.amount().ok_or(CallbackError::Malformed)?;
            Ok(Verified::Refund { no: ChannelNumber::new(body.out_bill_no.clone()), amount, outcome: body.outcome() })
        }
        _ => {
            let body: RefundBody = parsed(&plain)?;
            let amount = body.amount().ok_or(CallbackError::Malformed)?;
            Ok(Verified::Refund { no: ChannelNumber::new(body.out_refund_no.clone()), amount, outcome: body.outcome() })
        }
    }
}

/// The payer whom a verified callback of a payment names.
pub(super) fn payer(keys: &Keys, merchant_id: &str, body: &[u8]) -> Option<String> {
    let Envelope { event_type, resource } = parsed(body).ok()?;
    let associated = resource.associated_data.unwrap_or_default();
    let plain = keys.open(&resource.ciphertext, &resource.nonce, &associated)?;
    let body: PaymentBody = parsed(&plain).ok().filter(|_| event_type == "TRANSACTION.SUCCESS")?;
    if body.mchid == merchant_id { body.payer() } else { None }
}

fn payment(body: PaymentBody) -> Result<Verified, CallbackError> {
    if body.trade_state != "SUCCESS" {
        return Ok(Verified::Other { about: format!("payment_{}", code(&body.trade_state)) });
    }
    let amount = body.amount().filter(|_| !body.transaction_id.is_empty()).ok_or(CallbackError::Malformed)?;
    let no = ChannelNumber::new(body.out_trade_no);
    Ok(Verified::PaymentSucceeded { no, channel_ref: body.transaction_id, amount })
}
