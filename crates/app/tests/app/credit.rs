//! R23: findings, appeals, reversals, and what the program records about sellers by itself.

use crate::house::{House, case_id, id, register, supported};
use yuanlu_app::inputs::{
    ApproveInput, FindingInput, JudgeFindingInput, MessageInput, Page, RejectInput, ReviewListingInput, StatementInput,
};
use yuanlu_app::views::{CaseView, CreditView};
use yuanlu_app::{AppError, Principal};
use yuanlu_domain::Refusal;
use yuanlu_domain::ids::ProductId;
use yuanlu_domain::time::Instant;

/// A case about a revealed code that the seller contested in these words.
fn contested(house: &House, words: &str) -> CaseView {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let order = house.buy(&house.card(&format!("CODE-{n:04}-AAAA")), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    let input = StatementInput { words: words.to_owned(), evidence: Vec::new() };
    house.app.contest(&house.seller, &case_id(&case), &input, None).unwrap()
}

fn reject(house: &House, judge: &Principal, case: &CaseView, code: &str) {
    let input =
        RejectInput { code: code.to_owned(), answers: supported(), words: "截图被改过".to_owned(), clause: None };
    let decided = house.app.reject(judge, &case_id(case), &input, None).unwrap();
    house.sent(judge, &decided);
}

fn approve(house: &House, judge: &Principal, case: &CaseView) {
    let input = ApproveInput { amount: None, answers: supported(), words: String::new() };
    let decided = house.app.approve(judge, &case_id(case), &input, None).unwrap();
    house.sent(judge, &decided);
}

fn own(house: &House) -> CreditView {
    house.app.own_credit(&house.buyer).unwrap()
}

fn shop(house: &House) -> CreditView {
    house.app.shop_credit(&house.seller).unwrap()
}

fn finding(subject: &str, ground: &str) -> FindingInput {
    FindingInput {
        subject: subject.to_owned(),
        ground: ground.to_owned(),
        words: "聊天记录里写明".to_owned(),
        case: None,
        flag: None,
    }
}

fn verdict(uphold: bool) -> JudgeFindingInput {
    JudgeFindingInput { uphold, words: "已核对原件".to_owned() }
}

#[test]
fn a_forged_claim_costs_twenty_until_an_appeal_reverses_it() {
    let mut house = House::new("credit-forged");
    let (reviewer, risk) = (house.staff("reviewer"), house.staff("risk"));
    assert_eq!((own(&house).score, own(&house).events.len()), (100, 0));
    let case = contested(&house, "已核销");
    reject(&house, &reviewer, &case, "REJECT_FORGED");
    let credit = own(&house);
    let event = &credit.events[0];
    assert_eq!((credit.score, event.points, event.ground, event.state), (80, -20, "forged_claim", "standing"), "P26");
    assert_eq!((event.case.as_deref(), event.by), (Some(case.summary.case.as_str()), "staff"));
    assert_eq!(event.actions, ["appeal"]);
    // Seven working days from Tuesday, the last instant included.
    assert_eq!(event.appeal_until.to_string(), "2026-03-19 23:59:59");
    let told = house.app.notices(&house.buyer, &Page::default()).unwrap().items;
    assert!(told.iter().any(|notice| notice.code == "credit_event"));

    let stranger = register(&house.app, "li.si");
    assert_eq!(house.app.appeal_finding(&stranger, &event.event, "x").unwrap_err(), AppError::NotFound);
    assert_eq!(house.app.appeal_finding(&house.seller, &event.event, "x").unwrap_err(), AppError::NotFound);
    let empty = house.app.appeal_finding(&house.buyer, &event.event, " ").unwrap_err();
    assert_eq!(empty, AppError::invalid("words", "required"));
    let appealed = house.app.appeal_finding(&house.buyer, &event.event, "原图在此").unwrap();
    assert_eq!((appealed.state, appealed.counts), ("appealed", true), "it counts until somebody has judged");
    assert_eq!(house.app.appeal_finding(&house.buyer, &event.event, "again").unwrap_err(), AppError::Conflict);

    let waiting = house.app.finding_appeals(&risk, &Page::default()).unwrap().items;
    assert_eq!((waiting.len(), waiting[0].name.as_str()), (1, "zhang.san"));
    assert_eq!(waiting[0].actions, ["judge"], "what a decision found is not simply withdrawn");
    assert_eq!(house.app.judge_finding(&reviewer, &event.event, &verdict(false)).unwrap_err(), AppError::Forbidden);
    let judged = house.app.judge_finding(&risk, &event.event, &verdict(false)).unwrap();
    assert_eq!((judged.state, judged.counts, judged.verdict.as_deref()), ("reversed", false, Some("已核对原件")));
    assert_eq!(house.app.judge_finding(&risk, &event.event, &verdict(true)).unwrap_err(), AppError::Conflict);
    assert_eq!(own(&house).score, 100);
    let acts = house.app.audit_log(&house.admin, &Page::default()).unwrap().items;
    assert_eq!(acts.iter().filter(|act| act.act == "judge_finding").count(), 1);
}

#[test]
fn whoever_found_it_or_is_meant_does_not_judge_it() {
    let mut house = House::new("credit-judge");
    let (risk, senior) = (house.staff("risk"), house.staff("senior_reviewer"));
    let found = house.app.record_finding(&risk, &finding("zhang.san", "abuse")).unwrap();
    assert_eq!((found.points, found.subject.starts_with("acct:"), found.case), (-2, true, None));
    house.app.appeal_finding(&house.buyer, &found.event, "是引用对方的话").unwrap();
    assert_eq!(house.app.judge_finding(&risk, &found.event, &verdict(true)).unwrap_err(), AppError::Forbidden);
    let upheld = house.app.judge_finding(&senior, &found.event, &verdict(true)).unwrap();
    assert_eq!((upheld.state, own(&house).score), ("upheld", 98));
    // About oneself, nobody finds, judges or withdraws anything.
    let mine = house.app.record_finding(&senior, &finding("risk.one", "threat")).unwrap();
    let own = house.app.record_finding(&risk, &finding("risk.one", "threat")).unwrap_err();
    assert_eq!(own, AppError::Forbidden);
    house.app.appeal_finding(&risk, &mine.event, "没有这回事").unwrap();
    assert_eq!(house.app.judge_finding(&risk, &mine.event, &verdict(false)).unwrap_err(), AppError::Forbidden);
    assert_eq!(house.app.withdraw_finding(&risk, &mine.event, "x").unwrap_err(), AppError::Forbidden);
    let withdrawn = house.app.withdraw_finding(&senior, &mine.event, "认错人").unwrap();
    assert_eq!((withdrawn.state, withdrawn.actions.len()), ("reversed", 0));
}

#[test]
fn three_bad_claims_restrict_and_reversed_ones_do_not_count() {
    let mut house = House::new("credit-restricted");
    house.app.credit_balance(&house.admin, "zhang.san", "1000.00", None).unwrap();
    let (reviewer, risk) = (house.staff("reviewer"), house.staff("risk"));
    for _ in 0..3 {
        reject(&house, &reviewer, &contested(&house, "已核销"), "REJECT_NO_FAULT");
    }
    let credit = own(&house);
    assert_eq!((credit.score, credit.bad_claims, credit.restricted), (85, 3, true));
    let order = house.buy(&house.card("NEXT-0001"), 1);
    let case = house.apply(&house.buyer, &order, "personal").unwrap();
    assert_eq!((case.summary.state, case.desk), ("under_review", Some("risk")), "nothing automatic in his favour");
    let first = &credit.events[0].event;
    house.app.appeal_finding(&house.buyer, first, "核销记录是别人的").unwrap();
    assert!(own(&house).restricted, "an appeal alone changes nothing");
    house.app.judge_finding(&risk, first, &verdict(false)).unwrap();
    assert_eq!((own(&house).score, own(&house).restricted), (90, false));
    let order = house.buy(&house.card("NEXT-0002"), 1);
    assert_eq!(house.apply(&house.buyer, &order, "personal").unwrap().summary.state, "completed");
}

#[test]
fn an_appeal_that_nobody_judges_is_granted_and_one_too_late_is_refused_with_its_date() {
    let mut house = House::new("credit-silence");
    let reviewer = house.staff("reviewer");
    reject(&house, &reviewer, &contested(&house, "已核销"), "REJECT_FORGED");
    reject(&house, &reviewer, &contested(&house, "已核销"), "REJECT_NO_FAULT");
    let events = own(&house).events;
    let (late, appealed) = (&events[0], &events[1]);
    let appealed = house.app.appeal_finding(&house.buyer, &appealed.event, "原图在此").unwrap();
    let due = appealed.judged_until.unwrap().0;
    house.clock.set(due);
    assert_eq!(own(&house).score, 75);
    house.clock.set(due.plus_micros(1));
    let view = own(&house);
    assert_eq!((view.score, view.events[1].state, view.bad_claims), (95, "reversed", 1));
    house.clock.set(late.appeal_until.plus_micros(1));
    let refused = house.app.appeal_finding(&house.buyer, &late.event, "x").unwrap_err();
    assert_eq!(refused, AppError::Refused(Refusal::TooLate { since: late.appeal_until.plus_micros(1) }));
    house.clock.set(late.counts_until.0);
    assert_eq!(own(&house).score, 95);
    house.clock.set(late.counts_until.plus_micros(1));
    assert_eq!(own(&house).score, 100, "after 180 days it is forgotten");
}

#[test]
fn sellers_lose_credit_by_silence_bad_codes_and_overturned_refusals() {
    let mut house = House::new("credit-seller");
    let reviewer = house.staff("reviewer");
    // Silence: two points, and nothing about the code.
    let order = house.buy(&house.card("SILENT-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    house.apply(&house.buyer, &order, "invalid_code").unwrap();
    house.pass(25);
    house.wake();
    let grounds = |credit: &CreditView| credit.events.iter().map(|e| (e.ground, e.points)).collect::<Vec<_>>();
    assert_eq!((shop(&house).score, grounds(&shop(&house))), (98, vec![("seller_silent", -2)]));
    assert_eq!(shop(&house).events[0].by, "program");
    // A refusal that a person overturns, of a code that is confirmed to be bad.
    approve(&house, &reviewer, &contested(&house, "是好的"));
    let mut now = grounds(&shop(&house));
    now.sort_unstable();
    assert_eq!(
        (shop(&house).score, now),
        (88, vec![("invalid_code", -5), ("refusal_overturned", -5), ("seller_silent", -2)])
    );
    // Agreeing is no refusal, and costs what the bad code costs.
    let order = house.buy(&house.card("AGREED-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let case = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    house.app.agree(&house.seller, &case_id(&case), None).unwrap();
    assert_eq!(shop(&house).score, 83);
    // Contesting with success costs nothing.
    reject(&house, &reviewer, &contested(&house, "已核销"), "REJECT_EVIDENCE");
    assert_eq!(shop(&house).score, 83);
    // The shop appeals like anybody, and is told in its own words.
    let told = house.app.notices(&house.seller, &Page::default()).unwrap().items;
    assert!(told.iter().any(|notice| notice.code == "shop_credit_event"));
    let silent = shop(&house).events.iter().find(|event| event.ground == "seller_silent").unwrap().event.clone();
    assert_eq!(house.app.appeal_finding(&house.buyer, &silent, "x").unwrap_err(), AppError::NotFound);
    house.app.appeal_finding(&house.seller, &silent, "系统通知没有送达").unwrap();
    assert_eq!(house.app.judge_finding(&reviewer, &silent, &verdict(false)).unwrap_err(), AppError::Forbidden);
    let risk = house.staff("risk");
    house.app.judge_finding(&risk, &silent, &verdict(false)).unwrap();
    assert_eq!(shop(&house).score, 85);
    assert_eq!(house.app.shop_credit(&house.buyer).unwrap_err(), AppError::Forbidden);
}

#[test]
fn listings_of_a_shop_below_sixty_wait_for_a_look() {
    let mut house = House::new("credit-listing");
    let risk = house.staff("risk");
    let subject = shop(&house).subject;
    for _ in 0..20 {
        house.app.record_finding(&risk, &finding(&subject, "contact")).unwrap();
    }
    let before = house.card("BEFORE-0001");
    assert!(before.on_sale && !shop(&house).shop.unwrap().below, "sixty is enough");
    house.app.record_finding(&risk, &finding(&subject, "contact")).unwrap();
    let standing = shop(&house).shop.unwrap();
    assert!(standing.below && standing.listings_held && standing.deposit_raised);
    let mends = Instant::from_shanghai(2026, 3, 10, 10, 0, 0).plus_days(180);
    assert_eq!(standing.mends_at.map(|at| at.0), Some(mends));
    let held = house.card("HELD-0001");
    assert!(!held.on_sale);
    let waiting = house.app.held_listings(&risk).unwrap();
    assert_eq!((waiting.len(), waiting[0].product.as_str(), waiting[0].state.as_str()), (1, held.id.as_str(), "held"));
    assert_eq!(shop(&house).shop.unwrap().held.len(), 1);
    let product = ProductId::from(held.id.as_str());
    let refuse = ReviewListingInput { release: false, words: String::new() };
    let unsaid = house.app.review_listing(&risk, &product, &refuse).unwrap_err();
    assert_eq!(unsaid, AppError::invalid("words", "required"));
    let seller = house.app.review_listing(&house.seller, &product, &refuse).unwrap_err();
    assert_eq!(seller, AppError::Forbidden);
    let refuse = ReviewListingInput { release: false, words: "说明里有站外链接".to_owned() };
    house.app.review_listing(&risk, &product, &refuse).unwrap();
    assert_eq!(shop(&house).shop.unwrap().held[0].words.as_deref(), Some("说明里有站外链接"));
    // Mended and saved again, it waits again; released, it is sold.
    let again = house.product("game_card", "HELD-0002", |_| {});
    let release = ReviewListingInput { release: true, words: String::new() };
    house.app.review_listing(&risk, &ProductId::from(again.id.as_str()), &release).unwrap();
    assert_eq!(house.app.review_listing(&risk, &ProductId::from(again.id.as_str()), &release), Err(AppError::NotFound));
    assert!(house.app.load_product(&again.id.as_str().into()).unwrap().on_sale);
    house.buy(&again, 1);
    assert!(house.app.load_product(&before.id.as_str().into()).unwrap().on_sale, "what was on sale stays so");
}

#[test]
fn what_people_write_is_flagged_and_only_a_person_makes_something_of_it() {
    let mut house = House::new("credit-flags");
    let risk = house.staff("risk");
    contested(&house, "加我微信 abc_123 私下退给你");
    house.pass(1);
    contested(&house, "你个废物");
    let flags = house.app.conduct_flags(&risk, &Page::default()).unwrap().items;
    assert_eq!(flags.iter().map(|flag| flag.kind).collect::<Vec<_>>(), ["contact", "abuse"]);
    assert_eq!(house.app.count_conduct_flags(&risk), Ok(2));
    assert_eq!((flags[0].name.as_str(), flags[0].text.as_deref()), ("点卡小店", Some("加我微信 abc_123 私下退给你")));
    assert_eq!(shop(&house).score, 100, "a flag alone means nothing");
    assert_eq!(house.app.conduct_flags(&house.seller, &Page::default()).unwrap_err(), AppError::Forbidden);
    assert_eq!(house.app.dismiss_flag(&house.seller, &flags[1].flag).unwrap_err(), AppError::Forbidden);
    assert_eq!(house.app.confirm_flag(&risk, &flags[0].flag, "").unwrap_err(), AppError::invalid("words", "required"));
    let found = house.app.confirm_flag(&risk, &flags[0].flag, "引导买家离开平台").unwrap();
    assert_eq!((found.ground, found.points, found.case.as_deref()), ("contact", -2, flags[0].case.as_deref()));
    house.app.dismiss_flag(&risk, &flags[1].flag).unwrap();
    assert_eq!(house.app.dismiss_flag(&risk, &flags[1].flag).unwrap_err(), AppError::Conflict);
    assert!(house.app.confirm_flag(&risk, &flags[0].flag, "x").is_err());
    assert_eq!(house.app.count_conduct_flags(&risk), Ok(0));
    assert_eq!(shop(&house).score, 98);

    // What is said in the thread is flagged too, once the hint was seen and the text sent all the same.
    let order = house.buy(&house.card("THREAD-0001"), 1);
    let mut message = MessageInput { text: "加我QQ 12345678".to_owned(), ..MessageInput::default() };
    let unseen = house.app.say(&house.seller, &id(&order), &message, None).unwrap_err();
    assert_eq!(unseen, AppError::invalid("text", "hints"));
    assert_eq!(house.app.count_conduct_flags(&risk), Ok(0));
    message.hints_seen = true;
    house.app.say(&house.seller, &id(&order), &message, None).unwrap();
    let flags = house.app.conduct_flags(&risk, &Page::default()).unwrap().items;
    assert_eq!(
        (flags[0].kind, flags[0].order.as_deref(), flags[0].case.as_deref()),
        ("contact", Some(order.order.as_str()), None)
    );
    house.app.dismiss_flag(&risk, &flags[0].flag).unwrap();

    // A buyer may leave his number; threats of his are flagged, and his case takes its course.
    let order = house.buy(&house.card("BUYER-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let mut claim = crate::house::application("invalid_code", &[1]);
    claim.text = "不退款就给差评，我电话13800138000".to_owned();
    let case = house.app.apply(&house.buyer, &id(&order), &claim, None, &crate::house::origin()).unwrap();
    assert_eq!(case.summary.state, "awaiting_seller");
    let flags = house.app.conduct_flags(&risk, &Page::default()).unwrap().items;
    assert_eq!((flags.len(), flags[0].kind, flags[0].name.as_str()), (1, "threat", "zhang.san"));
}

#[test]
fn a_guests_conduct_follows_him_into_his_account() {
    let mut house = House::new("credit-guest");
    let reviewer = house.staff("reviewer");
    let (order, grant) = house.guest_buys(&house.card("GUEST-0001"));
    let guest = grant.principal;
    house.app.reveal(&guest, &id(&order), 1).unwrap();
    let case = house.apply(&guest, &order, "invalid_code").unwrap();
    let words = StatementInput { words: "已核销".to_owned(), evidence: Vec::new() };
    house.app.contest(&house.seller, &case_id(&case), &words, None).unwrap();
    reject(&house, &reviewer, &case, "REJECT_NO_FAULT");
    let seen = house.app.own_credit(&guest).unwrap();
    assert_eq!((seen.score, seen.events[0].actions.as_slice()), (95, &["appeal"][..]), "guests see and appeal theirs");
    house.app.claim_order(&house.buyer, &id(&order), &"open sesame".into(), &crate::house::origin()).unwrap();
    assert_eq!(own(&house).score, 95);
    house.app.appeal_finding(&house.buyer, &seen.events[0].event, "不是我用的").unwrap();
}

#[test]
fn what_cannot_be_read_is_refused_with_its_field() {
    let mut house = House::new("credit-bad");
    let risk = house.staff("risk");
    let record = |input: &FindingInput| house.app.record_finding(&risk, input).unwrap_err();
    for (input, field, code) in [
        (finding("", "abuse"), "subject", "required"),
        (finding("nobody", "abuse"), "subject", "unknown"),
        (finding("seller:none", "abuse"), "subject", "unknown"),
        (finding("shop:1", "abuse"), "subject", "unknown"),
        (finding("zhang.san", "rude"), "ground", "unknown"),
        // Only the decision of a case finds these; blocks and what the program sees have ways of their own.
        (finding("zhang.san", "forged_claim"), "ground", "unknown"),
        (finding("zhang.san", "seller_silent"), "ground", "unknown"),
        (finding("zhang.san", "blocked"), "ground", "unknown"),
        (FindingInput { words: " ".to_owned(), ..finding("zhang.san", "abuse") }, "words", "required"),
        (FindingInput { words: "x".repeat(2001), ..finding("zhang.san", "abuse") }, "words", "too_long"),
        (FindingInput { case: Some("none-1".to_owned()), ..finding("zhang.san", "abuse") }, "case", "unknown"),
    ] {
        assert_eq!(record(&input), AppError::invalid(field, code), "{input:?}");
    }
    let flag = FindingInput { flag: Some("none".to_owned()), ..finding("zhang.san", "abuse") };
    assert_eq!(record(&flag), AppError::NotFound);
    let case = contested(&house, "已核销");
    let once = FindingInput { case: Some(case.summary.case.clone()), ..finding("zhang.san", "abuse") };
    house.app.record_finding(&risk, &once).unwrap();
    assert_eq!(record(&once), AppError::invalid("case", "taken"), "once a case");
    let reviewer = house.staff("reviewer");
    assert_eq!(house.app.record_finding(&reviewer, &once).unwrap_err(), AppError::Forbidden);
    let seen = own(&house);
    assert_eq!((seen.score, seen.events.len()), (98, 1));
}
