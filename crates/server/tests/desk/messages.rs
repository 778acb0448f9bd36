//! What leaves the house, by the pages: addresses and choices, words of messages, webhooks, lost passwords.

use crate::house::House;
use yuanlu_app::Carriage;

/// What would be sent now: its text.
fn mails(house: &House) -> Vec<String> {
    house.app.spread_notices().unwrap();
    let messages = house.app.claim_messages(50).unwrap();
    let text = |carriage| match carriage {
        Carriage::Mail(mail) => format!("{}\n{}\n{}", mail.to.as_str(), mail.subject, mail.body),
        Carriage::Sms(call) | Carriage::Webhook(call) => call.uri().to_string(),
    };
    messages.into_iter().map(|message| text(message.carriage)).collect()
}

fn code_in(mail: &str) -> String {
    mail.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap().to_owned()
}

#[tokio::test]
async fn a_person_adds_an_address_and_chooses_what_comes_there() {
    let house = House::open();
    let ann = house.buyer("ann", "100");
    assert_eq!(house.get(None, "/account/notices").await.status, 303);
    let page = house.get(Some(&ann), "/account/notices").await;
    page.shows(&["What reaches you", "always told", "Quiet hours", "Mail address", "Phone number"]);
    page.hides(&["at your desks", "The shop&#39;s duties"]);

    let fields = [("way", "mail"), ("address", "no address")];
    let refused = house.post(Some(&ann), "/account/contacts", &fields).await;
    refused.refuses("Address cannot be read");
    refused.holds(&["value=\"no address\""]);
    house
        .post(Some(&ann), "/account/contacts", &[("way", "mail"), ("address", "ann@mail.example")])
        .await
        .goes_to("/account/notices");
    let waiting = house.get(Some(&ann), "/account/notices").await;
    waiting.shows(&["a***@mail.example", "Six digits"]).hides(&["ann@mail.example"]);
    let sent = mails(&house);
    assert!(sent[0].starts_with("ann@mail.example\n"), "{sent:?}");
    house.post(Some(&ann), "/account/contacts/confirm", &[("way", "mail"), ("code", "000")]).await.refuses("Code");
    let code = code_in(&sent[0]);
    house
        .post(Some(&ann), "/account/contacts/confirm", &[("way", "mail"), ("code", &code)])
        .await
        .goes_to("/account/notices");
    house.get(Some(&ann), "/account/notices").await.shows(&["Confirmed", "Remove"]);

    let none = house.post(Some(&ann), "/account/notices/choices", &[("order_mail", "1")]).await;
    none.refuses("need one way at least");
    let fields = [
        ("decision_mail", "1"),
        ("money_mail", "1"),
        ("deadline_mail", "1"),
        ("quiet_from", "22:00"),
        ("quiet_until", "22:00"),
    ];
    house.post(Some(&ann), "/account/notices/choices", &fields).await.refuses("same as the begin");
    let fields = [fields[0], fields[1], fields[2], fields[3], ("quiet_until", "08:00"), ("zone", "Europe/Berlin")];
    house.post(Some(&ann), "/account/notices/choices", &fields).await.goes_to("/account/notices");
    let kept = house.get(Some(&ann), "/account/notices").await;
    kept.holds(&["value=\"22:00\"", "<option selected>Europe/Berlin</option>"]);

    house.post(Some(&ann), "/account/contacts/remove", &[("way", "mail")]).await.goes_to("/account/notices");
    house.get(Some(&ann), "/account/notices").await.hides(&["Confirmed"]);
}

#[tokio::test]
async fn a_decision_reaches_the_buyer_with_everything_he_needs() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let product = crate::card_on_sale(&house, &seller, "AAAA-1111-XYZW\nBBBB-2222-XYZW\n").await;
    let ann = house.buyer("ann", "300");
    house.app.set_language(&ann.principal, "en").unwrap();
    house
        .post(Some(&ann), "/account/contacts", &[("way", "mail"), ("address", "ann@mail.example")])
        .await
        .goes_to("/account");
    let code = code_in(&mails(&house)[0]);
    house.post(Some(&ann), "/account/contacts/confirm", &[("way", "mail"), ("code", &code)]).await.goes_to("/account");

    let order = house.buys(&ann, &product, "95.50");
    let case = house.complains(&ann, &order);
    let told = mails(&house);
    let issued = told.iter().find(|mail| mail.contains("Your code is ready")).unwrap();
    assert!(issued.contains(&format!("http://127.0.0.1:8080/o/{}", order.order)), "{issued}");
    assert!(!told.iter().any(|mail| mail.contains("AAAA-1111") || mail.contains("BBBB-2222")), "no code in a message");

    let agreed = format!("/seller/cases/{}/agree", case.summary.case);
    house.post(Some(&seller), &agreed, &[("words", "ok")]).await.goes_to("/seller");
    let told = mails(&house);
    // Paid into the balance it is approved and there in the same moment, and one mail says so.
    let arrived = told.iter().find(|mail| mail.contains("has arrived in full")).unwrap_or_else(|| panic!("{told:?}"));
    for part in ["¥95.50", &format!("/c/{}", case.summary.case), "ann@mail.example"] {
        assert!(arrived.contains(part), "{part} in {arrived}");
    }
}

