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
