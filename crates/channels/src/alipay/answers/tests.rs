use super::*;
use serde_json::{Value, json};
use yuanlu_domain::time::Instant;

fn answer(value: Value) -> Answer {
    Answer(value)
}

fn send() -> Op {
    Op::Refund {
        no: "R1".into(),
        payment_no: "P1".into(),
        payment_ref: "T1".into(),
        amount: Money::cny(100),
        total: Money::cny(100),
        reason: "order".into(),
        since: Instant::from_micros(0),
    }
}

fn ask() -> Op {
    Op::QueryRefund {
        no: "R1".into(),
        payment_no: "P1".into(),
        payment_ref: "T1".into(),
        amount: Money::cny(100),
        since: Instant::from_micros(0),
    }
}

fn business(op: &Op, code: &str) -> &'static str {
    let answer = answer(json!({ "code": "40004", "msg": "Business Failed", "sub_code": code, "sub_msg": "x" }));
    name(&outcome(op, &answer))
}

fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Arrived { .. } => "Arrived",
        Outcome::Accepted { .. } => "Accepted",
        Outcome::Unknown { .. } => "Unknown",
        Outcome::NotFound => "NotFound",
        Outcome::RetrySameId { .. } => "RetrySameId",
        Outcome::NeedFunds { .. } => "NeedFunds",
        Outcome::FixRequest { .. } => "FixRequest",
        Outcome::OtherRoute { .. } => "OtherRoute",
        Outcome::ManualAtChannel { .. } => "ManualAtChannel",
        Outcome::Bounced { .. } => "Bounced",
    }
}

#[test]
fn every_business_code_of_a_refund_has_its_class() {
    let table = "
        ACQ.SYSTEM_ERROR Unknown
        ACQ.REFUND_CHARGE_ERROR RetrySameId
        ACQ.SELLER_BALANCE_NOT_ENOUGH NeedFunds
        ACQ.DISCORDANT_REPEAT_REQUEST FixRequest
        ACQ.REASON_TRADE_REFUND_FEE_ERR FixRequest
        ACQ.REFUND_FEE_ERROR FixRequest
        ACQ.REFUND_AMT_NOT_EQUAL_TOTAL FixRequest
        ACQ.NOT_ALLOW_PARTIAL_REFUND FixRequest
        ACQ.INVALID_PARAMETER FixRequest
        ACQ.CURRENCY_NOT_SUPPORT FixRequest
        ACQ.TRADE_HAS_FINISHED OtherRoute
        ACQ.TRADE_NOT_ALLOW_REFUND OtherRoute
        ACQ.TRADE_HAS_CLOSE OtherRoute
        ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND OtherRoute
        ACQ.REASON_TRADE_STATUS_INVALID FixRequest
        ACQ.TRADE_STATUS_ERROR FixRequest
        ACQ.TRADE_NOT_EXIST FixRequest
        ACQ.REASON_TRADE_BEEN_FREEZEN RetrySameId
        ACQ.BUYER_ERROR OtherRoute
        ACQ.BUYER_NOT_EXIST OtherRoute
        ACQ.BUYER_ENABLE_STATUS_FORBID OtherRoute
        ACQ.USER_NOT_MATCH_ERR OtherRoute
        ACQ.REFUND_ACCOUNT_NOT_EXIST OtherRoute
        ACQ.CUSTOMER_VALIDATE_ERROR OtherRoute
        ACQ.ALLOC_AMOUNT_VALIDATE_ERROR FixRequest
        ACQ.REFUNDALLOC_UNAUTH_LIMIT FixRequest
        ACQ.REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST FixRequest
        ACQ.TRADE_SETTLE_ERROR FixRequest
        ACQ.ENTERPRISE_PAY_BIZ_ERROR FixRequest
        ACQ.OVERDRAFT_AGREEMENT_NOT_MATCH FixRequest
        isv.invalid-parameter FixRequest
        ACQ.A_CODE_OF_NEXT_YEAR Unknown
    ";
    let rows: Vec<(&str, &str)> = table.lines().filter_map(|line| line.trim().split_once(' ')).collect();
    for (code, class) in &rows {
        assert_eq!(business(&send(), code), *class, "{code}");
    }
    for (code, _) in REFUND {
        assert!(rows.iter().any(|(known, _)| known.strip_prefix("ACQ.") == Some(code)), "{code} is not in the table");
    }
}

