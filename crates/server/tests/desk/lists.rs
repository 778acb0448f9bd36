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
    for path in [
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
