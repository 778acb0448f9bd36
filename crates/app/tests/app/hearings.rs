//! Offers, appeals, complaints, objections, panels, and the order's thread, through the use cases.

use crate::house::{House, books_balance, case_id, id, supported};
use yuanlu_app::errors::AppError;
use yuanlu_app::inputs::{
    ApproveInput, DismissInput, ManyInput, MessageInput, OfferInput, RejectInput, RemedyInput, StatementInput,
    UpholdInput,
};
use yuanlu_app::views::CaseView;
use yuanlu_domain::Refusal;

fn contested(house: &House) -> CaseView {
    let order = house.buy(&house.card("ABCD-0001\nABCD-0002"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    let words = StatementInput { words: "卡密有效".to_owned(), evidence: Vec::new() };
    house.app.contest(&house.seller, &case_id(&case), &words, None).unwrap()
}

fn reject() -> RejectInput {
    let (code, clause) = ("REJECT_NO_FAULT".to_owned(), Some("R25".to_owned()));
    RejectInput {
        code, clause, answers: supported(), words: "服务器日志显示卡密有效，请提供失败提示截图".to_owned()
    }
}

fn remedy(ground: &str) -> RemedyInput {
    let rule = matches!(ground, "rule_error" | "broken_rule").then(|| "R8".to_owned());
    RemedyInput { ground: ground.to_owned(), rule, words: "请重新审理".to_owned(), ..RemedyInput::default() }
}

#[test]
fn an_appeal_is_judged_by_somebody_else_and_overturns() {
    let mut house = House::new("appeal");
    let case = contested(&house);
    let reviewer = house.staff("reviewer");
    let view = house.app.reject(&reviewer, &case_id(&case), &reject(), None).unwrap();
    let rejected = house.sent(&house.buyer.clone(), &view);
    assert!(rejected.actions.contains(&"appeal") && rejected.appeal_until.is_some());
    let bare = house.app.open_remedy(&house.buyer, &case_id(&case), &remedy("new_material"), None);
    assert_eq!(bare, Err(AppError::Refused(Refusal::NotAccepted { missing: "new_material" })));
    let appealed = house.app.open_remedy(&house.buyer, &case_id(&case), &remedy("rule_error"), None).unwrap();
    assert_eq!((appealed.point, appealed.hearing), ("under_appeal", Some("appeal")));
    assert_eq!(appealed.remedies[0].words.as_deref(), Some("请重新审理"));
    let uphold = UpholdInput { amount: "99.99".to_owned(), answers: supported(), words: "改判".to_owned() };
    let same = house.app.uphold(&reviewer, &case_id(&case), &uphold, None);
    assert_eq!(same, Err(AppError::Refused(Refusal::Conflicted)), "T29");
    let senior = house.staff("senior_reviewer");
    let view = house.app.uphold(&senior, &case_id(&case), &uphold, None).unwrap();
    let done = house.sent(&house.buyer.clone(), &view);
    assert_eq!((done.summary.state, done.summary.approved.text.as_str()), ("completed", "99.99"));
    assert_eq!((done.remedies[0].result, done.remedies[0].ruling_words.as_deref()), (Some("upheld"), Some("改判")));
    assert_eq!(house.app.figures().unwrap().remedies_upheld, 1, "and counted in public");
    books_balance(&house.app);
}

#[test]
fn a_dismissed_complaint_says_why_and_what_the_seller_lost_he_may_object_to() {
    let mut house = House::new("complaint");
    let case = contested(&house);
    let reviewer = house.staff("reviewer");
    let all = ApproveInput { amount: Some("40.00".to_owned()), answers: supported(), words: String::new() };
    let view = house.app.approve(&reviewer, &case_id(&case), &all, None).unwrap();
    house.sent(&reviewer, &view);
    house.app.open_remedy(&house.buyer, &case_id(&case), &remedy("unjust_refusal"), None).unwrap();
    let beside = house.app.open_remedy(&house.seller, &case_id(&case), &remedy("lost_decision"), None);
    assert_eq!(beside, Err(AppError::Refused(Refusal::WrongState { state: "remedy" })));
    let senior = house.staff("senior_reviewer");
    let words = DismissInput { answers: supported(), words: "缺少部分已按比例退款".to_owned() };
    let view = house.app.dismiss(&senior, &case_id(&case), &words, None).unwrap();
    let seen = house.sent(&house.seller.clone(), &view);
    assert_eq!(seen.remedies[0].result, Some("dismissed"));
    assert!(seen.actions.contains(&"object"));
    house.app.open_remedy(&house.seller, &case_id(&case), &remedy("lost_decision"), None).unwrap();
    let withdrawn = house.app.withdraw_remedy(&house.seller, &case_id(&case), None).unwrap();
    assert_eq!(withdrawn.remedies[0].result, Some("withdrawn"));
    books_balance(&house.app);
}

#[test]
fn an_offered_replacement_comes_from_stock_and_the_bad_code_is_gone() {
    let house = House::new("replacement");
    let card = house.card("ABCD-0001\nABCD-0002");
    let order = house.buy(&card, 1);
    let bad = house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    let offer =
        OfferInput { kind: "replacement".to_owned(), words: "给您换一张".to_owned(), ..OfferInput::default() };
    let offered = house.app.make_offer(&house.seller, &case_id(&case), &offer, None).unwrap();
    assert_eq!((offered.summary.state, offered.offers[0].state), ("offer_made", "standing"));
    let taken = house.app.answer_offer(&house.buyer, &id(&order), 1, true, None).unwrap().unwrap();
    assert_eq!((taken.summary.state, taken.summary.outcome_code), ("replaced", Some("CLOSED_REPLACED")));
    let stock = house.app.stock(&house.seller, &card.id.as_str().into()).unwrap();
    assert_eq!((stock.free, stock.quarantined), (0, 1), "T26");
    let code = house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    assert_ne!(code.expose(), bad.expose());
    books_balance(&house.app);
}

#[test]
fn the_thread_marks_promises_hints_before_contacts_and_tells_who_has_read() {
    let house = House::new("thread");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let say = |text: &str, hints_seen| MessageInput { text: text.to_owned(), evidence: Vec::new(), hints_seen };
    house.app.say(&house.buyer, &id(&order), &say("卡密无效，怎么办？", false), None).unwrap();
    let hinted = house.app.say(&house.seller, &id(&order), &say("加我微信 kami_8888 处理", false), None);
    assert_eq!(hinted, Err(AppError::invalid("text", "hints")), "a hint first");
    let check = house.app.check_text("加我微信 kami_8888 处理").unwrap();
    assert!(!check.hints.is_empty());
    let thread = house.app.say(&house.seller, &id(&order), &say("24小时内退款到账", false), None).unwrap();
    let promise = &thread.messages[1].marks[0];
    assert_eq!(promise.kind, "promise_refund");
    assert!(promise.until.is_some() && !promise.over);
    assert!(!thread.messages[1].read);
    house.app.read_thread(&house.buyer, &id(&order), 2).unwrap();
    house.app.read_thread(&house.buyer, &id(&order), 2).unwrap();
    assert!(house.app.thread(&house.seller, &id(&order)).unwrap().messages[1].read);
    let stranger = crate::house::register(&house.app, "li.si");
    assert_eq!(house.app.thread(&stranger, &id(&order)).unwrap_err(), AppError::NotFound, "T27");
    assert_eq!(house.app.say(&stranger, &id(&order), &say("hi", false), None).unwrap_err(), AppError::NotFound);
}

#[test]
fn cases_about_one_batch_of_codes_are_decided_alike_and_each_on_its_own() {
    let mut house = House::new("batch");
    let card = house.card("ABCD-0001\nABCD-0002\nABCD-0003");
    let mut cases = Vec::new();
    for _ in 0..3 {
        let order = house.buy(&card, 1);
        house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
        let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
        let words = StatementInput { words: "卡密有效".to_owned(), evidence: Vec::new() };
        cases.push(house.app.contest(&house.seller, &case_id(&case), &words, None).unwrap());
    }
    let other = house.buy(&house.card("WXYZ-0001"), 1);
    house.app.reveal(&house.buyer, &id(&other), 1).unwrap();
    house.apply(&house.buyer, &other, "invalid_code").unwrap();
    let reviewer = house.staff("reviewer");
    let alike = house.app.same_batch(&reviewer, &case_id(&cases[0])).unwrap();
    assert_eq!(alike.len(), 2, "the same batch, and nothing else");
    house.app.withdraw(&house.buyer, &case_id(&cases[2]), None).unwrap();
    let input = ManyInput {
        cases: cases.iter().map(|case| case.summary.case.clone()).collect(),
        verdict: "approve".to_owned(),
        amount: None,
        code: None,
        clause: None,
        answers: supported(),
        words: "同批卡密已确认无效".to_owned(),
    };
    let decided = house.app.decide_many(&reviewer, &input, Some("k")).unwrap();
    let refused: Vec<_> = decided.iter().map(|row| row.refused.as_deref()).collect();
    assert_eq!(refused.iter().filter(|code| code.is_none()).count(), 2);
    assert!(refused.contains(&Some("wrong_state")), "{refused:?}");
    assert_eq!(house.app.decide_many(&reviewer, &input, Some("k")).unwrap(), decided, "the same key, the same answer");
    for case in &cases[..2] {
        house.sent(&house.buyer.clone(), case);
        assert_eq!(house.app.load_case(&house.buyer, &case_id(case)).unwrap().summary.state, "completed");
    }
    books_balance(&house.app);
}

#[test]
fn a_desk_is_told_what_nobody_claims_and_what_comes_to_it_overdue() {
    let mut house = House::new("unclaimed");
    let case = contested(&house);
    let (reviewer, senior) = (house.staff("reviewer"), house.staff("senior_reviewer"));
    let told = |house: &House, who: &yuanlu_app::Principal| {
        let found = house.app.notices(who, &yuanlu_app::inputs::Page::default()).unwrap();
        found.items.iter().map(|notice| notice.code.clone()).collect::<Vec<_>>()
    };
    for _ in 0..12 {
        house.pass(24);
        house.wake();
    }
    assert_eq!(told(&house, &reviewer), ["hearing_unclaimed"], "once");
    assert!(told(&house, &senior).contains(&"hearing_overdue".to_owned()));
    assert_eq!(house.app.load_case(&reviewer, &case_id(&case)).unwrap().desk, Some("senior"));
    assert!(house.app.figures().unwrap().overdue_hearings > 0, "and counted in public");
}