#[test]
fn every_business_code_of_a_remittance_has_its_class() {
    let op = Op::Remit {
        no: "M1".into(),
        payee: crate::Payee { account: "a@example.com".into(), name: "张三".into() },
        amount: Money::cny(100),
        reason: "order".into(),
    };
    for (code, class) in [
        ("SYSTEM_ERROR", "Unknown"),
        ("REQUEST_PROCESSING", "Unknown"),
        ("TRANS_ORDER_DEALING", "Unknown"),
        ("PAYER_BALANCE_NOT_ENOUGH", "NeedFunds"),
        ("BALANCE_IS_NOT_ENOUGH", "NeedFunds"),
        ("PAYEE_NOT_EXIST", "OtherRoute"),
        ("PAYEE_ACCOUNT_STATUS_ERROR", "OtherRoute"),
        ("PAYEE_USERINFO_ERROR", "OtherRoute"),
        ("PAYEE_CERT_INFO_ERROR", "OtherRoute"),
        ("PERMIT_CHECK_PERM_LIMITED", "OtherRoute"),
        ("EXCEED_LIMIT_DM_MAX_AMOUNT", "RetrySameId"),
        ("REP_INCONSISTENT", "FixRequest"),
        ("PAYMENT_INFO_INCONSISTENCY", "FixRequest"),
        ("INVALID_PARAMETER", "FixRequest"),
        ("A_CODE_OF_NEXT_YEAR", "Unknown"),
    ] {
        assert_eq!(business(&op, code), class, "{code}");
    }
    let query = Op::QueryRemit { no: "M1".into(), amount: Money::cny(100) };
    assert_eq!(business(&query, "ORDER_NOT_EXIST"), "NotFound");
    for (status, class) in [
        ("SUCCESS", "Arrived"),
        ("DEALING", "Accepted"),
        ("WAIT_PAY", "Accepted"),
        ("FAIL", "OtherRoute"),
        ("CLOSED", "OtherRoute"),
        ("REFUND", "Bounced"),
        ("PAUSED", "Unknown"),
        ("", "Unknown"),
    ] {
        let said = json!({ "code": "10000", "out_biz_no": "M1", "status": status, "trans_amount": "1.00" });
        assert_eq!(name(&outcome(&query, &answer(said.clone()))), class, "{status}");
        let other = Op::QueryRemit { no: "M2".into(), amount: Money::cny(100) };
        assert_eq!(name(&outcome(&other, &answer(said))), "Unknown", "{status}");
    }
}

#[test]
fn every_gateway_code_has_its_class() {
    for (code, class) in [
        ("20000", "Unknown"),
        ("20001", "FixRequest"),
        ("40001", "FixRequest"),
        ("40002", "FixRequest"),
        ("40005", "RetrySameId"),
        ("40006", "FixRequest"),
        ("99999", "Unknown"),
        ("", "Unknown"),
    ] {
        let said = json!({ "code": code, "msg": "x", "sub_code": "isp.unknow-error" });
        for op in [send(), ask()] {
            assert_eq!(name(&outcome(&op, &answer(said.clone()))), class, "{code}");
        }
    }
}

