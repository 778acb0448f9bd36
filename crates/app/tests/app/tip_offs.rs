//! Tip-offs from end to end (R34): strangers and accounts, risk, and those they are about.

use super::house::{House, arrive, config, origin};
use yuanlu_app::inputs::{DecideTipOffInput, InviteInput, Origin, Page, TipOffInput};
use yuanlu_app::views::TipOffView;
use yuanlu_app::{AppError, Limits, NewFile, Principal, Rate, Secret};
use yuanlu_domain::Refusal;
use yuanlu_domain::ids::{DeskId, EvidenceId};
use yuanlu_storage::journal;

const WORDS: &str = "这家店一直让我加微信付款，说可以便宜。";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn about(about: &str, subject: &str, password: Option<&str>) -> TipOffInput {
    TipOffInput {
        about: about.to_owned(),
        subject: subject.to_owned(),
        concern: "off_platform".to_owned(),
        words: WORDS.to_owned(),
        query_password: password.map(secret),
    }
}

fn file(content: &str) -> NewFile {
    NewFile { kind: "chat_log".to_owned(), content: content.as_bytes().to_vec().into(), ..NewFile::default() }
}

fn id(view: &TipOffView) -> DeskId {
    DeskId::from(view.summary.tip_off.as_str())
}

impl House {
    fn tells(&self, who: &Principal, input: &TipOffInput) -> yuanlu_app::Result<TipOffView> {
        self.app.file_tip_off(who, input, &[], None, &origin())
    }

    fn sees(&self, who: &Principal, desk: &DeskId) -> yuanlu_app::Result<TipOffView> {
        self.app.load_tip_off(who, desk, None, &origin())
    }

    fn queue(&self, who: &Principal, over: bool) -> Vec<String> {
        let found = self.app.tip_offs(who, over, &Page::default()).unwrap();
        found.items.into_iter().map(|row| row.tip_off).collect()
    }

    fn decides(&self, who: &Principal, desk: &DeskId, outcome: &str) -> yuanlu_app::Result<TipOffView> {
        let input =
            DecideTipOffInput { outcome: outcome.to_owned(), words: "已核实，店铺已处理。".to_owned() };
        self.app.decide_tip_off(who, desk, &input)
    }

    fn is_sound(&self) {
        let report = yuanlu_storage::verify::verify(self.app.db(), None, |_| {}).unwrap();
        assert_eq!(report.differences, []);
    }
}

