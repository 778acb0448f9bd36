//! What Alipay's answers mean. Decided by code, never by message; a code nobody knows is `Unknown` and asked about.

use super::sign::Answer;
use crate::callback::Cashier;
use crate::wire::code;
use crate::{CashierWord, Op, PaymentWord};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_money::{Currency, Money};

/// The class of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Unknown,
    Retry,
    NeedFunds,
    Fix,
    OtherRoute,
}

/// Codes of the gateway.
const GATEWAY: &[(&str, Class)] = &[
    ("20000", Class::Unknown),
    ("20001", Class::Fix),
    ("40001", Class::Fix),
    ("40002", Class::Fix),
    ("40005", Class::Retry),
    ("40006", Class::Fix),
];

/// Business codes of a refund, without `ACQ.`.
const REFUND: &[(&str, Class)] = &[
    ("SYSTEM_ERROR", Class::Unknown),
    ("REFUND_CHARGE_ERROR", Class::Retry),
    ("REASON_TRADE_BEEN_FREEZEN", Class::Retry),
    ("SELLER_BALANCE_NOT_ENOUGH", Class::NeedFunds),
    ("DISCORDANT_REPEAT_REQUEST", Class::Fix),
    ("REASON_TRADE_REFUND_FEE_ERR", Class::Fix),
    ("REFUND_FEE_ERROR", Class::Fix),
    ("REFUND_AMT_NOT_EQUAL_TOTAL", Class::Fix),
    ("NOT_ALLOW_PARTIAL_REFUND", Class::Fix),
    ("INVALID_PARAMETER", Class::Fix),
    ("CURRENCY_NOT_SUPPORT", Class::Fix),
    ("TRADE_HAS_FINISHED", Class::OtherRoute),
    ("TRADE_NOT_ALLOW_REFUND", Class::OtherRoute),
    ("TRADE_HAS_CLOSE", Class::OtherRoute),
    ("ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND", Class::OtherRoute),
    ("REASON_TRADE_STATUS_INVALID", Class::Fix),
    ("TRADE_STATUS_ERROR", Class::Fix),
    ("TRADE_NOT_EXIST", Class::Fix),
    ("BUYER_ERROR", Class::OtherRoute),
    ("BUYER_NOT_EXIST", Class::OtherRoute),
    ("BUYER_ENABLE_STATUS_FORBID", Class::OtherRoute),
    ("USER_NOT_MATCH_ERR", Class::OtherRoute),
    ("REFUND_ACCOUNT_NOT_EXIST", Class::OtherRoute),
    ("CUSTOMER_VALIDATE_ERROR", Class::OtherRoute),
    ("ALLOC_AMOUNT_VALIDATE_ERROR", Class::Fix),
    ("REFUNDALLOC_UNAUTH_LIMIT", Class::Fix),
    ("REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST", Class::Fix),
    ("TRADE_SETTLE_ERROR", Class::Fix),
    ("ENTERPRISE_PAY_BIZ_ERROR", Class::Fix),
];

/// Business codes of a remittance.
const REMIT: &[(&str, Class)] = &[
    ("SYSTEM_ERROR", Class::Unknown),
    ("REQUEST_PROCESSING", Class::Unknown),
    ("TRANS_ORDER_DEALING", Class::Unknown),
    ("PAYER_BALANCE_NOT_ENOUGH", Class::NeedFunds),
    ("BALANCE_IS_NOT_ENOUGH", Class::NeedFunds),
    ("PAYEE_NOT_EXIST", Class::OtherRoute),
    ("PAYEE_ACCOUNT_STATUS_ERROR", Class::OtherRoute),
    ("PAYEE_USERINFO_ERROR", Class::OtherRoute),
    ("PAYEE_CERT_INFO_ERROR", Class::OtherRoute),
    ("PERMIT_CHECK_PERM_LIMITED", Class::OtherRoute),
    ("REP_INCONSISTENT", Class::Fix),
    ("PAYMENT_INFO_INCONSISTENCY", Class::Fix),
    ("INVALID_PARAMETER", Class::Fix),
];

/// Business codes of a question about a refund.
const QUERY: &[(&str, Class)] =
    &[("SYSTEM_ERROR", Class::Unknown), ("INVALID_PARAMETER", Class::Fix), ("TRADE_NOT_EXIST", Class::Fix)];

