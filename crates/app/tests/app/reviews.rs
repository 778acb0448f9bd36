//! Reviews on a real database: one for each order and case, masked, hidden with a reason, shown again; nothing is lost.

use super::house::{House, case_id, id, origin, register};
use yuanlu_app::inputs::{HideReviewInput, JudgeReviewInput, Page, ReviewInput};
use yuanlu_app::views::{OrderView, ProductView, ReviewView};
use yuanlu_app::{AppError, Principal};
use yuanlu_domain::Refusal;
use yuanlu_domain::ids::{DeskId, ProductId, SellerId};

fn says(stars: u8, words: &str) -> ReviewInput {
    ReviewInput { stars, words: words.to_owned() }
}

fn hidden(ground: &str) -> HideReviewInput {
    HideReviewInput { ground: ground.to_owned(), words: "里面有别人的电话".to_owned() }
}

fn verdict(keep: bool) -> JudgeReviewInput {
    JudgeReviewInput { keep, words: "已复核".to_owned() }
}

fn desk(review: &ReviewView) -> DeskId {
    DeskId::from(review.review.as_str())
}

fn product_id(card: &ProductView) -> ProductId {
    ProductId::from(card.id.as_str())
}

/// An order whose window is over.
fn settled(house: &House, card: &ProductView) -> OrderView {
    let order = house.buy(card, 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    house.app.confirm_receipt(&house.buyer, &id(&order), &[1]).unwrap();
    for _ in 0..3 {
        house.pass(30 * 24);
        house.wake();
    }
    house.app.load_order(&house.buyer, &id(&order)).unwrap()
}

#[test]
fn a_settled_order_is_reviewed_once_and_its_codes_and_numbers_are_masked() {
    let house = House::new("reviews");
    let app = &house.app;
    let early = house.buy(&house.card("AAAA-BBBB-CCCC-1234"), 1);
    let card = house.card("DDDD-EEEE-FFFF-5678");
    assert!(matches!(
        app.review_goods(&house.buyer, &id(&early), &says(5, "很快"), None),
        Err(AppError::Refused(Refusal::WrongState { .. }))
    ));
    let order = settled(&house, &card);
    assert!(order.actions.contains(&"review"), "{:?}", order.actions);
    let text = "卡密 DDDD-EEEE-FFFF-5678 能用，找我 13800138000 或 a.b@example.com";
    let review = app.review_goods(&house.buyer, &id(&order), &says(4, text), Some("k1")).unwrap();
    let words = review.words.clone().unwrap();
    for secret in ["DDDD-EEEE", "13800138000", "a.b@example.com"] {
        assert!(!words.contains(secret), "{words}");
    }
    assert!(words.contains("能用") && words.contains("****"), "{words}");
    assert_eq!(app.review_goods(&house.buyer, &id(&order), &says(4, text), Some("k1")).unwrap(), review, "one click");
    assert_eq!(app.review_goods(&house.buyer, &id(&order), &says(1, ""), None), Err(Refusal::OnlyOnce.into()));
    assert!(!app.load_order(&house.buyer, &id(&order)).unwrap().actions.contains(&"review"));
    let other = register(app, "li.si");
    assert_eq!(app.review_goods(&other, &id(&order), &says(1, ""), None), Err(AppError::NotFound));
    assert!(matches!(
        app.review_goods(&house.buyer, &id(&order), &says(6, ""), None),
        Err(AppError::Invalid { field: "stars", .. })
    ));

    // Everybody sees it under the product and the seller, with a masked name; the seller answers once.
    let anybody = Principal::Anonymous;
    let seen = app.product_reviews(&anybody, &product_id(&card), false, &Page::default()).unwrap();
    assert_eq!((seen.rating.count, seen.rating.tenths, seen.items.len()), (1, Some(40), 1));
    assert_eq!(seen.items[0].writer.as_deref(), Some("z***n"));
    assert_eq!((seen.items[0].own, seen.items[0].actions.len()), (false, 0));
    assert_eq!(app.reply_to_review(&house.buyer, &desk(&review), "谢谢"), Err(AppError::NotFound));
    let replied = app.reply_to_review(&house.seller, &desk(&review), "谢谢，电话 13900139000").unwrap();
    assert!(!replied.reply.unwrap().words.unwrap().contains("139001"));
    assert_eq!(app.reply_to_review(&house.seller, &desk(&review), "再说一次"), Err(Refusal::OnlyOnce.into()));
    let shop = SellerId::from(order.seller.id.as_str());
    assert_eq!(app.seller_reviews(&anybody, &shop, false, &Page::default()).unwrap().items.len(), 1);
    let unknown = app.product_reviews(&anybody, &"nothing".into(), false, &Page::default());
    assert_eq!(unknown.err(), Some(AppError::NotFound));
    assert_eq!(yuanlu_storage::verify::verify(app.db(), None, |_| {}).unwrap().differences, []);
}

#[test]
fn a_hidden_review_is_counted_appealed_and_judged_by_somebody_else_or_by_silence() {
    let mut house = House::new("reviews-hidden");
    let risk = house.staff("risk");
    let card = house.card("AAAA-BBBB-CCCC-1234\nDDDD-EEEE-FFFF-5678");
    let orders = [settled(&house, &card), settled(&house, &card)];
    let app = &house.app;
    let write = |order: &OrderView| app.review_goods(&house.buyer, &id(order), &says(1, "差"), None).unwrap();
    let [first, second] = [write(&orders[0]), write(&orders[1])];
    for who in [&house.seller, &house.buyer] {
        assert_eq!(app.hide_review(who, &desk(&first), &hidden("abuse")), Err(AppError::Forbidden));
    }
    assert!(matches!(
        app.hide_review(&risk, &desk(&first), &hidden("unkind")),
        Err(AppError::Invalid { field: "ground", .. })
    ));
    for review in [&first, &second] {
        app.hide_review(&risk, &desk(review), &hidden("personal_data")).unwrap();
    }
    let anybody = Principal::Anonymous;
    let listed = |hidden| app.product_reviews(&anybody, &product_id(&card), hidden, &Page::default()).unwrap();
    assert_eq!((listed(false).items.len(), listed(false).rating.hidden, listed(false).rating.tenths), (0, 2, None));
    let shown = &listed(true).items[0];
    assert_eq!((shown.stars, &shown.words), (None, &None), "what was hidden is not shown");
    let why = shown.hiding.as_ref().unwrap();
    assert_eq!((why.ground, why.words.as_deref(), &why.by), ("personal_data", Some("里面有别人的电话"), &None));

    // Its writer still sees it, and appeals once.
    let own = app.load_review(&house.buyer, &desk(&first)).unwrap();
    assert_eq!((own.words.as_deref(), own.actions.as_slice()), (Some("差"), &["appeal"][..]));
    for review in [&first, &second] {
        app.appeal_review(&house.buyer, &desk(review), "没有任何人的电话").unwrap();
    }
    assert_eq!(app.appeal_review(&house.buyer, &desk(&first), "再申诉"), Err(Refusal::OnlyOnce.into()));
    assert_eq!(app.count_review_appeals(&house.admin).unwrap(), 2);
    assert_eq!(app.review_desk(&risk, false, &Page::default()).unwrap().items.len(), 2);
    assert_eq!(app.review_desk(&house.seller, false, &Page::default()).err(), Some(AppError::Forbidden));
    assert_eq!(app.judge_review(&risk, &desk(&first), &verdict(true)), Err(Refusal::Conflicted.into()));
    let kept = app.judge_review(&house.admin, &desk(&first), &verdict(true)).unwrap();
    assert_eq!((kept.state, kept.shown), ("kept_hidden", false));
    house.pass(30 * 24);
    house.wake();
    let restored = app.load_review(&anybody, &desk(&second)).unwrap();
    assert_eq!((restored.state, restored.words.as_deref()), ("restored", Some("差")));
    assert_eq!(app.hide_review(&risk, &desk(&second), &hidden("abuse")), Err(Refusal::OnlyOnce.into()));
    assert_eq!((listed(false).rating.count, listed(false).rating.hidden), (1, 1));
    let told: Vec<String> =
        app.notices(&house.buyer, &Page::default()).unwrap().items.into_iter().map(|notice| notice.code).collect();
    for code in ["review_hidden", "review_kept_hidden", "review_restored"] {
        assert!(told.iter().any(|told| told == code), "{code}: {told:?}");
    }
    let audit = app.audit_log(&house.admin, &Page::default()).unwrap();
    assert!(audit.items.iter().any(|line| line.act == "hide_review" && line.object == first.review));
    assert_eq!(yuanlu_storage::verify::verify(app.db(), None, |_| {}).unwrap().differences, []);
}

#[test]
fn a_guest_reviews_and_whoever_claims_his_order_appeals() {
    let mut house = House::new("reviews-guest");
    let risk = house.staff("risk");
    let card = house.card("AAAA-BBBB-CCCC-1234");
    let (order, guest) = house.guest_buys(&card);
    let app = &house.app;
    app.reveal(&guest.principal, &id(&order), 1).unwrap();
    app.confirm_receipt(&guest.principal, &id(&order), &[1]).unwrap();
    house.pass(60 * 24);
    let review = app.review_goods(&guest.principal, &id(&order), &says(3, "还行"), None).unwrap();
    assert_eq!((review.writer, review.own), (None, true));
    let review = DeskId::from(review.review.as_str());
    app.hide_review(&risk, &review, &hidden("off_topic")).unwrap();
    app.claim_order(&house.buyer, &id(&order), &"open sesame".into(), &origin()).unwrap();
    assert_eq!(app.appeal_review(&house.buyer, &review, "请恢复展示").unwrap().state, "appealed");
}

#[test]
fn a_case_paid_to_balance_is_reviewed_and_both_kinds_stay_apart() {
    let house = House::new("reviews-both");
    let app = &house.app;
    let card = house.card("AAAA-BBBB-CCCC-1234");
    let order = house.buy(&card, 1);
    let case = house.apply(&house.buyer, &order, "personal").unwrap();
    assert_eq!(case.summary.state, "completed");
    let shown = app.load_case(&house.buyer, &case_id(&case)).unwrap();
    assert!(shown.actions.contains(&"review"));
    app.review_service(&house.buyer, &case_id(&case), &says(5, "秒到"), None).unwrap();
    assert_eq!(app.review_service(&house.buyer, &case_id(&case), &says(1, ""), None), Err(Refusal::OnlyOnce.into()));
    app.review_goods(&house.buyer, &id(&order), &says(2, "退了"), None).unwrap();
    let service = app.service_reviews(&Principal::Anonymous, false, &Page::default()).unwrap();
    assert_eq!((service.rating.count, service.rating.tenths), (1, Some(50)));
    let own = &service.items[0];
    assert!(app.reply_to_review(&house.seller, &DeskId::from(own.review.as_str()), "谢谢").is_err());
    assert!(app.load_case(&house.buyer, &case_id(&case)).unwrap().review.is_some());
}
