//! Going on after a decision, by the pages: appeal, complaint, objection, filing again, panels, and nobody to judge.

use crate::house::{ANSWERS, DOT, House};
use yuanlu_app::inputs::{ApproveInput, CodeProbeInput, DismissInput, UpholdInput, VoteInput};
use yuanlu_domain::Actor;
use yuanlu_domain::code_probe::{ProbeAct, ProbeAnswer, ProbeOutcome, ProbeWord};
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::ids::{CaseId, ProductId};

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_is_decided_the_ways_on_are_explained_and_closed() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let (_, case) = house.claims(&mut buyer).await;
    let own = format!("/c/{case}");
    let page = buyer.get(&own).await;
    page.shows(&["What you can do if you disagree", "7 working days", "None of these costs anything"]);
    page.hides(&["/appeal\"", "/complaint\""]);
    for kind in ["appeal", "complaint"] {
        buyer.get(&format!("{own}/{kind}")).await.shows(&["This is not possible at present"]).hides(&["<textarea"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appeal_is_explained_before_filled_in_heard_and_answered() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let (reviewer, senior) = (house.staff("rev", "reviewer"), house.staff("sen", "senior_reviewer"));
    let (_, case) = house.rejected(&mut buyer, &reviewer).await;
    let (own, id) = (format!("/c/{case}"), CaseId::new(case.clone()));
    buyer.get(&own).await.shows(&[
        "If you disagree",
        "by 2026-03-11 23:59",
        &format!("{own}/appeal"),
        &format!("{own}/complaint"),
    ]);
    let form = buyer.get(&format!("{own}/appeal")).await;
    form.shows(&["New material", "A rule was applied wrongly", "R25 · Proof", "¥95.00", "Somebody who has not judged"]);
    form.holds(&["日志显示卡密有效"]);
    form.hides(&["The seller cheated"]);
    let path = format!("{own}/appeal");
    let words = "the log is of another <code>";
    for (fields, sentence) in [
        (vec![("words", words)], "Please fill in: Ground"),
        (vec![("ground", "seller_fraud"), ("words", words)], "Ground is not one of the choices"),
        (vec![("ground", "rule_error"), ("words", words)], "Still missing: The rule"),
        (vec![("ground", "new_material"), ("words", words)], "at least one file"),
        (vec![("ground", "new_material"), ("words", words), ("amount", "-1")], "Amount has to be"),
    ] {
        let refused = buyer.post_files(&path, &fields, &[]).await;
        assert_eq!(refused.status, 422, "{fields:?}");
        refused.holds(&["the log is of another &#60;code&#62;", "role=\"alert\""]);
        refused.holds(&[sentence]);
    }
    let unnamed = buyer.post_files(&path, &[("ground", "new_material")], &[("file_1", DOT)]).await;
    unnamed.refuses(422, "Please fill in: Words");
    let kept = unnamed.body.split("name=\"evidence\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields =
        [("ground", "new_material"), ("words", words), ("evidence", &kept), ("amount", "120"), ("key", "one-appeal")];
    buyer.post_files(&path, &fields, &[]).await.goes_to(&own);
    buyer.post_files(&path, &fields, &[]).await.goes_to(&own);
    let heard = buyer.get(&own).await;
    heard.shows(&["Your appeal is being heard", "¥120.00", "the log is of another", "Withdraw it", "Being heard"]);
    heard.hides(&[&format!("{own}/appeal")]);
    buyer.get("/account").await.shows(&["Your appeal or complaint is being heard"]);
    let mut stranger = house.buyer("stranger", "en").await;
    stranger.get(&path).await.refuses(404, "no such page");
    stranger.post_files(&path, &fields, &[("file_1", DOT)]).await.refuses(404, "no such page");
    stranger.post(&format!("{own}/remedy/withdraw"), &[]).await.refuses(404, "no such page");

    let right = UpholdInput { amount: "95.00".to_owned(), answers: ANSWERS, words: "you are right".to_owned() };
    house.app.uphold(&senior, &id, &right, None).unwrap();
    house.pass(31);
    buyer.get(&own).await.shows(&[
        "Completed",
        "Upheld",
        "you are right",
        "Beyond the loss, not granted",
        "¥25.00",
        "12315",
    ]);
    buyer.get(&path).await.shows(&["This is not possible at present"]);
    let twice = buyer.post_files(&path, &[("ground", "rule_error"), ("rule", "R8"), ("words", words)], &[]).await;
    assert!(twice.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_is_withdrawn_another_dismissed_and_the_case_filed_again() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    let (reviewer, senior) = (house.staff("rev", "reviewer"), house.staff("sen", "senior_reviewer"));
    let (order, case) = house.rejected(&mut buyer, &reviewer).await;
    let (own, id) = (format!("/c/{case}"), CaseId::new(case.clone()));
    let path = format!("{own}/complaint");
    buyer.get(&path).await.shows(&["卖家欺诈", "违反了平台规则", "30 个自然日", "高级审核员"]);
    let idle = buyer.post_files(&path, &[("ground", "inaction"), ("words", "没人理")], &[]).await;
    idle.refuses(422, "目前没有人逾期");
    idle.holds(&["没人理"]);
    buyer
        .post_files(&path, &[("ground", "broken_rule"), ("rule", "R25"), ("words", "没有举证")], &[])
        .await
        .goes_to(&own);
    buyer.get(&own).await.shows(&["投诉处理中", "没有举证", "由卖家证明已到账", "撤回"]);
    buyer.post(&format!("{own}/remedy/withdraw"), &[]).await.goes_to(&own);
    buyer.get(&own).await.shows(&["已撤回"]);
    buyer.post_files(&path, &[("ground", "unjust_refusal"), ("words", "不公平")], &[]).await.goes_to(&own);
    let no = DismissInput { answers: ANSWERS, words: "日志可信，卡密在你查看后才核销".to_owned() };
    house.app.dismiss(&senior, &id, &no, None).unwrap();
    house.pass(31);
    buyer.get(&own).await.shows(&["不成立", "日志可信，卡密在你查看后才核销", "补充后重新申请"]);

    let again = format!("/o/{order}/refund?again={case}");
    let form = buyer.get(&again).await;
    form.shows(&["正在根据申请", "官网提示已被使用", "name=\"evidence\"", "value=\"invalid_code\" required checked"]);
    let old = form.body.split("name=\"evidence\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("units", "1"), ("reason", "invalid_code"), ("text", "补充了新截图"), ("evidence", old.as_str())];
    let filed = buyer.post_files(&format!("/o/{order}/refund"), &fields, &[("file_1", DOT)]).await;
    filed.goes_to("/c/");
    buyer.get(&filed.location).await.shows(&["根据之前的申请重新提交", &own]);
    let mut stranger = house.buyer("stranger", "zh").await;
    stranger.get(&again).await.refuses(404, "找不到");
    let other = house.buys(&mut buyer, &house.topup).await;
    buyer.get(&format!("/o/{other}/refund?again={case}")).await.refuses(404, "找不到");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seller_who_lost_objects_and_adds_what_he_is_asked_for() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let mut seller = house.seller("en").await;
    let (reviewer, senior) = (house.staff("rev", "reviewer"), house.staff("sen", "senior_reviewer"));
    let (_, case) = house.claims(&mut buyer).await;
    let (theirs, id) = (format!("/seller/cases/{case}"), CaseId::new(case.clone()));
    seller.post_files(&format!("{theirs}/contest"), &[("words", "it works")], &[]).await.goes_to(&theirs);
    let yes = ApproveInput { amount: None, answers: ANSWERS, words: "no log was shown".to_owned() };
    house.app.approve(&reviewer, &id, &yes, None).unwrap();
    house.pass(31);
    seller.get(&theirs).await.shows(&["Object", "The buyer keeps his money", "within 7 days"]);
    let path = format!("{theirs}/objection");
    seller.get(&path).await.shows(&["Send the objection", "no log was shown"]).hides(&["name=\"ground\""]);
    seller.post_files(&path, &[("amount", "5")], &[]).await.refuses(422, "Please fill in: Words");
    seller.post_files(&path, &[("words", "the log came late")], &[("file_1", DOT)]).await.goes_to(&theirs);
    seller.get(&theirs).await.shows(&["objection is being heard", "the log came late", "Withdraw it"]);
    buyer.get(&format!("/c/{case}")).await.shows(&["Completed", "objection is being heard"]);
    buyer.get(&path).await.refuses(404, "no such page");

    let ask =
        yuanlu_app::inputs::AskInput { wanted: vec!["test_report".to_owned()], words: "the whole log".to_owned() };
    house.app.ask_material(&senior, &id, &ask).unwrap();
    seller.get(&theirs).await.shows(&["Add material", "Test report"]);
    buyer.post_files(&format!("/c/{case}/material"), &[("words", "mine")], &[]).await.refuses(404, "no such page");
    seller
        .post_files(
            &format!("{theirs}/material"),
            &[("words", "here it is"), ("kind_1", "test_report")],
            &[("file_1", DOT)],
        )
        .await
        .goes_to(&theirs);
    let right = UpholdInput { amount: "50.00".to_owned(), answers: ANSWERS, words: "the log shows it".to_owned() };
    house.app.uphold(&senior, &id, &right, None).unwrap();
    house.pass(31);
    seller.get(&theirs).await.shows(&["Upheld", "the log shows it", "¥50.00", "The platform bears ¥50.00"]);
    seller.get("/account").await.shows(&["Your objection has been decided"]);
}

impl House {
    /// The issuer of the first code that was asked about answers, half an hour later.
    fn issuer_says(&self, order: &str, word: ProbeWord) {
        let run = |act| {
            let act = Act::Order { order: order.into(), act: OrderAct::Probe(act) };
            self.app.run_commands(vec![Command { by: Actor::Program, act }]).remove(0).unwrap();
        };
        self.app.clock().set(self.app.now().plus_minutes(30));
        run(ProbeAct::Attempt { probe: 1, digest: "d".to_owned() });
        let answer = ProbeAnswer { word, face: None, text: None };
        run(ProbeAct::Record { probe: 1, attempt: 1, outcome: ProbeOutcome::Answered(answer) });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_shows_its_phases_takes_material_and_rules_with_reasons() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "en").await;
    let mut seller = house.seller("en").await;
    let reviewer = house.staff("rev", "reviewer");
    let seats: Vec<_> = (1..=17).map(|n| house.staff(&format!("arb{n:02}"), "arbitrator")).collect();
    let issuer = CodeProbeInput { url: "https://issuer.test/v1".to_owned(), issuer_key: "ab".repeat(32) };
    house.app.set_product_probe(&house.seller, &ProductId::new(house.card.clone()), &issuer).unwrap();
    let (order, case) = house.claims(&mut buyer).await;
    let (own, theirs, id) = (format!("/c/{case}"), format!("/seller/cases/{case}"), CaseId::new(case.clone()));
    house.issuer_says(&order, ProbeWord::Used { since: house.app.now().plus_minutes(20) });
    seller.post_files(&format!("{theirs}/contest"), &[("words", "it works")], &[]).await.goes_to(&theirs);
    house.app.refer_to_panel(&reviewer, &id).unwrap();
    let truth = house.app.panel_case(&seats[0], &id).unwrap().code_probes;
    assert_eq!((truth[0].state, truth[0].before_reveal, truth[0].answer.as_deref()), ("used", Some(false), None));
    let page = buyer.get(&own).await;
    page.shows(&[
        "Before a panel",
        "Collecting material",
        "17 · Majority 9 votes",
        "Both sides may add material",
        "Add material",
    ]);
    buyer.post_files(&format!("{own}/material"), &[("words", "see the date")], &[("file_1", DOT)]).await.goes_to(&own);
    seller.get(&theirs).await.shows(&["Collecting material", "Add material"]);
    seller.post_files(&format!("{theirs}/material"), &[], &[]).await.refuses(422, "Still missing: Evidence");
    seller.post_files(&format!("{theirs}/material"), &[("words", "our log")], &[]).await.goes_to(&theirs);
    house.pass(48 * 3600 + 1);
    buyer.get(&own).await.shows(&["Voting", "0 / 17"]).hides(&["Add material"]);
    for seat in &seats {
        let vote = VoteInput {
            responsible: "seller".to_owned(),
            amount: Some("95.00".to_owned()),
            reason: "no proof of arrival".to_owned(),
        };
        house.app.vote(seat, &id, &vote, None).unwrap();
    }
    let ruled = buyer.get(&own).await;
    ruled.shows(&[
        "Ruled by a panel",
        "The seller is responsible",
        "no proof of arrival",
        "Mediation",
        "cannot be appealed",
    ]);
    seller.get(&theirs).await.shows(&["The seller is responsible", "no proof of arrival"]).hides(&["/objection\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_may_judge_the_buyer_is_told_what_happens_now() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    let admin = house.admin.clone();
    let (_, case) = house.rejected(&mut buyer, &admin).await;
    let own = format!("/c/{case}");
    buyer
        .post_files(&format!("{own}/appeal"), &[("ground", "rule_error"), ("rule", "R25"), ("words", "没有举证")], &[])
        .await
        .goes_to(&own);
    buyer.get(&own).await.shows(&[
        "平台内部没有可以公正审理的人",
        "外部机构仲裁员",
        "只能作出对买家有利的决定",
        "2 倍",
        "申诉审理中",
    ]);
    buyer.get("/account").await.shows(&["平台内部没有可以公正审理的人"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_hearing_speaks_both_languages() {
    let house = House::open();
    let mut buyer = house.buyer("ming", "zh").await;
    let mut seller = house.seller("zh").await;
    let reviewer = house.staff("rev", "reviewer");
    let (order, case) = house.rejected(&mut buyer, &reviewer).await;
    for (visitor, paths) in [
        (
            &mut buyer,
            vec![
                format!("/c/{case}"),
                format!("/c/{case}/appeal"),
                format!("/c/{case}/complaint"),
                format!("/orders/{order}/thread"),
                format!("/o/{order}/refund?again={case}"),
            ],
        ),
        (
            &mut seller,
            vec![
                format!("/seller/cases/{case}"),
                format!("/seller/orders/{order}/thread"),
                format!("/seller/cases/{case}/objection"),
            ],
        ),
    ] {
        for language in ["zh", "en"] {
            visitor.get(&format!("/?lang={language}")).await.shows(&[]);
            for path in &paths {
                let page = visitor.get(path).await;
                page.shows(&[]);
                crate::languages::looks_whole(path, language, &page.body);
            }
        }
    }
}
