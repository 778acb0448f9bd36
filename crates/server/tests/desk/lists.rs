//! Lists as files: whoever may see a list may have it as a file, and nobody else.

use super::house::House;

#[tokio::test]
async fn lists_of_staff_and_sellers_are_files_too() {
    let house = House::open();
    let seller = house.seller("Sun Cards", "sun");
    house.post(Some(&house.admin), "/staff/sellers", &[("name", "=Moon,Cards")]).await.goes_to("/staff/sellers");
    let audit = house.get(Some(&house.admin), "/staff/audit.csv").await;
    audit.shows(&["\u{feff}When,Who", "\"Name: =Moon,Cards\""]);
    // What a spreadsheet would run is text.
    let funds = house.get(Some(&house.admin), "/staff/funds.csv").await;
    funds.shows(&["\u{feff}Shop,Earnings", "\"'=Moon,Cards\",0.00"]);
    let outside = house.get(Some(&house.admin), "/staff/outside.csv?show=over").await;
    outside.shows(&["\u{feff}Where,Their number"]);
    let escrow = house.get(Some(&seller), "/seller/account/escrow.csv").await;
    escrow.shows(&["\u{feff}Order,"]);
    let people = house.get(Some(&house.admin), "/staff/people.csv").await;
    people.shows(&["\u{feff}People,Roles", "\nsun,"]);
    house.get(Some(&house.admin), "/staff/admissions.csv").await.shows(&["\u{feff}Shop,Person or company"]);
    house.get(Some(&house.admin), "/staff/tip-offs.csv").await.shows(&["\u{feff}Receipt number,"]);
    for (path, columns) in [
        ("/staff/withdrawals.csv", "Shop,"),
        ("/staff/support.csv", "Number,"),
        ("/staff/reviews.csv?show=over", "Review,"),
        ("/staff/incidents.csv", "Reason,"),
        ("/staff/codes.csv", ""),
        ("/staff/messages.csv", ""),
        ("/staff/rates.csv", ""),
        ("/staff/conduct.csv", "Whom it is about,Flag"),
        ("/staff/organisations.csv", ""),
        ("/ranking.csv", "Seller"),
        ("/staff/policies.csv", "Version,State"),
        ("/staff/bills.csv", "Day,"),
        ("/staff/unmatched.csv", ""),
        ("/staff/outside/templates.csv", "Id,"),
    ] {
        house.get(Some(&house.admin), path).await.shows(&[&format!("\u{feff}{columns}")]);
    }
    for path in [
        "/staff/withdrawals.csv",
        "/staff/support.csv",
        "/staff/reviews.csv",
        "/staff/incidents.csv",
        "/staff/codes.csv",
        "/staff/messages.csv",
        "/staff/rates.csv",
        "/staff/conduct.csv",
        "/staff/organisations.csv",
        "/panel.csv",
        "/staff/admissions.csv",
        "/staff/tip-offs.csv",
        "/staff/people.csv",
        "/staff/audit.csv",
        "/staff/funds.csv",
        "/staff/outside.csv",
        "/staff/policies.csv",
        "/staff/bills.csv",
        "/staff/unmatched.csv",
        "/staff/outside/templates.csv",
    ] {
        let refused = house.get(Some(&seller), path).await;
        assert!(refused.status.is_client_error(), "{path}: {}", refused.status);
    }
}

#[tokio::test]
async fn goods_conversations_and_reviews_are_files_in_the_words_of_the_reader() {
    let house = House::open();
    let seller = house.seller("Moon Cards", "moon");
    let (buyer, support) = (house.buyer("ann", "200"), house.hire("sue", &["support"], None));
    let product = super::card_on_sale(&house, &seller, "AAAA-1111\nBBBB-2222\n").await;
    house.buys(&buyer, &product, "95.50");
    let goods = house.get(Some(&seller), "/seller/products.csv").await;
    goods.shows(&["Starsea card", "95.50,CNY,1,"]).hides(&["BBBB-2222"]);
    house.post(Some(&buyer), "/support", &[("text", "=1+1 where is it?")]).await.goes_to("/support/");
    let talks = house.get(Some(&support), "/staff/support.csv").await;
    talks.shows(&["\u{feff}Number,"]);
    assert_eq!(talks.body.lines().count(), 2, "{}", talks.body);
    house.get(Some(&support), "/staff/support.csv?show=over").await.hides(&["ann"]);
    house.get(Some(&support), "/staff/support").await.shows(&["/staff/support.csv?show=waiting"]);
}

