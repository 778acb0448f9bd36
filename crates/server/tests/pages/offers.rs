//! Offers by the pages: before a case and in one, what follows from accepting said first, and what cannot be.

use crate::house::{CODE, House, SECOND_CODE};

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_is_offered_and_taken_in_one_step() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let mut seller = house.seller("en").await;
    let (order, case) = house.claims(&mut buyer).await;
    let (own, theirs) = (format!("/c/{case}"), format!("/seller/cases/{case}"));
    seller.get(&own).await.goes_to(&theirs);
    seller.get(&theirs).await.shows(&[
        "Make an offer",
        "All of it: ¥95.00",
        "From stock (1 can be sold)",
        "2 more offer(s)",
        "working days",
    ]);
    let fields = [("kind", "replacement"), ("words", "here is another one")];
    seller.post(&format!("{theirs}/offers"), &fields).await.goes_to(&theirs);
    seller.get(&theirs).await.shows(&["Your offer", "Waiting for an answer"]).hides(&["value=\"replacement\""]);
    let page = buyer.get(&own).await;
    page.shows(&[
        "Offer to answer",
        "An offer from the seller",
        "here is another one",
        "A new code is put into your order at once",
        "the platform reviews the case; it is not held against you",
        "data-until",
    ]);
    let answer = [("answer", "accept"), ("case", case.as_str()), ("key", "one-answer")];
    let path = format!("/orders/{order}/offers/1");
    buyer.post(&path, &answer).await.goes_to(&own);
    buyer.post(&path, &answer).await.goes_to(&own);
    buyer.get(&own).await.shows(&["Replaced", "The new code is in your order", "A new code was given"]);
    buyer.get("/account").await.shows(&["A new code is in your order"]);
    buyer.post(&format!("/o/{order}/reveal/1"), &[]).await.shows(&[SECOND_CODE]).hides(&[CODE]);
    let late = buyer.post(&path, &[("answer", "decline"), ("case", case.as_str())]).await;
    late.refuses(409, "accepted");
    let mut stranger = house.buyer("stranger", "en").await;
    stranger.post(&path, &answer).await.refuses(404, "no such page");
}

#[tokio::test(flavor = "multi_thread")]
async fn part_of_it_is_offered_declined_and_offered_again_within_the_limits() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    let mut seller = house.seller("zh").await;
    let (order, case) = house.claims(&mut buyer).await;
    let (own, theirs) = (format!("/c/{case}"), format!("/seller/cases/{case}"));
    for (fields, sentence) in [
        (vec![("kind", "part"), ("amount", "95.01"), ("words", "先退一部分")], "最多可退 95.00"),
        (vec![("kind", "part"), ("amount", ""), ("words", "先退一部分")], "请填写金额"),
        (vec![("kind", "part"), ("amount", "x"), ("words", "先退一部分")], "金额须为数字"),
        (vec![("kind", "more_time"), ("until", "2026-03-01T10:00"), ("words", "先退一部分")], "已经过去"),
        (vec![("kind", "more_time"), ("until", "2026-03-20T10:00"), ("words", "先退一部分")], "最多延长 7 天"),
        (vec![("kind", "more_time"), ("until", "soon"), ("words", "先退一部分")], "无法读取"),
        (vec![("kind", "gold"), ("words", "先退一部分")], "不是可选的值"),
    ] {
        let mut fields = fields;
        fields.push(("form", "offer"));
        let refused = seller.post(&format!("{theirs}/offers"), &fields).await;
        refused.refuses(422, sentence);
        refused.holds(&["先退一部分"]);
    }
    let part = [("kind", "part"), ("amount", "40"), ("words", "先退一部分")];
    seller.post(&format!("{theirs}/offers"), &part).await.goes_to(&theirs);
    buyer.get(&own).await.shows(&[
        "¥40.00",
        "立即退款 ¥40.00，退回平台余额",
        "比你申请的少 ¥55.00",
        "不接受则转平台审核",
    ]);
    let path = format!("/orders/{order}/offers");
    buyer.post(&format!("{path}/1"), &[("answer", "maybe")]).await.refuses(422, "答复不是可选的值");
    buyer.post(&format!("{path}/1"), &[("answer", "decline"), ("case", &case)]).await.goes_to(&own);
    buyer.get(&own).await.shows(&["待审核", "未接受", "买家没有接受方案"]);
    seller.get("/account").await.shows(&["买家没有接受你的方案"]);
    let full = [("kind", "full"), ("words", "全额退")];
    seller.get(&theirs).await.shows(&["审核期间还可以提出 1 个方案"]);
    seller.post(&format!("{theirs}/offers"), &full).await.goes_to(&theirs);
    buyer.get(&own).await.shows(&["这就是你申请的全部金额", "不接受则审核照常进行"]);
    seller.post(&format!("{theirs}/offers"), &full).await.refuses(409, "已有待确认的方案");
    buyer.post(&format!("{path}/2"), &[("answer", "accept"), ("case", &case)]).await.goes_to(&own);
    buyer.get(&own).await.shows(&["已完成", "双方达成一致", "¥95.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_any_case_the_seller_offers_and_the_buyer_accepts() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let mut seller = house.seller("en").await;
    let order = house.buys(&mut buyer, &house.topup).await;
    let (own, theirs) = (format!("/orders/{order}/thread"), format!("/seller/orders/{order}/thread"));
    seller.get(&theirs).await.shows(&["Make an offer", "What you own up to"]);
    let base = [("units", "1"), ("reason", "late_delivery"), ("words", "the supplier is slow")];
    let with = |more: &[(&'static str, &'static str)]| [&base[..], more].concat();
    let offers = format!("/seller/orders/{order}/offers");
    let none =
        seller.post(&offers, &[("kind", "full"), ("words", "the supplier is slow"), ("reason", "late_delivery")]).await;
    none.holds(&["the supplier is slow", "role=\"alert\""]);
    assert_eq!(none.status, 422);
    seller.post(&offers, &with(&[("kind", "replacement")])).await.refuses(422, "not on sale");
    seller.post(&offers, &with(&[("kind", "more_time"), ("until", "2026-03-04T10:00")])).await.goes_to(&theirs);
    buyer.get("/account").await.shows(&["The seller made an offer", &own]);
    buyer.get(&format!("/o/{order}")).await.shows(&[
        "More time",
        "The seller has until 2026-03-04 10:00",
        "the supplier is slow",
    ]);
    buyer.get(&own).await.shows(&["An offer from the seller", "nothing changes and you can still apply"]);
    let taken = buyer.post(&format!("/orders/{order}/offers/1"), &[("answer", "accept")]).await;
    taken.goes_to("/c/");
    buyer.get(&taken.location).await.shows(&["With the seller", "2026-03-04 10:00", "it is approved"]);
    let mut stranger = house.buyer("stranger", "en").await;
    stranger.post(&offers, &base).await.refuses(404, "no such page");
    house.visitor("en").post(&offers, &base).await.goes_to("/login");
}