#[tokio::test]
async fn words_are_tried_changed_and_reset() {
    let house = House::open();
    let root = &house.admin;
    let ann = house.buyer("ann", "1");
    assert_eq!(house.get(Some(&ann), "/staff/templates").await.status, 403);
    house.get(Some(root), "/staff/templates").await.shows(&["An application was approved", "Your code"]);
    let path = "/staff/templates/case_approved?way=mail&language=en";
    house.get(Some(root), path).await.shows(&["Where the money goes", "back to WeChat Pay", "What it looks like"]);
    assert_eq!(house.get(Some(root), "/staff/templates/nothing").await.status, 404);

    let bad = [("subject", "Good news"), ("body", "You get\n{{ amuont }} <b>"), ("do", "keep")];
    let refused = house.post(Some(root), path, &bad).await;
    assert_eq!(refused.status, 422);
    refused.holds(&["amuont", "(line 2)", "You get\n{{ amuont }} &#60;b&#62;"]);
    let good = [("subject", "Good news"), ("body", "You get {{ amount }} <b>"), ("do", "preview")];
    house.post(Some(root), path, &good).await.holds(&["You get ¥95.00 &#60;b&#62;"]);
    house.get(Some(root), path).await.hides(&["Good news"]);
    let good = [good[0], good[1], ("do", "keep")];
    house.post(Some(root), path, &good).await.goes_to("/staff/templates/case_approved");
    house.get(Some(root), path).await.shows(&["Good news", "Changed by root"]);
    house.get(Some(root), "/staff/templates").await.shows(&["Changed"]);
    house.get(Some(root), "/staff/audit").await.holds(&["case_approved"]);
    house.post(Some(root), path, &[("do", "reset")]).await.goes_to("/staff/templates/case_approved");
    house.get(Some(root), path).await.hides(&["Good news"]);
    house.get(Some(root), "/staff/messages").await.shows(&["What was sent", "Stopped addresses"]);
}

#[tokio::test]
async fn a_shop_adds_a_webhook_and_sees_its_secret_once() {
    let house = House::open();
    let seller = house.seller("Moon", "moon");
    let other = house.seller("Sun", "sun");
    house.get(Some(&seller), "/seller/webhooks").await.shows(&["There is none yet"]);
    let inside = [("url", "https://192.168.1.1/hook")];
    house.post(Some(&seller), "/seller/webhooks", &inside).await.refuses("private network");
    let added = house.post(Some(&seller), "/seller/webhooks", &[("url", "https://hooks.example.com/a")]).await;
    added.holds(&["whsec_", "shown this once"]);
    let list = house.get(Some(&seller), "/seller/webhooks").await;
    list.holds(&["https://hooks.example.com/a"]).hides(&["whsec_"]);
    let path = list.body.split("href=\"/seller/webhooks/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/seller/webhooks/{path}");
    assert_eq!(house.get(Some(&other), &path).await.status, 404);
    house.post(Some(&seller), &path, &[("do", "test")]).await.goes_to(&path);
    house.get(Some(&seller), &path).await.shows(&["A test delivery", "Waiting"]);
    assert_eq!(house.post(Some(&other), &path, &[("do", "remove")]).await.status, 404);
    house.post(Some(&seller), &path, &[("do", "remove")]).await.goes_to("/seller/webhooks");
    assert_eq!(house.get(Some(&seller), &path).await.status, 404);
}

#[tokio::test]
async fn a_lost_password_is_set_anew_by_mail_and_tells_nobody_who_is_here() {
    let house = House::open();
    let ann = house.buyer("ann", "1");
    house
        .post(Some(&ann), "/account/contacts", &[("way", "mail"), ("address", "ann@mail.example")])
        .await
        .goes_to("/account");
    let code = code_in(&mails(&house)[0]);
    house.post(Some(&ann), "/account/contacts/confirm", &[("way", "mail"), ("code", &code)]).await.goes_to("/account");

    house.get(None, "/login").await.shows(&["Forgot the password"]);
    house.get(None, "/forgot").await.shows(&["Send the link"]);
    for named in ["nobody", "root", "nobody@mail.example"] {
        house.post(None, "/forgot", &[("login", named)]).await.goes_to("/login?said=link_sent");
        assert_eq!(mails(&house).len(), 0, "{named}");
    }
    house.post(None, "/forgot", &[("login", "Ann@mail.example")]).await.goes_to("/login?said=link_sent");
    let sent = mails(&house);
    let link = sent[0].split("/link/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let page = house.get(None, &format!("/link/{link}")).await;
    page.shows(&["ann"]);
    house.app.clock().set(house.app.now().plus_minutes(31));
    assert_eq!(house.get(None, &format!("/link/{link}")).await.status, 404, "thirty minutes are over");
}
