//! What browsers are told and held to: headers, cookies, requests of other sites.

use crate::house::{House, PASSWORD};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_security_headers() {
    let house = House::open();
    let mut visitor = house.visitor("en");
    for path in ["/", "/nothing", "/login", "/healthz", "/api/v1/nothing", "/assets/nothing.css"] {
        let reply = visitor.get(path).await;
        let header = |name: &str| reply.headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert!(header("permissions-policy").contains("camera=()"), "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert!(!reply.headers.contains_key("strict-transport-security"), "{path}: not by plain http");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_no_inline_style_or_script() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    let order = house.buys(&mut buyer, &house.card).await;
    for path in ["/", "/account", "/rules", &format!("/o/{order}"), &format!("/o/{order}/refund")] {
        let page = buyer.get(path).await;
        page.hides(&[" style=", "<style", " onclick=", " onsubmit=", "javascript:"]);
        let scripts = page.body.matches("<script").count();
        assert_eq!(scripts, page.body.matches("<script src=\"/assets/").count(), "{path}: only files");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_never_change_and_are_small() {
    let house = House::open();
    let mut visitor = house.visitor("zh");
    let page = visitor.get("/login").await;
    for ending in [".css", ".js", ".svg"] {
        let end = page.body.find(ending).unwrap() + ending.len();
        let start = page.body[..end].rfind("/assets/").unwrap();
        let path = &page.body[start..end];
        let asset = visitor.get(path).await;
        assert_eq!(asset.status, StatusCode::OK);
        assert!(asset.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"), "{path}");
        let request = Request::get(path).header(header::ACCEPT_ENCODING, "gzip");
        let packed = visitor.send(request, Body::empty()).await;
        let most = if ending == ".js" { 9_000 } else { 20_000 };
        assert!(packed.body.len() < most, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_post() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    let order = house.buys(&mut buyer, &house.card).await;
    let reveal = format!("/o/{order}/reveal/1");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let reply = buyer.send(Request::post(&reveal).header(name, value), Body::empty()).await;
        reply.refuses(403, "其他网站");
        reply.hides(&[crate::house::CODE]);
    }
    buyer.get(&format!("/o/{order}")).await.shows(&["卡密已发放，未查看"]);
    let own = Request::post(&reveal).header("sec-fetch-site", "same-origin").header("origin", "http://shop.test");
    buyer.send(own, Body::empty()).await.shows(&[crate::house::CODE]);
    // Channels are no browsers: their callbacks are believed by signature alone, and this channel does not exist.
    let callback = Request::post("/callback/none").header("sec-fetch-site", "cross-site");
    assert_eq!(house.visitor("zh").send(callback, Body::empty()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn session_cookies_are_out_of_reach_of_scripts_and_other_sites() {
    let plain = House::open();
    let fields = [("login", "ming"), ("password", PASSWORD)];
    let reply = plain.visitor("zh").post("/register", &fields).await;
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("yuanlu=") && cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");

    let secure = House::open_at("https://shop.test");
    let reply = secure.visitor("zh").post("/register", &fields).await;
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-yuanlu=") && cookie.contains("; Path=/;"), "{cookie}");
    assert!(cookie.ends_with("; Secure") && !cookie.contains("Domain"), "{cookie}");
    assert!(reply.headers.contains_key("strict-transport-security"));
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_post_too_often_are_slowed_down() {
    let house = House::open();
    let mut visitor = house.visitor("en");
    let fields = [("login", "nobody"), ("password", "x")];
    let mut last = visitor.post("/logout", &fields).await;
    for _ in 0..80 {
        last = visitor.post("/logout", &fields).await;
    }
    last.refuses(429, "Too many attempts");
    assert!(last.headers.contains_key(header::RETRY_AFTER));
    visitor.get("/").await.shows(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_of_a_page_leads_where_the_address_says() {
    let house = House::open();
    let mut visitor = house.visitor("en");
    visitor.get("//evil.example/x").await.hides(&["href=\"//evil"]);
    let request =
        Request::post("/logout").header("host", "shop.test").header("referer", "http://shop.test//evil.example");
    let request = request.header("origin", "https://evil.example");
    visitor.send(request, Body::empty()).await.hides(&["href=\"//evil"]);
}