fn class(answer: &Answer, business: &[(&str, Class)]) -> Class {
    let look =
        |table: &[(&str, Class)], key: &str| table.iter().find(|(name, _)| *name == key).map(|(_, class)| *class);
    if answer.text("code") != "40004" {
        return look(GATEWAY, answer.text("code")).unwrap_or(Class::Unknown);
    }
    let sub = answer.text("sub_code");
    let name = sub.strip_prefix("ACQ.").unwrap_or(sub);
    let family = match name {
        _ if name.starts_with("OVERDRAFT_") => Some(Class::Fix),
        _ if name.starts_with("EXCEED_LIMIT_") => Some(Class::Retry),
        _ if name.starts_with("isv.") => Some(Class::Fix),
        _ => None,
    };
    look(business, name).or(family).unwrap_or(Class::Unknown)
}

fn error(answer: &Answer, business: &[(&str, Class)]) -> Outcome {
    let code = code(answer.sub_code());
    match class(answer, business) {
        Class::Unknown => Outcome::Unknown { code },
        Class::Retry => Outcome::RetrySameId { code },
        Class::NeedFunds => Outcome::NeedFunds { code },
        Class::Fix => Outcome::FixRequest { code },
        Class::OtherRoute => Outcome::OtherRoute { code },
    }
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown { code: code.to_owned() }
}

/// The gateway calls the question itself wrong.
pub(super) fn is_ours_to_fix(answer: &Answer) -> bool {
    class(answer, QUERY) == Class::Fix
}

/// Yuan with two decimals, as a sum above nothing.
pub(super) fn money(text: &str) -> Option<Money> {
    Money::parse(text, Currency::Cny).ok().filter(|money| money.is_positive())
}

/// What an answer to a refund, a remittance or a question about one means.
pub(super) fn outcome(op: &Op, answer: &Answer) -> Outcome {
    match op {
        Op::Refund { payment_no, .. } if answer.is_ok() => refund(answer, payment_no),
        Op::Refund { .. } => error(answer, REFUND),
        Op::QueryRefund { no, amount, .. } if answer.is_ok() => refund_state(answer, no, *amount),
        Op::QueryRefund { .. } => error(answer, QUERY),
        Op::Remit { no, .. } if answer.is_ok() => remittance(answer, no),
        Op::Remit { .. } => error(answer, REMIT),
        Op::QueryRemit { no, amount } if answer.is_ok() => match money(answer.text("trans_amount")) {
            Some(other) if other != *amount => Outcome::FixRequest { code: "other_amount".to_owned() },
            _ => remittance(answer, no),
        },
        Op::QueryRemit { .. } if answer.sub_code() == "ORDER_NOT_EXIST" => Outcome::NotFound,
        Op::QueryRemit { .. } => error(answer, REMIT),
        Op::Pay(_) | Op::QueryPayment { .. } | Op::ClosePayment { .. } | Op::Finish { .. } | Op::FetchBill { .. } => {
            Outcome::FixRequest { code: "not_a_refund".to_owned() }
        }
    }
}

/// `refund_fee` is all that was given back of the trade so far, so it says nothing about this refund.
fn refund(answer: &Answer, payment_no: &ChannelNumber) -> Outcome {
    if answer.text("out_trade_no") != payment_no.as_str() {
        return unknown("other_number");
    }
    let channel_ref = answer.text("trade_no").to_owned();
    let to_a_bank = answer.text("has_deposit_back") == "true";
    match answer.text("fund_change") {
        "Y" if !to_a_bank => Outcome::Arrived { channel_ref },
        // Said before, still on its way, or left for a bank: asking tells.
        _ => Outcome::Accepted { channel_ref },
    }
}

fn refund_state(answer: &Answer, no: &ChannelNumber, amount: Money) -> Outcome {
    let status = answer.text("refund_status");
    if status.is_empty() {
        // Never received, failed, or not done yet; in each case the same number may be sent again.
        return Outcome::NotFound;
    }
    if answer.text("out_request_no") != no.as_str() {
        return unknown("other_number");
    }
    let channel_ref = answer.text("trade_no").to_owned();
    match status {
        "REFUND_SUCCESS" | "REFUND_PROCESSING" if money(answer.text("refund_amount")) != Some(amount) => {
            Outcome::FixRequest { code: "other_amount".to_owned() }
        }
        "REFUND_PROCESSING" => Outcome::Accepted { channel_ref },
        "REFUND_SUCCESS" => match deposit_back(answer) {
            // With the bank still. If the bank refuses, the payer has it in the Alipay balance.
            "P" => Outcome::Accepted { channel_ref },
            _ => Outcome::Arrived { channel_ref },
        },
        other => unknown(&format!("status_{}", code(other))),
    }
}