#[test]
fn a_stranger_reports_a_seller_and_reads_the_answer_by_his_receipt() {
    let mut house = House::new("tip-off-stranger");
    let (risk, reviewer) = (house.staff("risk"), house.staff("reviewer"));
    let nobody = Principal::Anonymous;
    let input = about("seller", "点卡小店", Some("open-sesame"));
    let files = [file("私聊：加我微信")];
    let made = house.app.file_tip_off(&nobody, &input, &files, Some("k1"), &origin()).unwrap();
    assert_eq!((made.summary.state, made.summary.turn_who, made.summary.about), ("at_risk", Some("risk"), "seller"));
    assert_eq!((made.summary.subject.as_str(), made.evidence.len()), ("点卡小店", 1));
    let desk = id(&made);
    assert!(desk.as_str().starts_with("T260310") && desk.as_str().len() == 17);
    // Sent twice it is one; under another password the key is another stranger's.
    let again = house.app.file_tip_off(&nobody, &input, &files, Some("k1"), &origin()).unwrap();
    assert_eq!(again.summary.tip_off, made.summary.tip_off);
    let other = about("seller", "点卡小店", Some("another-word"));
    let other = house.app.file_tip_off(&nobody, &other, &files, Some("k1"), &origin()).unwrap();
    assert_ne!(other.summary.tip_off, made.summary.tip_off);

    // Number and password together, or nothing.
    let opens =
        |desk: &DeskId, password: &str| house.app.load_tip_off(&nobody, desk, Some(&secret(password)), &origin());
    assert_eq!(opens(&desk, "wrong-word"), Err(AppError::WrongCredentials));
    assert_eq!(opens(&"T260310AAAAAAAAAA".into(), "open-sesame"), Err(AppError::WrongCredentials));
    assert_eq!(house.sees(&nobody, &desk), Err(AppError::NotFound));
    assert_eq!(opens(&desk, "open-sesame").unwrap().words.as_deref(), Some(WORDS));

    // The seller it is about, buyers and other staff have never heard of it.
    for who in [&house.seller, &house.buyer, &reviewer] {
        assert_eq!(house.sees(who, &desk), Err(AppError::NotFound));
        assert_eq!(house.app.claim_tip_off(who, &desk), Err(AppError::NotFound));
        assert_eq!(house.app.tip_offs(who, false, &Page::default()), Err(AppError::Forbidden));
        let picture = EvidenceId::from(made.evidence[0].id.as_str());
        assert!(house.app.open_evidence(who, &picture).is_err());
    }

    let mut both = [made.summary.tip_off.clone(), other.summary.tip_off];
    both.sort();
    assert_eq!(house.queue(&risk, false), both);
    let picture = EvidenceId::from(made.evidence[0].id.as_str());
    assert_eq!(house.app.open_evidence(&risk, &picture).unwrap().bytes.expose(), "私聊：加我微信".as_bytes());
    house.app.claim_tip_off(&risk, &desk).unwrap();
    let asked = house.app.ask_reporter(&risk, &desk, "请补充微信号的截图。").unwrap();
    assert_eq!(asked.summary.turn_who, Some("reporter"));
    let seen = opens(&desk, "open-sesame").unwrap();
    assert_eq!((seen.asked.as_deref(), seen.actions.as_slice()), (Some("请补充微信号的截图。"), &["add"][..]));
    let more = [file("微信号 abc")];
    let password = secret("open-sesame");
    let added = house.app.add_to_tip_off(&nobody, &desk, Some(&password), "截图如附件", &more, &origin()).unwrap();
    assert_eq!((added.summary.turn_who, added.evidence.len()), (Some("risk"), 2));
    assert_eq!(house.app.add_to_tip_off(&risk, &desk, None, "I say so", &[], &origin()), Err(AppError::Forbidden));

    let decided = house.decides(&risk, &desk, "upheld").unwrap();
    assert_eq!((decided.summary.outcome, decided.actions.len()), (Some("upheld"), 0));
    let told = opens(&desk, "open-sesame").unwrap();
    assert_eq!(told.answer.as_deref(), Some("已核实，店铺已处理。"));
    assert!(told.timeline.iter().any(|step| step.code == "tip_off_claimed" && step.params.is_empty()));
    assert_eq!(house.queue(&risk, true), [made.summary.tip_off.as_str()]);
    let over = house.app.add_to_tip_off(&nobody, &desk, Some(&password), "一句", &[], &origin());
    assert_eq!(over, Err(AppError::Refused(Refusal::WrongState { state: "decided" })));
    house.is_sound();
    // Words lie in erasable rows only.
    let lines = house.app.db().read(|db| journal::list(db, yuanlu_storage::aggregate::Kind::Desk, desk.as_str()));
    assert!(lines.unwrap().iter().all(|line| !line.body.contains("微信") && !line.body.contains("sesame")));
}

#[test]
fn an_account_is_told_by_a_notice_and_its_name_by_nobody() {
    let mut house = House::new("tip-off-account");
    let risk = house.staff("risk");
    let card = house.card("CODE-0001\n");
    let made = house.tells(&house.buyer, &about("product", &format!("/p/{}", card.id), None)).unwrap();
    let desk = id(&made);
    assert_eq!((made.summary.about, made.summary.subject.as_str()), ("product", "百元点卡"));
    assert_eq!(house.app.own_tip_offs(&house.buyer, &Page::default()).unwrap().items.len(), 1);
    assert_eq!(house.app.own_tip_offs(&house.seller, &Page::default()).unwrap().items, []);
    assert_eq!(house.sees(&house.seller, &desk), Err(AppError::NotFound));
    let shown = serde_json::to_string(&house.sees(&risk, &desk).unwrap()).unwrap();
    assert!(!shown.contains("zhang.san") && !shown.contains(house.buyer.account().unwrap().as_str()));
    house.app.ask_reporter(&risk, &desk, "哪一天？").unwrap();
    house.decides(&risk, &desk, "not_upheld").unwrap_err();
    house.pass(1);
    house.app.add_to_tip_off(&house.buyer, &desk, None, "三月九日", &[], &origin()).unwrap();
    house.decides(&risk, &desk, "not_upheld").unwrap();
    let notices = house.app.notices(&house.buyer, &Page::default()).unwrap().items;
    let told: Vec<_> = notices.iter().filter(|n| n.tip_off.as_deref() == Some(desk.as_str())).collect();
    assert_eq!(told.iter().map(|n| n.code.as_str()).collect::<Vec<_>>(), ["tip_off_decided", "tip_off_asked"]);
    assert!(told.iter().all(|n| n.order.is_none() && n.case.is_none()));
    assert!(!house.app.notices(&house.seller, &Page::default()).unwrap().items.iter().any(|n| n.tip_off.is_some()));
    house.is_sound();
}

