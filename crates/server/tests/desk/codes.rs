//! Redemption codes, from finance's form to the page of whoever brings one.

use super::house::House;

#[tokio::test]
async fn codes_are_issued_shown_once_and_used_once_on_the_balance_page() {
    let house = House::open();
    let root = Some(&house.admin);
    house.get(root, "/staff/codes").await.shows(&["Issue redemption codes", "No codes have been issued yet"]);
    let wrong = [("worth", "balance"), ("amount", "20.00"), ("quantity", "many"), ("last_day", "2099-12-31")];
    house.post(root, "/staff/codes", &wrong).await.refuses("has to be a number");
    let fields =
        [("worth", "voucher"), ("amount", "20.00"), ("quantity", "2"), ("last_day", "2099-12-31"), ("key", "k")];
    house.post(root, "/staff/codes", &fields).await.goes_to("/staff/codes");
    let page = house.get(root, "/staff/codes").await;
    page.shows(&["2 × ¥20.00", "Ready to be made", "0 of 2 used", "Download as CSV"]);
    let batch = page.body.split("action=\"/staff/codes/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let taken = house.post(root, &format!("/staff/codes/{batch}/take"), &[("as", "csv")]).await;
    assert!(taken.body.starts_with("code,worth,amount,until\n"), "{}", taken.body);
    let codes: Vec<&str> = taken.body.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(codes.iter().map(|code| code.len()).collect::<Vec<_>>(), [19, 19]);
    house.post(root, &format!("/staff/codes/{batch}/take"), &[("as", "page")]).await.refuses("issued");
    house.get(root, "/staff/codes").await.hides(&codes);

    let bringer = house.buyer("bringer", "1.00");
    let buyer = Some(&bringer);
    house.get(buyer, "/account/balance").await.shows(&["Redeem a code"]);
    house.post(buyer, "/account/redeem", &[("code", "AAAA-BBBB-CCCC-DDDD")]).await.refuses("There is no such code");
    house.post(buyer, "/account/redeem", &[("code", codes[0])]).await.goes_to("/account/balance");
    house.get(buyer, "/account/balance").await.shows(&["¥20.00"]);
    house.post(buyer, "/account/redeem", &[("code", codes[0])]).await.refuses("has been used");
    house.post(root, &format!("/staff/codes/{batch}/withdraw"), &[]).await.goes_to("/staff/codes");
    house.post(buyer, "/account/redeem", &[("code", codes[1])]).await.refuses("withdrawn");
    house.get(root, "/staff/codes").await.shows(&["1 of 2 used", "Withdrawn"]);

    let more = [("worth", "balance"), ("amount", "5.00"), ("quantity", "1"), ("last_day", "2099-12-31"), ("key", "k2")];
    house.post(root, "/staff/codes", &more).await.goes_to("/staff/codes");
    let page = house.get(root, "/staff/codes").await;
    let batch = page.body.split("action=\"/staff/codes/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    house
        .post(root, &format!("/staff/codes/{batch}/take"), &[("as", "page")])
        .await
        .shows(&["Save them now", "<ol class=\"mono\">"]);
    house.get(buyer, "/staff/codes").await.hides(&["Issue redemption codes"]);
}
