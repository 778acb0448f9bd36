//! Figures are counted with the commits they follow from, and protected where there is too little.

use super::house::{House, case_id, id, supported};
use yuanlu_app::AppError;
use yuanlu_app::inputs::{ApproveInput, Page};
use yuanlu_domain::ids::SellerId;

#[test]
fn figures_are_counted_as_things_happen_and_too_few_say_nothing() {
    let mut house = House::new("figures");
    let reviewer = house.staff("reviewer");
    let codes: Vec<String> = (0..24).map(|n| format!("AAAA-BBBB-{n:04}-CCCC")).collect();
    let card = house.card(&codes.join("\n"));
    let app = &house.app;
    app.credit_balance(&house.admin, "zhang.san", "2000.00", None).unwrap();
    assert_eq!(app.performance(None).unwrap().refunds.basis_points, None);
    assert_eq!(app.performance(Some(31)).err(), Some(AppError::invalid("days", "unknown")));
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(house.buy(&card, 1));
    }
    let few = app.performance(Some(30)).unwrap();
    assert_eq!((few.refunds.basis_points, few.refunds.whole), (Some(0), Some(20)));
    assert_eq!(few.automatic.basis_points, None, "nothing was decided yet");
    for order in &orders[..19] {
        house.apply(&house.buyer, order, "personal").unwrap();
    }
    let nearly = app.performance(Some(30)).unwrap();
    assert_eq!((nearly.automatic.whole, nearly.decision.minutes), (None, None), "nineteen are too few");

    // The twentieth goes to the seller, who contests two hours later, and a reviewer decides against him.
    let revealed = &orders[19];
    app.reveal(&house.buyer, &id(revealed), 1).unwrap();
    let case = house.apply(&house.buyer, revealed, "invalid_code").unwrap();
    house.pass(2);
    let words = yuanlu_app::inputs::StatementInput { words: "卡是好的".into(), evidence: Vec::new() };
    app.contest(&house.seller, &case_id(&case), &words, None).unwrap();
    app.claim(&reviewer, &case_id(&case)).unwrap();
    let approve = ApproveInput { amount: None, answers: supported(), words: String::new() };
    let case = app.approve(&reviewer, &case_id(&case), &approve, None).unwrap();
    house.sent(&house.buyer, &case);
    let shown = app.performance(Some(30)).unwrap();
    assert_eq!((shown.refunds.part, shown.refunds.basis_points), (Some(20), Some(10_000)));
    assert_eq!((shown.automatic.part, shown.automatic.whole), (Some(19), Some(20)));
    assert_eq!(shown.decision.minutes, Some(0));
    assert_eq!(shown.arrival.of, Some(20));
    assert_eq!((shown.by_day.len(), shown.by_day.last().unwrap().applied), (30, 20));
    let totals = app.figures().unwrap();
    assert_eq!((totals.orders, totals.cases, totals.open_cases, totals.completed_cases), (20, 20, 0, 20));

    let seller = SellerId::from(card.seller.id.as_str());
    let page = app.seller_page(&seller).unwrap();
    assert_eq!(page.figures[0].refunds.basis_points, Some(10_000));
    assert_eq!((page.figures[0].silent.basis_points, page.figures[0].answer.minutes), (None, None), "one is too few");
    assert_eq!(page.place, None, "not ranked yet");
    assert_eq!(app.rank_sellers().unwrap(), 2);
    assert_eq!(app.rank_sellers().unwrap(), 2, "doing it again changes nothing");
    let ranking = app.seller_ranking(Some(90), &Page::default()).unwrap();
    assert_eq!((ranking.items.len(), ranking.items[0].place), (1, 1));
    assert_eq!(app.seller_page(&seller).unwrap().place, Some(1));
    assert_eq!(app.seller_page(&"nobody".into()).err(), Some(AppError::NotFound));

    // Ninety days on nobody has sold enough, and nobody keeps a place.
    house.pass(24 * 100);
    app.rank_sellers().unwrap();
    assert_eq!(app.seller_ranking(None, &Page::default()).unwrap().items, []);
    assert_eq!(app.performance(Some(90)).unwrap().refunds.basis_points, None);
}
