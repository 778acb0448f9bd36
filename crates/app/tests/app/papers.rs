//! Papers that leave the house: who gets them, what they prove, and what stays inside.

use crate::house::{House, application, case_id, config, id, origin, place, register};
use yuanlu_app::inputs::MessageInput;
use yuanlu_app::{AppError, Limits, Principal, Rate, Variant};
use yuanlu_domain::Actor;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::payout::{Outcome, Step};
use yuanlu_paper::{certificate, package, zip};

fn packed(house: &House, who: &Principal, case: &str, variant: Variant) -> Result<Vec<u8>, AppError> {
    let render = |_: &_| Ok(vec![("about.txt".to_owned(), b"x".to_vec())]);
    house.app.make_package(who, &case.into(), variant, false, Vec::new(), render).map(|(bytes, _)| bytes)
}

fn file<'a>(bytes: &'a [u8], name: &str) -> Option<&'a str> {
    let archive = zip::read(bytes).unwrap();
    let found = archive.files.iter().find(|file| file.name == name)?;
    std::str::from_utf8(found.content).ok()
}

#[test]
fn a_certificate_is_there_once_money_has_gone_and_is_proved_after_the_nightly_seal() {
    let house = House::new("certificate");
    let card = house.card("ABCD-0001\nABCD-0002");
    let order = house.buy(&card, 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let open = house.apply(&house.buyer, &order, "invalid_code").unwrap();
    assert_eq!(house.app.certificate(&house.buyer, &case_id(&open)), Err(AppError::NotFound), "nothing was sent yet");

    house.app.agree(&house.seller, &case_id(&open), None).unwrap();
    let first = house.app.certificate(&house.buyer, &case_id(&open)).unwrap();
    let says = first.certificate().unwrap();
    assert_eq!(
        (says.refunded.as_str(), says.payouts[0].route.as_str(), says.payouts[0].state.as_str()),
        ("99.99", "original", "arrived")
    );
    assert_eq!(says.buyer, "z***n", "persons are masked");
    assert!(first.proof.is_none(), "the day is not sealed yet");

    house.app.seal_journals().unwrap();
    let again = house.app.certificate(&house.buyer, &case_id(&open)).unwrap();
    assert_eq!(again.certificate().unwrap().id, says.id, "nothing has changed: the same paper, now with its proof");
    let key = house.app.transparency().unwrap().key;
    let (report, _) = certificate::check(again.text().unwrap().as_bytes(), Some(&key));
    assert_eq!((report.findings, report.proofs), (vec![], 1));

    let found = house.app.find_certificate(&format!(" {} ", says.id.to_lowercase())).unwrap();
    assert_eq!((found.document, found.superseded_by, found.outdated), (again, None, false));
    assert_eq!(house.app.find_certificate("AAAAAAAAAAAA").unwrap_err(), AppError::NotFound);
    let stranger = register(&house.app, "wang.wu");
    assert_eq!(house.app.certificate(&stranger, &case_id(&open)), Err(AppError::NotFound));
}

#[test]
fn the_published_log_only_grows_and_a_kept_copy_finds_a_rewritten_one() {
    let house = House::new("log");
    let card = house.card("ABCD-0001\nABCD-0002\nABCD-0003");
    let mut kept = Vec::new();
    for _ in 0..3 {
        house.buy(&card, 1);
        house.pass(24);
        house.app.seal_journals().unwrap();
        kept.push(house.app.transparency().unwrap());
    }
    for (old, log) in kept.iter().enumerate() {
        let mut report = yuanlu_paper::Report::default();
        kept[2].check(Some(log), &mut report);
        assert_eq!(report.findings, []);
        let grown = house.app.log_consistency(old as u64 + 1, None).unwrap();
        assert!(grown.holds(&log.key) && grown.old == log.head.clone().unwrap());
    }
    let mut rewritten = kept[2].clone();
    rewritten.seals[1].size += 1;
    let mut report = yuanlu_paper::Report::default();
    rewritten.check(Some(&kept[1]), &mut report);
    assert_eq!(report.findings[0].place, "seal 2");
    for (from, to) in [(0, None), (4, None), (2, Some(1)), (1, Some(9))] {
        assert!(house.app.log_consistency(from, to).is_err());
    }
}

#[test]
fn a_package_holds_what_its_side_may_see_and_is_whole() {
    let mut house = House::new("package");
    let reviewer = house.staff("reviewer");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let text = |text: &str| MessageInput { text: text.to_owned(), evidence: Vec::new(), hints_seen: true };
    house.app.say(&house.buyer, &id(&order), &text("打不开 abcd 0001"), None).unwrap();
    let screenshot = house.app.upload(&house.buyer, &id(&order), "failure_popup", "充值失败\n".into()).unwrap();
    let mut input = application("invalid_code", &[1]);
    input.evidence = vec![screenshot.id];
    input.text = "请退款，电话13812345678".to_owned();
    let case = house.app.apply(&house.buyer, &id(&order), &input, None, &origin()).unwrap();
    let no = case.summary.case.clone();
    house.app.seal_journals().unwrap();
    let key = house.app.transparency().unwrap().key;

    for variant in Variant::ALL {
        let who = if variant == Variant::Seller { &house.seller } else { &house.buyer };
        let bytes = packed(&house, who, &no, variant).unwrap();
        let (report, about) = package::check(&bytes, Some(&key));
        assert_eq!(report.findings, [], "{variant:?}");
        assert_eq!(about.unwrap().variant, variant.code());
        assert!(zip::read(&bytes).unwrap().files.iter().any(|file| file.name.starts_with("evidence/01-")));
        let all = String::from_utf8_lossy(&bytes);
        assert!(!all.contains("ABCD-0001") && !all.contains("abcd 0001"), "no code leaves the house");
        assert_eq!(
            all.contains("13812345678"),
            variant.is_word_for_word(),
            "{variant:?}: {:?}",
            file(&bytes, "texts.json")
        );
        assert_eq!(file(&bytes, "journal.json").is_some(), variant != Variant::Seller);
    }
    assert!(
        file(&packed(&house, &house.buyer, &no, Variant::Court).unwrap(), "texts.json").unwrap().contains("请退款")
    );

    let stranger = register(&house.app, "wang.wu");
    let refused = |who: &Principal, variant| packed(&house, who, &no, variant).unwrap_err();
    assert_eq!(refused(&stranger, Variant::Buyer), AppError::NotFound);
    assert_eq!(refused(&Principal::Anonymous, Variant::Buyer), AppError::NotFound);
    assert_eq!(refused(&house.seller, Variant::Court), AppError::Forbidden, "a seller has his own side only");
    assert_eq!(refused(&house.buyer, Variant::Seller), AppError::Forbidden);

    packed(&house, &reviewer, &no, Variant::Police).unwrap();
    let audit = house.app.audit_log(&house.admin, &yuanlu_app::inputs::Page::default()).unwrap();
    assert!(audit.items.iter().any(|row| row.act == "export_case" && row.object == no));
    let papers = house.app.list_papers(&reviewer, &no.as_str().into()).unwrap();
    assert_eq!(papers.iter().filter(|paper| paper.kind == "package").count(), 10, "every export is kept");
    assert!(
        house.app.list_papers(&house.seller, &no.as_str().into()).unwrap().iter().all(|paper| paper.by == "seller")
    );
}

#[test]
fn a_channel_that_accepted_is_enough_and_packages_are_limited() {
    let limits = Limits { export: Rate { most: 2, seconds: 3600 }, ..Limits::none() };
    let house = House::with(yuanlu_app::Config { limits, ..config("limits") });
    let order =
        house.app.place_order(&house.buyer, &place(&house.card("ABCD-0001"), 1, "sim"), None, &origin()).unwrap();
    house.pay(&order, "T1").unwrap();
    let case = house.apply(&house.buyer, &order, "personal").unwrap();
    let case_id = case_id(&case);
    assert_eq!(house.app.certificate(&house.buyer, &case_id), Err(AppError::NotFound));
    let program = |act| vec![Command { by: Actor::Program, act: Act::Order { order: id(&order), act } }];
    let attempt = OrderAct::MakeAttempt { payout: 1, step: Step::Send, digest: "0".repeat(64) };
    house.app.run_commands(program(attempt)).pop().unwrap().unwrap();
    let outcome = Outcome::Accepted { channel_ref: "R-777".to_owned() };
    let act = OrderAct::RecordOutcome { payout: 1, attempt: Some(1), outcome };
    let by = Actor::Channel { channel: "sim".into() };
    let answered = Command { by, act: Act::Order { order: id(&order), act } };
    house.app.run_commands(vec![answered]).pop().unwrap().unwrap();
    let says = house.app.certificate(&house.buyer, &case_id).unwrap().certificate().unwrap();
    let paid = &says.payouts[0];
    assert_eq!(
        (paid.state.as_str(), paid.route.as_str(), paid.channel_ref.as_str()),
        ("accepted", "original", "R-777")
    );
    assert!(!paid.accepted_at.is_empty() && paid.arrived_at.is_empty());

    let arrived = Outcome::Arrived { channel_ref: "R-777".to_owned() };
    let act = OrderAct::RecordOutcome { payout: 1, attempt: None, outcome: arrived };
    let by = Actor::Channel { channel: "sim".into() };
    house.app.run_commands(vec![Command { by, act: Act::Order { order: id(&order), act } }]).pop().unwrap().unwrap();
    let found = house.app.find_certificate(&says.id).unwrap();
    assert!(found.outdated && found.superseded_by.is_none(), "it says `accepted`, and the money has arrived");
    let newer = house.app.certificate(&house.buyer, &case_id).unwrap().certificate().unwrap();
    assert_eq!((newer.payouts[0].state.as_str(), newer.id == says.id), ("arrived", false));
    assert_eq!(house.app.find_certificate(&says.id).unwrap().superseded_by, Some(newer.id));

    for left in (0..2).rev() {
        assert!(packed(&house, &house.buyer, case_id.as_str(), Variant::Buyer).is_ok(), "{left} left");
    }
    let refused = packed(&house, &house.buyer, case_id.as_str(), Variant::Buyer).unwrap_err();
    assert!(matches!(refused, AppError::TooMany { .. }));
}