#[test]
fn whoever_of_staff_it_is_about_neither_sees_nor_judges_it() {
    let mut house = House::new("tip-off-staff");
    let (one, admin) = (house.staff("risk"), house.admin.clone());
    let input =
        InviteInput { login: "risk.two".to_owned(), roles: vec!["risk".to_owned()], seller: None, organisation: None };
    let two = arrive(&house.app, &house.app.invite(&admin, &input).unwrap().link).principal;
    let desk = id(&house.tells(&house.buyer, &about("staff", "风控 Risk.One 态度恶劣", None)).unwrap());
    assert_eq!(house.sees(&one, &desk), Err(AppError::NotFound));
    assert_eq!(house.queue(&one, false), Vec::<String>::new());
    assert_eq!(house.decides(&one, &desk, "not_upheld"), Err(AppError::NotFound));
    assert_eq!(house.sees(&two, &desk).unwrap().accused, ["risk.one"]);
    assert_eq!(house.sees(&house.buyer, &desk).unwrap().accused, Vec::<String>::new());

    // A name that fits nobody: it turns out later who is meant, and from then on he is out.
    let desk = id(&house.tells(&house.buyer, &about("staff", "工号 0042", None)).unwrap());
    assert!(house.sees(&one, &desk).is_ok());
    assert_eq!(house.app.name_accused(&two, &desk, "zhang.san"), Err(AppError::invalid("login", "unknown")));
    assert_eq!(house.app.name_accused(&two, &desk, "no.such"), Err(AppError::invalid("login", "unknown")));
    house.app.name_accused(&two, &desk, "risk.one").unwrap();
    assert_eq!(house.sees(&one, &desk), Err(AppError::NotFound));
    house.decides(&two, &desk, "upheld").unwrap();

    // Nobody judges what he reported himself.
    let desk = id(&house.tells(&two, &about("seller", "点卡小店", None)).unwrap());
    assert_eq!(house.app.claim_tip_off(&two, &desk), Err(AppError::Forbidden));
    house.app.claim_tip_off(&admin, &desk).unwrap();
    let log = serde_json::to_string(&house.app.audit_log(&admin, &Page::default()).unwrap().items).unwrap();
    assert!(log.contains("name_accused") && !log.contains("工号"));
    house.is_sound();
}

#[test]
fn overdue_it_is_escalated_and_shown_so() {
    let mut house = House::new("tip-off-late");
    let risk = house.staff("risk");
    let desk = id(&house.tells(&house.buyer, &about("seller", "点卡小店", None)).unwrap());
    house.pass(4 * 24);
    house.wake();
    assert!(!house.sees(&risk, &desk).unwrap().summary.overdue);
    house.pass(5 * 24);
    house.wake();
    let late = house.sees(&risk, &desk).unwrap();
    assert_eq!((late.summary.turn_who, late.summary.overdue), (Some("admin"), true));
    house.decides(&house.admin, &desk, "passed_on").unwrap();
    house.wake();
    house.is_sound();
}

#[test]
fn what_cannot_be_meant_is_refused_by_name_and_a_flood_by_number() {
    let few = Limits { tip_off: Rate { most: 2, seconds: 60 }, ..Limits::none() };
    let house = House::with(yuanlu_app::Config { limits: few, ..config("tip-off-flood") });
    let nobody = Principal::Anonymous;
    let good = || about("seller", "点卡小店", Some("open-sesame"));
    for (field, code, input) in [
        ("about", "unknown", TipOffInput { about: "order".into(), ..good() }),
        ("subject", "unknown", TipOffInput { subject: "没有这家店".into(), ..good() }),
        ("subject", "unknown", TipOffInput { about: "product".into(), subject: "/p/none".into(), ..good() }),
        ("subject", "required", TipOffInput { subject: " ".into(), ..good() }),
        ("concern", "unknown", TipOffInput { concern: "x".into(), ..good() }),
        ("words", "too_short", TipOffInput { words: "坏".into(), ..good() }),
        ("query_password", "required", TipOffInput { query_password: None, ..good() }),
        ("query_password", "too_short", TipOffInput { query_password: Some(secret("12345")), ..good() }),
    ] {
        assert_eq!(house.tells(&nobody, &input), Err(AppError::invalid(field, code)), "{input:?}");
    }
    let program =
        NewFile { kind: "other".to_owned(), content: b"MZ\x90\0\x03\0\0\0".to_vec().into(), ..NewFile::default() };
    let refused = house.app.file_tip_off(&nobody, &good(), &[program], None, &origin());
    assert_eq!(refused, Err(AppError::invalid("file", "unsupported_type")));
    house.tells(&nobody, &good()).unwrap();
    assert!(matches!(house.tells(&nobody, &good()), Err(AppError::TooMany { .. })));
    let elsewhere = Origin { address: "198.51.100.9".into(), ..Origin::default() };
    house.app.file_tip_off(&nobody, &good(), &[], None, &elsewhere).unwrap();
    house.is_sound();
}