fn deposit_back(answer: &Answer) -> &str {
    let info = answer.0.get("deposit_back_info");
    info.and_then(|info| info.get("dback_status")).and_then(serde_json::Value::as_str).unwrap_or_default()
}

fn remittance(answer: &Answer, no: &ChannelNumber) -> Outcome {
    if answer.text("out_biz_no") != no.as_str() {
        return unknown("other_number");
    }
    let channel_ref = answer.text("order_id").to_owned();
    let why = || match (answer.text("error_code"), answer.text("status")) {
        ("", status) => code(status),
        (error, _) => code(error),
    };
    match answer.text("status") {
        "SUCCESS" => Outcome::Arrived { channel_ref },
        "DEALING" | "WAIT_PAY" => Outcome::Accepted { channel_ref },
        "FAIL" | "CLOSED" => Outcome::OtherRoute { code: why() },
        "REFUND" => Outcome::Bounced { code: why() },
        "" => unknown("unreadable"),
        other => unknown(&format!("status_{}", code(other))),
    }
}

/// What an answer to a question about a payment means.
pub(super) fn payment(no: &ChannelNumber, answer: &Answer) -> PaymentWord {
    let unknown = |code: String| PaymentWord::Unknown { code };
    if !answer.is_ok() {
        let sub = answer.sub_code();
        return if sub == "ACQ.TRADE_NOT_EXIST" { PaymentWord::NotFound } else { unknown(code(sub)) };
    }
    if answer.text("out_trade_no") != no.as_str() {
        return unknown("other_number".to_owned());
    }
    let paid = || match money(answer.text("total_amount")) {
        Some(amount) if !answer.text("trade_no").is_empty() => {
            PaymentWord::Succeeded { transactions: vec![(answer.text("trade_no").to_owned(), amount)] }
        }
        _ => unknown("unreadable".to_owned()),
    };
    match answer.text("trade_status") {
        "WAIT_BUYER_PAY" => PaymentWord::Open,
        "TRADE_SUCCESS" | "TRADE_FINISHED" => paid(),
        // Closed unpaid, or paid and given back in full: only the time of payment tells.
        "TRADE_CLOSED" if answer.text("send_pay_date").is_empty() => PaymentWord::NotFound,
        "TRADE_CLOSED" => paid(),
        status => unknown(format!("status_{}", code(status))),
    }
}

/// The payer of a payment that was made: his number at Alipay, or the app's name for him. A login is masked and names
/// nobody.
pub(super) fn payer(no: &ChannelNumber, answer: &Answer) -> Option<String> {
    let paid = matches!(payment(no, answer), PaymentWord::Succeeded { .. });
    let named = ["buyer_user_id", "buyer_open_id"].map(|name| answer.text(name));
    named.into_iter().find(|payer| paid && !payer.is_empty()).map(str::to_owned)
}

/// What an answer to closing a payment means.
pub(super) fn closing(no: &ChannelNumber, answer: &Answer) -> PaymentWord {
    let sub = answer.sub_code();
    if sub == "ACQ.TRADE_NOT_EXIST" || (answer.is_ok() && answer.text("out_trade_no") == no.as_str()) {
        return PaymentWord::NotFound;
    }
    PaymentWord::Unknown { code: code(sub) }
}

/// What an answer to preparing a code to scan means.
pub(super) fn cashier(no: &ChannelNumber, answer: &Answer) -> CashierWord {
    if !answer.is_ok() {
        let code = code(answer.sub_code());
        return match class(answer, QUERY) {
            Class::Unknown | Class::Retry => CashierWord::Unknown { code },
            Class::Fix | Class::NeedFunds | Class::OtherRoute => CashierWord::Refused { code },
        };
    }
    match (answer.text("out_trade_no") == no.as_str(), answer.text("qr_code")) {
        (true, qr) if !qr.is_empty() => CashierWord::Ready(Cashier::Qr(qr.to_owned()), None),
        _ => CashierWord::Unknown { code: "unreadable".to_owned() },
    }
}

#[cfg(test)]
mod tests;