#[test]
fn moved_said_again_and_on_its_way_to_a_bank() {
    let said = |extra: Value| {
        let mut body = json!({ "code": "10000", "out_trade_no": "P1", "trade_no": "T1", "refund_fee": "9.99" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        name(&outcome(&send(), &answer(body)))
    };
    assert_eq!(said(json!({ "fund_change": "Y" })), "Arrived");
    assert_eq!(said(json!({ "fund_change": "Y", "has_deposit_back": "true" })), "Accepted");
    assert_eq!(said(json!({ "fund_change": "N" })), "Accepted");
    assert_eq!(said(json!({})), "Accepted");
    assert_eq!(said(json!({ "fund_change": "Y", "out_trade_no": "P2" })), "Unknown");
}

#[test]
fn a_question_is_answered_by_status_and_never_by_the_code_alone() {
    let said = |extra: Value| {
        let mut body = json!({ "code": "10000", "out_trade_no": "P1", "trade_no": "T1" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        name(&outcome(&ask(), &answer(body)))
    };
    let done = |extra: Value| {
        let mut body = json!({ "refund_status": "REFUND_SUCCESS", "out_request_no": "R1", "refund_amount": "1.00" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        said(body)
    };
    assert_eq!(said(json!({})), "NotFound");
    assert_eq!(done(json!({})), "Arrived");
    assert_eq!(done(json!({ "deposit_back_info": { "dback_status": "P" } })), "Accepted");
    // A bank that refuses leaves it in the payer's Alipay balance.
    assert_eq!(done(json!({ "deposit_back_info": { "dback_status": "F" } })), "Arrived");
    assert_eq!(done(json!({ "deposit_back_info": { "dback_status": "S" } })), "Arrived");
    assert_eq!(done(json!({ "refund_amount": "0.99" })), "FixRequest");
    assert_eq!(done(json!({ "out_request_no": "R2" })), "Unknown");
    assert_eq!(done(json!({ "refund_status": "REFUND_PROCESSING" })), "Accepted");
    assert_eq!(done(json!({ "refund_status": "REFUND_REVERSED" })), "Unknown");
    for (code, class) in [
        ("ACQ.SYSTEM_ERROR", "Unknown"),
        ("ACQ.INVALID_PARAMETER", "FixRequest"),
        ("ACQ.TRADE_NOT_EXIST", "FixRequest"),
    ] {
        assert_eq!(business(&ask(), code), class, "{code}");
    }
}

#[test]
fn a_closed_trade_was_paid_or_not() {
    let said = |extra: Value| {
        let mut body = json!({ "code": "10000", "out_trade_no": "P1", "trade_no": "T1", "total_amount": "1.00" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        payment(&"P1".into(), &answer(body))
    };
    let paid = PaymentWord::Succeeded { transactions: vec![("T1".into(), Money::cny(100))] };
    assert_eq!(said(json!({ "trade_status": "TRADE_SUCCESS" })), paid);
    assert_eq!(said(json!({ "trade_status": "TRADE_FINISHED" })), paid);
    assert_eq!(said(json!({ "trade_status": "TRADE_CLOSED", "send_pay_date": "2026-11-22 10:00:00" })), paid);
    assert_eq!(said(json!({ "trade_status": "TRADE_CLOSED" })), PaymentWord::NotFound);
    assert_eq!(said(json!({ "trade_status": "WAIT_BUYER_PAY" })), PaymentWord::Open);
    assert!(matches!(said(json!({ "trade_status": "TRADE_NEW" })), PaymentWord::Unknown { .. }));
    assert!(matches!(
        said(json!({ "trade_status": "TRADE_SUCCESS", "total_amount": "1.001" })),
        PaymentWord::Unknown { .. }
    ));
    assert!(matches!(
        said(json!({ "trade_status": "TRADE_SUCCESS", "out_trade_no": "P2" })),
        PaymentWord::Unknown { .. }
    ));
    let missing = answer(json!({ "code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST" }));
    assert_eq!(payment(&"P1".into(), &missing), PaymentWord::NotFound);
    assert_eq!(closing(&"P1".into(), &missing), PaymentWord::NotFound);
}
