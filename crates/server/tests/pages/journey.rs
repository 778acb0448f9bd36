//! From the shop window to money back, by the pages.

use crate::house::{CODE, House};

const DOT: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00, 0x00, 0x00, 0x0d, 0x49,
    0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xfc, 0xcf, 0xc0, 0x50, 0x0f, 0x00, 0x04, 0x85, 0x01, 0x80, 0x84, 0xa9, 0x8c,
    0x21, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// What counts as delivered; the same sentence wherever it matters (R6).
const DELIVERED: &str = "你点击查看卡密，即视为已交付；未查看前不算。";

#[tokio::test(flavor = "multi_thread")]
async fn buying_revealing_and_getting_the_money_back() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    buyer.get("/").await.shows(&["星河点卡 100 元", "¥95.00"]);
    let product = buyer.get(&format!("/p/{}", house.card)).await;
    product.shows(&[DELIVERED, "24 小时", "15 个自然日", "收取 5% 手续费", "&#60;b&#62;不是标签"]);
    let checkout = buyer.get(&format!("/checkout?product={}&quantity=1", house.card)).await;
    checkout.shows(&[DELIVERED, "¥500.00", "name=\"key\""]).hides(&["name=\"confirmed\""]);
    let order = house.buys(&mut buyer, &house.card).await;

    let sealed = buyer.get(&format!("/o/{order}")).await;
    sealed.shows(&[DELIVERED, "卡密已发放，未查看", "确认查看"]).hides(&[CODE, "WXYZ"]);
    let forecast = buyer
        .post_files(
            &format!("/o/{order}/refund/check"),
            &[("units", "1"), ("reason", "personal"), ("text", "买错了")],
            &[],
        )
        .await;
    forecast.shows(&["按规则预计", "很可能自动通过", "¥90.25", "−¥4.75", "买错了", DELIVERED]);

    let revealed = buyer.post(&format!("/o/{order}/reveal/1"), &[]).await;
    revealed.shows(&[CODE, "复制"]);
    buyer.get(&format!("/o/{order}")).await.shows(&["卡密已查看", "WXYZ"]).hides(&[CODE]);

    let form = buyer.get(&format!("/o/{order}/refund?unit=1")).await;
    form.shows(&[DELIVERED, "申请退款"]);
    let fields =
        [("units", "1"), ("reason", "invalid_code"), ("text", "官网提示已被使用"), ("kind_1", "failure_popup")];
    let applied = buyer.post_files(&format!("/o/{order}/refund"), &fields, &[("file_1", DOT)]).await;
    applied.goes_to("/c/");
    let case = applied.location.clone();
    let page = buyer.get(&case).await;
    page.shows(&[
        "待卖家处理",
        "等待卖家答复",
        "轮到：卖家",
        "官网提示已被使用",
        "失败提示截图",
        "data-until",
        "申请退款 95.00",
    ]);
    buyer.get("/refunds").await.shows(&["星河点卡 100 元", "待卖家处理", "2026-03-02 10:00", "¥95.00"]);
    let start = page.body.find("/evidence/").unwrap();
    let file = page.body[start..].split('"').next().unwrap().to_owned();
    let opened = buyer.get(&file).await;
    assert_eq!(opened.headers["content-type"], "image/png");

    let twice = buyer.post_files(&format!("/o/{order}/refund"), &fields, &[]).await;
    assert!(twice.status.is_client_error());
    let path = case.split('?').next().unwrap().to_owned();
    buyer.post(&format!("{path}/withdraw"), &[]).await.goes_to(&path);
    buyer.get(&path).await.shows(&["已撤销", "买家撤销了申请"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_mind_is_decided_at_once_and_lands_in_the_balance() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let order = house.buys(&mut buyer, &house.card).await;
    buyer
        .get("/account")
        .await
        .shows(&["¥405.00", "cannot", "not paid out"].map(|s| if s == "cannot" { "Balance" } else { s }));
    let fields = [("units", "1"), ("reason", "personal"), ("text", "bought by mistake")];
    let applied = buyer.post_files(&format!("/o/{order}/refund"), &fields, &[]).await;
    applied.goes_to("/c/");
    let page = buyer.get(&applied.location).await;
    page.shows(&["Completed", "Decided automatically", "¥90.25", "−¥4.75", "R9", "¥95.00"]);
    buyer.get("/account").await.shows(&["¥495.25"]);
    buyer.get("/account#notices").await.shows(&["Your refund has arrived in full"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_can_be_looked_at_by_a_person() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let order = house.buys(&mut buyer, &house.confirmed).await;
    buyer.post(&format!("/o/{order}/reveal/1"), &[]).await.shows(&["CONF-0001"]);
    let fields = [("units", "1"), ("reason", "personal"), ("text", "bought by mistake")];
    let applied = buyer.post_files(&format!("/o/{order}/refund"), &fields, &[]).await;
    applied.goes_to("/c/");
    let path = applied.location.split('?').next().unwrap().to_owned();
    buyer.get(&path).await.shows(&[
        "Rejected",
        "Changed mind after delivery",
        "Appeal until",
        "Ask for a person to look",
    ]);
    buyer.post(&format!("{path}/person"), &[]).await.goes_to(&path);
    buyer.get(&path).await.shows(&["Under review", "The buyer asked for a person to look"]).hides(&["/person\""]);
}
