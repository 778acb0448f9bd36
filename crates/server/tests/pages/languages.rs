//! Every page in both languages: nothing untranslated, nothing left to fill in.

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_speaks_both_languages() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    let order = house.buys(&mut buyer, &house.card).await;
    let topup = house.buys(&mut buyer, &house.topup).await;
    let fields =
        [("units", "1"), ("reason", "not_as_described"), ("received_face", "50"), ("text", "x y z, only half")];
    let applied = buyer.post_files(&format!("/o/{order}/refund"), &fields, &[]).await;
    applied.goes_to("/c/");
    let case = applied.location.split('?').next().unwrap().to_owned();

    let open =
        ["/".to_owned(), format!("/p/{}", house.card), format!("/p/{}", house.topup), "/find".into(), "/help".into()];
    let mut pages = open.to_vec();
    pages.extend(["/rules", "/login", "/register", "/nothing"].map(str::to_owned));
    pages.extend(["/tip-off", "/tip-off/find", "/organisations"].map(str::to_owned));
    pages.push(format!("/checkout?product={}", house.confirmed));
    let mut own = pages.clone();
    own.retain(|path| path != "/login");
    own.extend(["/orders", "/refunds", "/account", "/account/credit"].map(str::to_owned));
    own.extend([format!("/o/{order}"), format!("/o/{topup}"), format!("/o/{topup}/refund"), case]);
    for language in ["zh", "en"] {
        let mut stranger = house.visitor(language);
        let mut owner = buyer.clone();
        owner.get(&format!("/?lang={language}")).await.shows(&[]);
        for (visitor, paths) in [(&mut stranger, &pages), (&mut owner, &own)] {
            for path in paths {
                let page = visitor.get(path).await;
                assert!(page.status == 200 || path == "/nothing", "{path}: {}", page.status);
                looks_whole(path, language, &page.body);
            }
        }
    }
}

/// Nothing is left to fill in, and no key shows.
#[track_caller]
pub fn looks_whole(path: &str, language: &str, page: &str) {
    let tag = if language == "zh" { "lang=\"zh-CN\"" } else { "lang=\"en\"" };
    assert!(page.contains(&format!("<html {tag}")), "{path}");
    // The body's own attributes hold sentences for the script to fill in.
    let start = page.find("<body").unwrap();
    let body = &page[start + page[start..].find('>').unwrap()..];
    assert!(!body.contains('{') && !body.contains('}'), "{path} has a gap in {language}: {}", around(body, '{'));
    for area in [
        "credit.", "shop.", "order.", "refund.", "case.", "account.", "common.", "problem.", "rules.", "policy.",
        "code.", "event.",
    ] {
        for (at, _) in body.match_indices(area) {
            let before = body[..at].chars().next_back();
            let after = body[at + area.len()..].chars().next();
            let is_key = before.is_some_and(|c| c == '>' || c == ' ' || c == '"')
                && after.is_some_and(|c| c.is_ascii_lowercase());
            assert!(!is_key, "{path} shows a key in {language}: {}", &body[at..body.len().min(at + 60)]);
        }
    }
}

fn around(text: &str, mark: char) -> String {
    let at = text.find(mark).unwrap_or_default();
    text[at..].chars().take(80).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_chosen_by_link_and_stays() {
    let house = House::open();
    let mut visitor = house.visitor("zh");
    visitor.get("/").await.shows(&["商城", "href=\"/?lang=en\""]);
    visitor.get("/?lang=en").await.shows(&["Know what you buy"]);
    visitor.get("/help").await.shows(&["I want a refund"]);
    let mut buyer = house.buyer("ming", "en").await;
    buyer.get("/account").await.shows(&["Change password"]);
    buyer.post("/account/language", &[("language", "zh")]).await.goes_to("/account");
    buyer.get("/account").await.shows(&["修改密码"]);
}
