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
