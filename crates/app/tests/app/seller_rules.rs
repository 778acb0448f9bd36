//! Rules by which a seller agrees by himself, answers to many cases, and what he has before him today (S08).

use super::house::{House, case_id};
use yuanlu_app::AppError;
use yuanlu_app::inputs::{BulkAnswerInput, Page, SellerRuleInput};
use yuanlu_domain::ids::ProductId;

fn rule(most: &str, reasons: &[&str]) -> SellerRuleInput {
    SellerRuleInput { most: most.to_owned(), reasons: reasons.iter().map(|r| (*r).to_owned()).collect(), product: None }
}

#[test]
fn what_a_rule_agrees_to_is_refunded_at_once_in_the_sellers_name() {
    let house = House::new("seller-rule");
    let product = house.card("A1A1-1111\nB2B2-2222\nC3C3-3333\nD4D4-4444\n");
    for (input, field) in [
        (rule("0", &["not_as_described"]), "most"),
        (rule("100", &[]), "reasons"),
        (rule("100", &["whim"]), "reasons"),
        (SellerRuleInput { product: Some("p0".to_owned()), ..rule("100", &["not_as_described"]) }, "product"),
    ] {
        match house.app.add_seller_rule(&house.seller, &input) {
            Err(AppError::Invalid { field: wrong, .. }) => assert_eq!(wrong, field),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(
        house.app.add_seller_rule(&house.buyer, &rule("1", &["late_delivery"])),
        Err(AppError::Forbidden)
    ));
    // Too small: the seller is asked as ever.
    let small = house.app.add_seller_rule(&house.seller, &rule("99.98", &["not_as_described"])).unwrap();
    let asked = house.apply(&house.buyer, &house.buy(&product, 1), "not_as_described").unwrap();
    assert_eq!(asked.summary.state, "awaiting_seller");
    let rules =
        house.app.add_seller_rule(&house.seller, &rule("99.99", &["not_as_described", "late_delivery"])).unwrap();
    assert_eq!(rules.len(), 2);
    let wide = &rules.iter().find(|rule| rule.rule != small[0].rule).unwrap().rule;
    let agreed = house.apply(&house.buyer, &house.buy(&product, 1), "not_as_described").unwrap();
    let decision = agreed.decision.clone().unwrap();
    assert_eq!((decision.by, decision.row.as_str()), ("seller_rule", wide.as_str()));
    assert_eq!(agreed.summary.approved.text, "99.99");
    // Another reason, and then an ended rule: asked again.
    let other = house.apply(&house.buyer, &house.buy(&product, 1), "invalid_code").unwrap();
    assert_ne!(other.decision.map(|d| d.by), Some("seller_rule"));
    for standing in [wide, &small[0].rule] {
        house.app.end_seller_rule(&house.seller, standing).unwrap();
    }
    assert_eq!(house.app.end_seller_rule(&house.seller, &rules[0].rule), Err(AppError::Conflict));
    let after = house.apply(&house.buyer, &house.buy(&product, 1), "not_as_described").unwrap();
    assert_eq!(after.summary.state, "awaiting_seller");
    let report = yuanlu_storage::verify::verify(house.app.db(), None, |_| {}).unwrap();
    assert_eq!(report.differences, []);
}

#[test]
fn many_cases_are_answered_and_what_fails_is_named() {
    let house = House::new("seller-bulk");
    let product = house.card("A1A1-1111\nB2B2-2222\nC3C3-3333\n");
    let cases: Vec<_> =
        (0..3).map(|_| house.apply(&house.buyer, &house.buy(&product, 1), "not_as_described").unwrap()).collect();
    let number = |n: usize| cases[n].summary.case.clone();
    let bulk = |cases: Vec<String>, answer: &str| BulkAnswerInput {
        cases,
        answer: answer.to_owned(),
        words: "面值与描述一致".to_owned(),
    };
    assert_eq!(
        house.app.answer_many(&house.seller, &bulk(vec![], "agree"), None),
        Err(AppError::invalid("cases", "required"))
    );
    assert_eq!(
        house.app.answer_many(&house.seller, &bulk(vec![number(0)], "shrug"), None),
        Err(AppError::invalid("answer", "unknown"))
    );
    let input = bulk(vec![number(0), "260310AAAAAAAAAAC1".to_owned(), number(1)], "agree");
    let done = house.app.answer_many(&house.seller, &input, Some("k")).unwrap();
    assert_eq!(done.iter().map(|one| one.refused.clone()).collect::<Vec<_>>(), [None, Some(AppError::NotFound), None]);
    // Sent again it is the same answer, not a second one.
    let again = house.app.answer_many(&house.seller, &input, Some("k")).unwrap();
    assert_eq!(again[0].refused, None);
    let done = house.app.answer_many(&house.seller, &bulk(vec![number(0), number(2)], "contest"), None).unwrap();
    assert!(matches!(done[0].refused, Some(AppError::Refused(_))), "{:?}", done[0]);
    assert_eq!((done[1].state, done[1].refused.clone()), (Some("under_review"), None));
    assert_eq!(house.app.load_case(&house.buyer, &case_id(&cases[1])).unwrap().decision.unwrap().by, "seller");
    assert!(matches!(house.app.answer_many(&house.buyer, &input, None), Err(AppError::Forbidden)));
}

#[test]
fn stock_that_runs_low_and_steps_that_are_left_are_shown() {
    let house = House::new("seller-today");
    let product = house.card("A1A1-1111\nB2B2-2222\nC3C3-3333\nD4D4-4444\n");
    assert_eq!(house.app.low_stock(&house.seller).unwrap(), []);
    house.buy(&product, 1);
    let low = house.app.low_stock(&house.seller).unwrap();
    assert_eq!((low.len(), low[0].left, low[0].least), (1, 3, 3));
    let id = ProductId::from(product.id.as_str());
    house.app.set_stock_threshold(&house.seller, &id, 2).unwrap();
    assert_eq!(house.app.low_stock(&house.seller).unwrap(), []);
    assert_eq!(house.app.stock_threshold(&house.seller, &id).unwrap(), 2);
    assert_eq!(house.app.set_stock_threshold(&house.buyer, &id, 2), Err(AppError::NotFound));
    assert_eq!(
        house.app.set_stock_threshold(&house.seller, &id, 1_000_000),
        Err(AppError::invalid("least", "too_large"))
    );
    let steps = house.app.set_up_steps(&house.seller).unwrap();
    let done = |name: &str| steps.iter().find(|step| step.step == name).unwrap().done;
    assert!(done("approved") && done("product") && done("codes") && !done("payout_account") && !done("rule"));
}

#[test]
fn a_judge_sees_his_day_and_reasons_stand_ready() {
    let mut house = House::new("judge-day");
    let judge = house.staff("reviewer");
    let order = house.buy(&house.card("A1A1-1111\n"), 1);
    let case = house.apply(&house.buyer, &order, "not_as_described").unwrap();
    let words = yuanlu_app::inputs::StatementInput { words: "货没问题".to_owned(), evidence: vec![] };
    house.app.contest(&house.seller, &case_id(&case), &words, None).unwrap();
    let load = house.app.workload(&judge).unwrap();
    assert_eq!((load.waiting, load.overdue, load.decided_today), (1, 0, 0));
    assert!(load.next_due.is_some() && load.judges);
    house.pass(24 * 30);
    assert_eq!(house.app.workload(&judge).unwrap().overdue, 1);
    assert!(matches!(house.app.workload(&house.buyer), Err(AppError::Forbidden)));

    let mut reasons = house.app.prepared_reasons().unwrap();
    assert!(reasons.iter().any(|one| one.code == "approve"));
    reasons.truncate(1);
    assert_eq!(house.app.set_prepared_reasons(&judge, &reasons), Err(AppError::Forbidden));
    house.app.set_prepared_reasons(&house.admin, &reasons).unwrap();
    assert_eq!(house.app.prepared_reasons().unwrap(), reasons);
    reasons[0].code = "whim".to_owned();
    assert_eq!(house.app.set_prepared_reasons(&house.admin, &reasons), Err(AppError::invalid("code", "unknown")));
    assert!(house.app.queue(&judge, "review", &Page::default()).is_ok());
}
