//! Tip-offs and organisations on the pages: a stranger's form, his receipt, risk's queue, administrators.

use crate::house::{House, PNG};
use axum::http::StatusCode;

const TOLD: &[(&str, &str)] = &[
    ("about", "seller"),
    ("subject", "Moon Cards"),
    ("concern", "off_platform"),
    ("words", "They want me to pay by <b>friend</b> transfer."),
    ("query_password", "open-sesame"),
    ("key", "k1"),
    ("kind_1", "chat_log"),
];

#[tokio::test]
async fn a_stranger_reports_by_form_and_reads_the_answer_by_his_receipt() {
    let house = House::open();
    let seller = house.seller("Moon Cards", "moon");
    let (risk, reviewer) = (house.hire("risk", &["risk"], None), house.hire("rev", &["reviewer"], None));
    house.get(None, "/tip-off?about=product&subject=x1").await.shows(&[
        "value=\"x1\"",
        "Query password",
        "5 working days",
    ]);

    let short: Vec<_> = TOLD.iter().copied().map(|(n, v)| if n == "words" { (n, "bad") } else { (n, v) }).collect();
    let refused = house.post_files(None, "/tip-off", &short, &[]).await;
    refused.holds(&["value=\"Moon Cards\"", "aria-invalid"]).hides(&["open-sesame"]);
    refused.refuses("too short");
    let program: &[(&str, &str, &[u8])] = &[("file_1", "a.png", b"MZ\x90\0\x03\0\0\0")];
    house.post_files(None, "/tip-off", TOLD, program).await.refuses("type");

    let filed = house.post_files(None, "/tip-off", TOLD, &[("file_1", "a.png", PNG)]).await;
    filed.shows(&["Receipt number", "Being looked into", "pay by &#60;b&#62;friend", "Risk control", "Chat"]);
    let no = filed.body.split("id=\"receipt\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    filed.hides(&["open-sesame", "/evidence/"]);
    house.get(None, &format!("/tip-off/{no}")).await.goes_to(&format!("/tip-off/find?no={no}"));
    let open = |password: &'static str| {
        let fields = [("no".to_owned(), no.clone()), ("query_password".to_owned(), password.to_owned())];
        let house = &house;
        async move {
            let fields: Vec<_> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            house.post(None, "/tip-off/find", &fields).await
        }
    };
    open("wrong-word").await.refuses("Receipt number or query password is wrong");
    open("open-sesame").await.shows(&["Being looked into"]);

    // Nobody else has heard of it.
    for who in [&seller, &reviewer] {
        let page = house.get(Some(who), &format!("/tip-off/{no}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        let page = house.get(Some(who), &format!("/staff/tip-offs/{no}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert_eq!(house.get(Some(who), "/staff/tip-offs").await.status, StatusCode::FORBIDDEN);
    }
    house.get(Some(&reviewer), "/staff").await.hides(&["/staff/tip-offs"]);

    let at = format!("/staff/tip-offs/{no}");
    house.get(Some(&risk), "/staff/tip-offs").await.shows(&["Moon Cards", &no, "Luring buyers"]);
    house.get(Some(&risk), &at).await.shows(&["pay by &#60;b&#62;friend", "<img src=\"/evidence/", "Take it"]);
    house.post(Some(&risk), &format!("{at}/claim"), &[]).await.goes_to(&at);
    house.post(Some(&risk), &format!("{at}/ask"), &[("ask_words", "")]).await.refuses("Please fill in");
    house.post(Some(&risk), &format!("{at}/ask"), &[("ask_words", "Which day?")]).await.goes_to(&at);
    house.get(Some(&risk), &at).await.shows(&["Waiting for its reporter"]).hides(&["Take it"]);
    open("open-sesame").await.shows(&["Which day?"]);
    let add = format!("/tip-off/{no}/add");
    let wrong = [("words", "On Sunday."), ("query_password", "wrong-word")];
    house.post_files(None, &add, &wrong, &[]).await.refuses("Receipt number or query password is wrong");
    let right = [("words", "On Sunday."), ("query_password", "open-sesame")];
    house.post_files(None, &add, &right, &[]).await.shows(&["On Sunday.", "Being looked into"]);

    let decide = format!("{at}/decide");
    let half = [("outcome", ""), ("decide_words", "Closed.")];
    house.post(Some(&risk), &decide, &half).await.refuses("Outcome");
    house.post(Some(&risk), &decide, &[("outcome", "upheld"), ("decide_words", "Closed.")]).await.goes_to(&at);
    house.get(Some(&risk), "/staff/tip-offs").await.shows(&["No report waits"]);
    house.get(Some(&risk), "/staff/tip-offs?show=over").await.shows(&["Moon Cards", "Upheld"]);
    open("open-sesame").await.shows(&["Closed.", "Upheld", "12315"]).hides(&["risk", "/tip-off/T"]);
    house.get(Some(&house.admin), "/staff/audit").await.shows(&["Decided a report", &no]);
}

#[tokio::test]
async fn an_account_finds_its_reports_and_its_notice_and_whom_it_is_about_finds_nothing() {
    let house = House::open();
    let (one, two) = (house.hire("risk.one", &["risk"], None), house.hire("risk.two", &["risk"], None));
    let buyer = house.buyer("ming", "10.00");
    let told = [
        ("about", "staff"),
        ("subject", "risk.one, on the telephone"),
        ("concern", "misconduct"),
        ("words", "He shouted at me for asking twice."),
        ("key", "k1"),
    ];
    let filed = house.post_files(Some(&buyer), "/tip-off", &told, &[]).await;
    filed.goes_to("/tip-off/T");
    let no = filed.location.trim_start_matches("/tip-off/").split('?').next().unwrap().to_owned();
    house.get(Some(&buyer), &filed.location).await.shows(&["Your report is in", "He shouted"]).hides(&["risk.two"]);
    house.get(Some(&buyer), "/tip-off").await.shows(&[&no]).hides(&["Query password"]);

    let at = format!("/staff/tip-offs/{no}");
    assert_eq!(house.get(Some(&one), &at).await.status, StatusCode::NOT_FOUND);
    house.get(Some(&one), "/staff/tip-offs").await.shows(&["No report waits"]);
    let page = house.get(Some(&two), &at).await;
    page.shows(&["<span class=\"pill\">risk.one</span>", "is not shown"]).hides(&["ming"]);
    house.post(Some(&two), &format!("{at}/accused"), &[("login", "ming")]).await.refuses("Name");
    house.post(Some(&two), &format!("{at}/accused"), &[("login", "risk.two")]).await.goes_to("/staff/tip-offs?");
    assert_eq!(house.get(Some(&two), &at).await.status, StatusCode::NOT_FOUND);
    let decided = [("outcome", "not_upheld"), ("decide_words", "The tape says otherwise.")];
    house.post(Some(&house.admin), &format!("{at}/decide"), &decided).await.goes_to(&at);
    let link = format!("href=\"/tip-off/{no}\"");
    house.get(Some(&buyer), "/account").await.shows(&["Your report has been answered", &link]);
    house.get(Some(&buyer), &format!("/tip-off/{no}")).await.shows(&["The tape says otherwise."]);
}

#[tokio::test]
async fn administrators_register_organisations_and_invite_their_arbitrators() {
    let house = House::open();
    let root = &house.admin;
    house.get(None, "/organisations").await.shows(&["None is registered"]);
    let guild = [
        ("name_zh", "仲裁协会"),
        ("name_en", "Arbitration Guild"),
        ("registration_no", "SH-0001"),
        ("contact", "desk@guild.test"),
        ("active", "1"),
    ];
    house.post(Some(root), "/staff/organisations", &guild[1..]).await.refuses("Please fill in");
    house.post(Some(root), "/staff/organisations", &guild).await.goes_to("/staff/organisations");
    house.post(Some(root), "/staff/organisations", &guild).await.refuses("taken");
    house.get(None, "/organisations").await.shows(&["Arbitration Guild", "SH-0001"]).hides(&["desk@guild.test"]);
    let page = house.get(Some(root), "/staff/organisations").await;
    page.shows(&["desk@guild.test", "0 arbitrators"]);
    let id = page.body.split("action=\"/staff/organisations/").nth(1).unwrap().split('"').next().unwrap().to_owned();

    let alone = [("login", "arb"), ("roles", "arbitrator")];
    house.post(Some(root), "/staff/people", &alone).await.refuses("Outside organisation");
    let person = [("login", "arb"), ("roles", "arbitrator"), ("organisation", id.as_str())];
    let invited = house.post(Some(root), "/staff/people", &person).await;
    let link = invited.body.split("http://shop.test/link/").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let arbitrator = house.enter(&link);
    house.get(None, "/organisations").await.shows(&["1 arbitrators"]);
    assert_eq!(house.get(Some(&arbitrator), "/staff/organisations").await.status, StatusCode::FORBIDDEN);
    house.get(Some(root), "/staff/people").await.shows(&["Arbitration Guild"]);
    let change = format!("/staff/organisations/{id}");
    house.post(Some(root), &change, &guild[..4]).await.goes_to("/staff/organisations");
    house.get(None, "/organisations").await.shows(&["None is registered"]);
}
