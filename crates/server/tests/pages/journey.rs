//! From the shop window to money back, by the pages.

use crate::house::{CODE, DOT, House, Reply};

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
        "申请退款 ¥95.00",
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

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_may_want_a_form_and_only_that_page_may_post_there() {
    let house = House::with_form();
    let mut guest = house.visitor("en");
    let fields = [
        ("product", house.card.as_str()),
        ("quantity", "1"),
        ("seen_price", "95.00"),
        ("tender", "paper"),
        ("contact", "13800000000"),
        ("query_password", "six or more"),
    ];
    let placed = guest.post("/checkout", &fields).await;
    let pay = guest.get(&placed.location).await;
    pay.shows(&[
        "action=\"https://gateway.test:8443/pay?v=1\"",
        "name=\"amount\" value=\"95.00\"",
        "Waiting for payment",
    ]);
    let policy = |reply: &Reply| reply.headers["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy(&pay).contains("form-action 'self' https://gateway.test:8443;"), "{}", policy(&pay));
    assert!(policy(&pay).contains("default-src 'none'"));
    let home = guest.get("/").await;
    assert!(policy(&home).contains("form-action 'self';"), "{}", policy(&home));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_buys_pays_comes_back_and_takes_the_order_into_an_account() {
    let house = House::with_channel();
    let mut guest = house.visitor("en");
    guest
        .get(&format!("/checkout?product={}", house.card))
        .await
        .shows(&["name=\"contact\"", "name=\"query_password\""]);
    let fields = [
        ("product", house.card.as_str()),
        ("quantity", "1"),
        ("seen_price", "95.00"),
        ("tender", "paper"),
        ("contact", "13800000000"),
        ("query_password", "six or more"),
    ];
    guest.post("/checkout", &fields[..5]).await.refuses(422, "Query password");
    let placed = guest.post("/checkout", &fields).await;
    placed.goes_to("/pay/");
    let order = placed.location.trim_start_matches("/pay/").to_owned();
    let pay = guest.get(&placed.location).await;
    pay.shows(&["Waiting for payment", "/paper/", "amount=9500", order.as_str(), "http-equiv=\"refresh\""]);
    let number = pay.body.split("/paper/").nth(1).unwrap().split('?').next().unwrap().to_owned();

    let callback = |text: String, signed: bool| {
        let mut channel = house.visitor("en");
        async move {
            let request = axum::http::Request::post("/callback/paper");
            let request = if signed { request.header("signed", "yes") } else { request };
            channel.send(request, text.into()).await
        }
    };
    assert_eq!(callback(format!("{number} REF1 9500"), false).await.status, 400);
    guest.get(&format!("/o/{order}")).await.shows(&["To be paid"]);
    callback(format!("{number} REF1 9500"), true).await.shows(&["filed"]);
    callback(format!("{number} REF1 9500"), true).await.shows(&["filed"]);
    guest.get(&placed.location).await.goes_to(&format!("/o/{order}"));
    guest.get(&format!("/o/{order}")).await.shows(&["Code issued, sealed"]);

    let mut later = house.visitor("en");
    let unknown = later.post("/find", &[("order", "260302AAAAAAAAAA"), ("query_password", "six or more")]).await;
    let wrong = later.post("/find", &[("order", &order), ("query_password", "not this one")]).await;
    unknown.refuses(422, "Order number or query password is wrong");
    wrong.refuses(422, "Order number or query password is wrong");
    later.get(&format!("/help?order={order}")).await.goes_to(&format!("/find?order={order}&then="));
    let fields =
        [("order", order.as_str()), ("query_password", "six or more"), ("then", &format!("/o/{order}/refund"))];
    later.post("/find", &fields).await.goes_to(&format!("/o/{order}/refund"));
    let form = later.get(&format!("/o/{order}/refund")).await;
    form.shows(&["Apply for a refund"]).hides(&["name=\"to_balance\""]);

    let mut owner = house.buyer("ming", "en").await;
    owner.get(&format!("/o/{order}")).await.refuses(404, "no such page");
    owner.post("/find", &fields[..2]).await.goes_to(&format!("/o/{order}"));
    owner.get("/orders").await.shows(&[order.as_str()]);
    guest.get(&format!("/o/{order}")).await.hides(&["Code issued"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_refused_keeps_the_files_that_came_with_it() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let order = house.buys(&mut buyer, &house.card).await;
    let path = format!("/o/{order}/refund");
    let fields =
        [("units", "1"), ("reason", "invalid_code"), ("text", "used before"), ("amount", "x"), ("kind_1", "chat_log")];
    let refused = buyer.post_files(&path, &fields, &[("file_1", DOT)]).await;
    refused.refuses(422, "has to be a number");
    let id = refused.body.split("name=\"evidence\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("units", "1"), ("reason", "invalid_code"), ("text", "used before"), ("evidence", id.as_str())];
    let applied = buyer.post_files(&path, &fields, &[]).await;
    applied.goes_to("/c/");
    buyer.get(&applied.location).await.shows(&["Chat log", "used before"]);
}
