//! Sessions, and what is somebody else's.

use crate::house::{CODE, House, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_from_registering_to_signing_out() {
    let house = House::open();
    let mut visitor = house.visitor("en");
    visitor.get("/account").await.goes_to("/login?next=/account");
    visitor
        .post("/register", &[("login", "ming"), ("password", PASSWORD), ("next", "/account")])
        .await
        .goes_to("/account");
    visitor.get("/account").await.shows(&["ming", "Balance", "This one"]);
    let old = visitor.clone();
    visitor.post("/logout", &[]).await.goes_to("/");
    visitor.get("/account").await.goes_to("/login");
    old.clone().get("/account").await.goes_to("/login");

    let wrong = visitor.post("/login", &[("login", "ming"), ("password", "wrong wrong")]).await;
    let unknown = visitor.post("/login", &[("login", "nobody"), ("password", "wrong wrong")]).await;
    wrong.refuses(401, "Name, password or code is wrong");
    unknown.refuses(401, "Name, password or code is wrong");
    visitor
        .post("/login", &[("login", "ming"), ("password", PASSWORD), ("next", "//evil.example")])
        .await
        .goes_to("/?said=welcome");
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_can_be_signed_out_and_a_new_password_signs_out_all() {
    let house = House::open();
    let mut laptop = house.buyer("ming", "en").await;
    let mut phone = house.visitor("en");
    phone.post("/login", &[("login", "ming"), ("password", PASSWORD)]).await.goes_to("/");
    let page = laptop.get("/account").await;
    let start = page.body.find("name=\"session\" value=\"").unwrap() + 22;
    let id = page.body[start..].split('"').next().unwrap().to_owned();
    laptop.post("/account/revoke", &[("session", &id)]).await.goes_to("/account");
    phone.get("/account").await.goes_to("/login");

    let wrong =
        laptop.post("/account/password", &[("password", "not this"), ("new_password", "another 9 phrase")]).await;
    wrong.refuses(422, "Name, password or code is wrong");
    let fields = [("password", PASSWORD), ("new_password", "another 9 phrase")];
    laptop.post("/account/password", &fields).await.goes_to("/login");
    laptop.get("/account").await.goes_to("/login");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebody_elses_does_not_exist() {
    let house = House::open();
    let mut owner = house.buyer("ming", "en").await;
    let order = house.buys(&mut owner, &house.card).await;
    let apply = [("units", "1"), ("reason", "not_as_described"), ("received_face", "50"), ("text", "only half of it")];
    let case = owner.post_files(&format!("/o/{order}/refund"), &apply, &[]).await;
    case.goes_to("/c/");
    let case = case.location.split('?').next().unwrap().to_owned();

    let mut stranger = house.buyer("lan", "en").await;
    let mut nobody = house.visitor("en");
    for path in [format!("/o/{order}"), format!("/pay/{order}"), format!("/o/{order}/refund"), case.clone()] {
        let reply = stranger.get(&path).await;
        reply.refuses(404, "There is no such page or number");
        reply.hides(&["95.00", "星河点卡 100"]);
        let reply = nobody.get(&path).await;
        assert!(matches!(reply.status.as_u16(), 303 | 404), "{path}: {}", reply.status);
        reply.hides(&["95.00"]);
    }
    for path in [
        format!("/o/{order}/reveal/1"),
        format!("/o/{order}/confirm"),
        format!("/o/{order}/pay"),
        format!("{case}/withdraw"),
        format!("{case}/person"),
    ] {
        let reply = stranger.post(&path, &[("units", "1")]).await;
        reply.refuses(404, "There is no such page or number");
        reply.hides(&[CODE]);
    }
    stranger.post_files(&format!("/o/{order}/refund"), &apply, &[]).await.refuses(404, "no such page");
    stranger.post_files(&format!("{case}/material"), &[("words", "mine")], &[]).await.refuses(404, "no such page");
    owner.get(&case).await.shows(&["only half of it"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_come_in_by_a_link_used_once_and_pass_the_second_factor() {
    let house = House::open();
    let token = house.invites("rev", "reviewer");
    let mut visitor = house.visitor("en");
    let path = format!("/link/{token}");
    let page = visitor.get(&path).await;
    page.shows(&["Set up your sign-in", "Reviewer", "otpauth://totp/"]);
    let secret = yuanlu_app::Secret::from(page.body.split("code-box\">").nth(1).unwrap().split('<').next().unwrap());
    let code = |house: &House| yuanlu_app::totp_code(&secret, house.app.clock().real_now()).unwrap();
    visitor.post(&path, &[("password", PASSWORD)]).await.refuses(422, "second factor");
    visitor.post(&path, &[("password", PASSWORD), ("totp", "000000")]).await.refuses(422, "is wrong");
    visitor.post(&path, &[("password", PASSWORD), ("totp", &code(&house))]).await.goes_to("/");
    visitor.get("/staff").await.shows(&[]);
    visitor.post("/logout", &[]).await.goes_to("/");
    visitor.get(&path).await.refuses(404, "no such page");

    let half = visitor.post("/login", &[("login", "rev"), ("password", PASSWORD)]).await;
    half.refuses(401, "name=\"totp\"");
    half.hides(&[PASSWORD]);
    let used = visitor.post("/login", &[("login", "rev"), ("password", PASSWORD), ("totp", &code(&house))]).await;
    used.refuses(401, "is wrong");
    house.app.clock().set(house.app.now().plus_seconds(31));
    visitor.post("/login", &[("login", "rev"), ("password", PASSWORD), ("totp", &code(&house))]).await.goes_to("/");
    visitor.get("/staff").await.shows(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_sets_up_a_second_factor_himself() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    buyer.post("/account/totp", &[("password", "not this one")]).await.refuses(422, "is wrong");
    let page = buyer.post("/account/totp", &[("password", PASSWORD)]).await;
    page.shows(&["otpauth://totp/"]);
    let field = |name: &str| {
        let rest = page.body.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().replace("&#38;", "&")
    };
    let (token, secret, link) = (field("token"), field("secret"), field("link"));
    let wrong = [("token", token.as_str()), ("secret", &secret), ("link", &link), ("totp", "000000")];
    buyer.post("/account/totp/confirm", &wrong).await.refuses(422, &secret);
    let now = house.app.clock().real_now();
    let code = yuanlu_app::totp_code(&yuanlu_app::Secret::from(secret.as_str()), now).unwrap();
    buyer.post("/account/totp/confirm", &[("token", &token), ("totp", &code)]).await.goes_to("/login");
    buyer.post("/login", &[("login", "ming"), ("password", PASSWORD)]).await.refuses(401, "name=\"totp\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_order_opens_with_its_query_password_only() {
    let house = House::open();
    // Guests pay through a channel; this shop has none, and says so instead of taking an order nobody could pay.
    let mut guest = house.visitor("en");
    guest.get(&format!("/checkout?product={}", house.card)).await.shows(&["Only balance can be spent here"]);
    let unknown = guest.post("/find", &[("order", "260302AAAAAAAAAA"), ("query_password", "whatever")]).await;
    unknown.refuses(422, "Order number or query password is wrong");
}
