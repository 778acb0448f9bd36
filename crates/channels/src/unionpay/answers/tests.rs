use super::*;
use yuanlu_domain::time::Instant;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn send() -> Op {
    Op::Refund {
        no: "YL7Q261122R1".into(),
        payment_no: "P1".into(),
        payment_ref: "Q1".into(),
        amount: Money::cny(100),
        total: Money::cny(100),
        reason: "order".into(),
        since: Instant::from_micros(0),
    }
}

fn ask() -> Op {
    Op::QueryRefund {
        no: "YL7Q261122R1".into(),
        payment_no: "P1".into(),
        payment_ref: "Q1".into(),
        amount: Money::cny(100),
        since: Instant::from_micros(0),
    }
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

/// Code; what it means of a refund that was sent, of a question, of the refund that was asked about.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("00", "Accepted", "Unknown", "Arrived"),
    ("A6", "Accepted", "Unknown", "Arrived"),
    ("01", "FixRequest", "FixRequest", "FixRequest"),
    ("02", "RetrySameId", "RetrySameId", "RetrySameId"),
    ("03", "Unknown", "Unknown", "Unknown"),
    ("04", "Unknown", "Unknown", "Unknown"),
    ("05", "Unknown", "Unknown", "Unknown"),
    ("06", "RetrySameId", "RetrySameId", "RetrySameId"),
    ("10", "FixRequest", "FixRequest", "FixRequest"),
    ("11", "FixRequest", "FixRequest", "FixRequest"),
    ("12", "Unknown", "Unknown", "Unknown"),
    ("13", "FixRequest", "FixRequest", "FixRequest"),
    ("30", "OtherRoute", "Unknown", "OtherRoute"),
    ("31", "FixRequest", "FixRequest", "FixRequest"),
    ("32", "FixRequest", "FixRequest", "FixRequest"),
    ("33", "FixRequest", "FixRequest", "FixRequest"),
    ("34", "FixRequest", "NotFound", "NotFound"),
    ("35", "FixRequest", "FixRequest", "FixRequest"),
    ("36", "FixRequest", "FixRequest", "FixRequest"),
    ("37", "RetrySameId", "RetrySameId", "RetrySameId"),
    ("38", "FixRequest", "FixRequest", "FixRequest"),
    ("39", "RetrySameId", "RetrySameId", "RetrySameId"),
    ("43", "FixRequest", "FixRequest", "FixRequest"),
    ("44", "OtherRoute", "Unknown", "OtherRoute"),
    ("60", "OtherRoute", "Unknown", "OtherRoute"),
    ("61", "OtherRoute", "Unknown", "OtherRoute"),
    ("62", "OtherRoute", "Unknown", "OtherRoute"),
    ("63", "OtherRoute", "Unknown", "OtherRoute"),
    ("68", "OtherRoute", "Unknown", "OtherRoute"),
    ("ZZ", "Unknown", "Unknown", "Unknown"),
    ("", "Unknown", "Unknown", "Unknown"),
];

#[test]
fn every_code_has_its_class() {
    for (code, sent, asked, original) in TABLE {
        let said = [("orderId", "YL7Q261122R1"), ("queryId", "Q2"), ("txnAmt", "100"), ("respCode", code)];
        assert_eq!(name(&outcome(&send(), &fields(&said))), *sent, "sent {code}");
        assert_eq!(name(&outcome(&ask(), &fields(&said))), *asked, "asked {code}");
        let mut of = said.to_vec();
        of[3] = ("respCode", "00");
        of.push(("origRespCode", code));
        assert_eq!(name(&outcome(&ask(), &fields(&of))), *original, "of {code}");
    }
    for (code, _) in CODES {
        assert!(TABLE.iter().any(|(known, ..)| known == code), "{code} is not in the table");
    }
}

#[test]
fn numbers_in_the_message_say_more_than_the_code() {
    for (message, class) in [
        ("重复交易[2010002]", "Unknown"),
        ("原交易不存在或状态不正确[2011000]", "FixRequest"),
        ("超过退货期限[4040007]", "OtherRoute"),
    ] {
        let said = [("orderId", "YL7Q261122R1"), ("respCode", "99"), ("respMsg", message)];
        assert_eq!(name(&outcome(&send(), &fields(&said))), class, "{message}");
    }
}

#[test]
fn another_number_or_sum_is_not_ours() {
    let good = [("orderId", "YL7Q261122R1"), ("respCode", "00"), ("origRespCode", "00"), ("txnAmt", "100")];
    let with = |at: usize, value| {
        let mut changed = good;
        changed[at].1 = value;
        name(&outcome(&ask(), &fields(&changed)))
    };
    assert_eq!(with(0, "YL7Q261122R1"), "Arrived");
    assert_eq!(with(0, "YL7Q261122R2"), "Unknown");
    assert_eq!(with(3, "101"), "FixRequest");
    assert_eq!(with(3, ""), "Unknown");
    assert_eq!(with(3, "+100"), "Unknown");
    assert_eq!(name(&outcome(&send(), &fields(&good[1..]))), "Unknown");
}

#[test]
fn payments_are_paid_open_declined_or_unheard_of() {
    let said = |pairs: &[(&str, &str)]| {
        let mut all = fields(&[("orderId", "P1"), ("queryId", "Q1"), ("txnAmt", "100"), ("respCode", "00")]);
        all.extend(fields(pairs));
        payment(&"P1".into(), &all)
    };
    let paid = PaymentWord::Succeeded { transactions: vec![("Q1".into(), Money::cny(100))] };
    assert_eq!(said(&[("origRespCode", "00")]), paid);
    assert_eq!(said(&[("origRespCode", "05")]), PaymentWord::Open);
    assert_eq!(said(&[("origRespCode", "61")]), PaymentWord::Declined { code: "resp_61".into() });
    assert_eq!(said(&[("respCode", "34")]), PaymentWord::NotFound);
    assert!(matches!(said(&[("respCode", "11")]), PaymentWord::Unknown { .. }));
    assert!(matches!(said(&[("origRespCode", "00"), ("txnAmt", "0")]), PaymentWord::Unknown { .. }));
    assert!(matches!(said(&[("orderId", "P2"), ("origRespCode", "00")]), PaymentWord::Unknown { .. }));
}
