//! The order's thread, by the pages: talking, hints before sending, promises, what was read, and who may look.

use crate::house::{DOT, House};

#[tokio::test(flavor = "multi_thread")]
async fn buyer_and_seller_talk_and_see_what_was_read_and_promised() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let mut seller = house.seller("en").await;
    let order = house.buys(&mut buyer, &house.card).await;
    let (own, theirs) = (format!("/orders/{order}/thread"), format!("/seller/orders/{order}/thread"));
    buyer.get(&format!("/o/{order}")).await.shows(&["Write to the seller", &own]).hides(&["1 unread<"]);
    buyer.get(&own).await.shows(&["No messages yet", "name=\"text\""]);
    let fields = [("text", "it says <used> already"), ("kind_1", "other")];
    buyer.post_files(&own, &fields, &[("file_1", DOT), ("file_1", DOT)]).await.goes_to(&own);
    let said = buyer.get(&own).await;
    said.shows(&["it says &#60;used&#62; already", "Not read yet", "<img src=\"/evidence/"]);
    let picture = said.body.split("<img src=\"/evidence/").nth(1).unwrap();
    let picture = format!("/evidence/{}", picture.split('"').next().unwrap());

    seller.get(&format!("/seller/orders/{order}")).await.shows(&["1 unread<", &theirs]);
    seller.get("/account").await.shows(&["A new message about an order", &own]);
    seller.get(&own).await.goes_to(&theirs);
    seller.get(&theirs).await.shows(&["it says &#60;used&#62; already", "id=\"new\"", "<img src=\"/evidence/"]);
    assert_eq!(seller.get(&picture).await.headers["content-type"], "image/png");
    seller.get(&theirs).await.shows(&["it says"]).hides(&["id=\"new\""]);
    buyer.get(&own).await.shows(&["✓✓ Read"]);

    seller.post_files(&theirs, &[("text", "24小时内退款到账")], &[]).await.goes_to(&theirs);
    let unread = buyer.get(&format!("/o/{order}")).await;
    unread.shows(&["1 unread<"]);
    buyer
        .get(&own)
        .await
        .shows(&["Promised: money back · by 2026-03-03 10:00", "pill good"])
        .hides(&["its time is over"]);
    house.pass(25 * 3600);
    buyer.get(&own).await.shows(&["by 2026-03-03 10:00 · its time is over", "this line is your proof"]);
    let mut zh = house.seller("zh").await;
    zh.get(&theirs).await.shows(&["承诺退款 · 最迟 2026-03-03 10:00 · 时限已过"]).hides(&["这条记录就是依据"]);

    let mut stranger = house.buyer("stranger", "en").await;
    stranger.get(&own).await.refuses(404, "no such page");
    stranger.get(&theirs).await.refuses(404, "no such page");
    stranger.post_files(&own, &[("text", "hello")], &[("file_1", DOT)]).await.refuses(404, "no such page");
    assert_eq!(stranger.get(&picture).await.status, 404);
    house.visitor("en").get(&own).await.refuses(404, "no such page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_with_a_hint_comes_back_as_it_was_and_is_sent_all_the_same() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let mut seller = house.seller("en").await;
    let order = house.buys(&mut buyer, &house.card).await;
    let theirs = format!("/seller/orders/{order}/thread");
    let text = "加我微信 kami_8888 处理";
    let hinted = seller.post_files(&theirs, &[("text", text)], &[("file_1", DOT)]).await;
    assert_eq!(hinted.status, 422);
    hinted.holds(&[
        "Before you send this",
        text,
        "kami_8888",
        "Send it all the same",
        "name=\"hints_seen\" value=\"1\"",
    ]);
    hinted.hides(&["role=\"alert\""]);
    buyer.get(&format!("/orders/{order}/thread")).await.shows(&["No messages yet"]);
    let file = hinted.body.split("name=\"evidence\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("text", text), ("hints_seen", "1"), ("evidence", file.as_str())];
    seller.post_files(&theirs, &fields, &[]).await.goes_to(&theirs);
    buyer.get(&format!("/orders/{order}/thread")).await.shows(&[text, "Holds an account elsewhere", "/evidence/"]);

    // The script asks the same while somebody writes.
    let live = seller.post("/text/check", &[("text", text)]).await;
    live.shows(&["Before you send this", "Send it all the same"]).hides(&["<html"]);
    seller.post("/text/check", &[("text", "24小时内退款")]).await.shows(&["It will be marked", "Promised: money back"]);
    seller.post("/text/check", &[("text", "ok")]).await.shows(&[]).hides(&["note"]);
    house.visitor("en").post("/text/check", &[("text", "ok")]).await.goes_to("/login");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_said_and_nothing_typed_is_lost() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let order = house.buys(&mut buyer, &house.card).await;
    let own = format!("/orders/{order}/thread");
    buyer.post_files(&own, &[("text", "  ")], &[]).await.refuses(422, "Still missing");
    let endless = "x".repeat(3000);
    buyer.post_files(&own, &[("text", &endless)], &[]).await.refuses(422, "too long");
    let script: &[u8] = b"<script>alert(1)</script>";
    let refused =
        buyer.post_files(&own, &[("text", "see the file")], &[("file_1", script), ("file_1", b"MZ\x90\0")]).await;
    refused.refuses(422, "file type that is not accepted");
    refused.holds(&["see the file"]);
    buyer.post_files(&own, &[("evidence", "not-mine")], &[]).await.refuses(422, "Evidence is not one of the choices");
    buyer.get(&own).await.shows(&["No messages yet"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_writes_with_nothing_but_his_order_open() {
    let house = House::with_channel();
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
    placed.goes_to("/pay/");
    let order = placed.location.trim_start_matches("/pay/").to_owned();
    let own = format!("/orders/{order}/thread");
    guest.get(&format!("/o/{order}")).await.shows(&["Write to the seller", &own]);
    guest.post_files(&own, &[("text", "is it in stock?")], &[]).await.goes_to(&own);
    guest.get(&own).await.shows(&["is it in stock?", "Not read yet"]);
    guest.post("/text/check", &[("text", "加我微信 kami_8888")]).await.shows(&["Before you send this"]);
    let mut seller = house.seller("en").await;
    seller.get(&format!("/seller/orders/{order}/thread")).await.shows(&["Guest", "is it in stock?"]);
}