/// What the audit log calls an act stands in the locales: a code is no word for a person.
#[test]
fn every_act_of_the_audit_log_has_a_name() {
    let locales = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/staff.toml")).unwrap();
    let names = locales.split("[act_of]").nth(1).unwrap().split("\n[").next().unwrap();
    let mut acts = 0;
    for file in rust_files(concat!(env!("CARGO_MANIFEST_DIR"), "/../app/src")) {
        let source = std::fs::read_to_string(file).unwrap();
        for call in ["audit(", "audit_row(", "audit_row_of("].iter().flat_map(|call| source.split(*call).skip(1)) {
            let Some(act) = call.split(',').nth(1).and_then(|act| act.trim().strip_prefix('"')?.strip_suffix('"'))
            else {
                continue;
            };
            assert!(names.contains(&format!("\n{act} = ")), "staff.act_of.{act} has no text");
            acts += 1;
        }
    }
    assert!(acts > 50, "only {acts} acts were found");
}

fn rust_files(folder: impl AsRef<std::path::Path>) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let into = |path: std::path::PathBuf| if path.is_dir() { rust_files(path) } else { vec![path] };
    entries.flat_map(into).filter(|path| path.extension().is_some_and(|kind| kind == "rs")).collect()
}

#[tokio::test]
async fn the_rules_and_answers_of_the_platform_are_files_that_run_nothing() {
    let house = House::open();
    let admin = Some(&house.admin);
    let rules = house.get(admin, "/staff/policies.csv").await;
    assert_eq!(rules.body.lines().count(), 2, "{}", rules.body);
    rules.shows(&["In force"]);
    house.get(admin, "/staff/policies").await.holds(&["href=\"/staff/policies.csv\""]);
    let change = [
        ("id", "sum"),
        ("agency", ""),
        ("title_zh", "=合计"),
        ("title_en", "=SUM(A1)"),
        ("zh", "您好"),
        ("en", "Hello"),
    ];
    house.post(admin, "/staff/outside/templates", &change).await.goes_to("/staff/outside/templates");
    house.get(admin, "/staff/outside/templates.csv").await.shows(&["sum,", ",'=合计,'=SUM(A1),您好,Hello"]);
    house.get(admin, "/staff/outside/templates").await.holds(&["href=\"/staff/outside/templates.csv\""]);
}

#[tokio::test]
async fn what_one_has_and_was_told_are_files_of_ones_own() {
    let house = House::open();
    let (ann, bob) = (house.buyer("ann", "88.50"), house.buyer("bob", "0.01"));
    let seller = house.seller("Moon Cards", "moon");
    let lots = house.get(Some(&ann), "/account/balance.csv").await;
    lots.shows(&["\u{feff}Kind,Amount", "88.50,", ",CNY,"]);
    assert_eq!(lots.body.lines().count(), 2, "{}", lots.body);
    house.get(Some(&ann), "/account/balance").await.holds(&["href=\"/account/balance.csv\""]);
    house.get(Some(&bob), "/account/balance.csv").await.hides(&["88.50"]);
    let product = super::card_on_sale(&house, &seller, "AAAA-1111\nBBBB-2222\n").await;
    let poor = house.buyer("cat", "100");
    let order = house.buys(&poor, &product, "95.50");
    house.complains(&poor, &order);
    house.get(Some(&seller), "/account").await.holds(&["href=\"/account/notices.csv\""]);
    house.get(Some(&seller), "/account/notices.csv").await.shows(&["\u{feff}What,", &order.order]);
    house.get(Some(&seller), "/account/messages.csv").await.shows(&["\u{feff}What,"]);
    house.get(Some(&ann), "/account/notices.csv").await.hides(&[&order.order]);
    house.get(Some(&ann), "/account/top-ups.csv").await.shows(&["\u{feff}Top-up number,"]);
    for path in ["balance", "top-ups", "notices", "messages"] {
        let path = format!("/account/{path}.csv");
        assert!(!house.get(None, &path).await.status.is_success(), "{path}");
    }

    // A seller's programs, and nobody else's.
    house.post(Some(&seller), "/seller/webhooks", &[("url", "https://hooks.example.com/a")]).await;
    let page = house.get(Some(&seller), "/seller/webhooks").await;
    let hook = page.body.split("href=\"/seller/webhooks/").nth(1).unwrap().split('"').next().unwrap();
    house.post(Some(&seller), &format!("/seller/webhooks/{hook}"), &[("do", "test")]).await;
    let path = format!("/seller/webhooks/{hook}/messages.csv");
    house.get(Some(&seller), &path).await.shows(&["\u{feff}What,", "A test delivery,,Webhook"]);
    let rival = house.seller("Sun Cards", "sun");
    for who in [&rival, &ann] {
        assert!(house.get(Some(who), &path).await.status.is_client_error());
    }
}
