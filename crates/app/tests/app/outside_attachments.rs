//! What goes along with answers to the outside: packages that are made by themselves, and pictures that may leave the house.

use super::house::{House, case_id, config, id, origin, place};
use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;
use yuanlu_app::inputs::{ApplyInput, OutsideInput, OutsideSayInput, Page};
use yuanlu_app::jobs::{made_call, recorded_call};
use yuanlu_app::views::{CaseView, EvidenceView, OrderView, OutsideView};
use yuanlu_app::{AppError, NewFile, PRINT, PackageFacts, Principal, Rect, Rendered};
use yuanlu_domain::ids::{ChannelId, ChannelNumber, DeskId, EvidenceId};
use yuanlu_domain::outside_complaint::{CallOutcome, HeardComplaint, Stage};
use yuanlu_money::{Currency, Money};
use yuanlu_paper::hash::sha256_hex;
use yuanlu_paper::package;
use yuanlu_pictures::samples::{Chance, Payment, screenshot};
use yuanlu_storage::evidence_copy::{self, Variant};

fn house(name: &str) -> House {
    let mut config = config(name);
    config.channels = ["sim", "stripe", "wechat", "alipay"].map(ChannelId::from).to_vec();
    House::with(config)
}

fn png(picture: RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::from(picture).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

fn shot(number: u64) -> Vec<u8> {
    png(screenshot(3, &Payment::new(&mut Chance::new(number))))
}

/// A picture that no compression makes small: every point another.
fn noise(side: u32) -> Vec<u8> {
    let mut state = 1_u32;
    png(RgbImage::from_fn(side, side, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Rgb([(state >> 24) as u8, (state >> 16) as u8, (state >> 8) as u8])
    }))
}

impl House {
    /// Paid by a channel, revealed, and claimed with these files.
    fn disputed(&self, channel: &str, files: &[(&str, Vec<u8>)]) -> (OrderView, CaseView, Vec<EvidenceView>) {
        let card = self.card(&format!("{channel}-C{}", self.app.figures().unwrap().orders));
        let order = self.app.place_order(&self.buyer, &place(&card, 1, channel), None, &origin()).unwrap();
        let payment = order.payments.last().unwrap();
        let (no, amount) = (ChannelNumber::from(payment.no.as_str()), Money::new(payment.amount.minor, Currency::Cny));
        self.app.payment_succeeded(&ChannelId::from(channel), &no, "pi_1", amount).unwrap();
        self.app.reveal(&self.buyer, &id(&order), 1).unwrap();
        let upload = |(kind, bytes): &(&str, Vec<u8>)| {
            let new = NewFile { kind: (*kind).to_owned(), content: bytes.clone().into(), ..NewFile::default() };
            self.app.upload_once(&self.buyer, &id(&order), new, None).unwrap()
        };
        let files: Vec<EvidenceView> = files.iter().map(upload).collect();
        let evidence = files.iter().map(|file| file.id.clone()).collect();
        let input = ApplyInput { evidence, ..super::house::application("invalid_code", &[1]) };
        let case = self.app.apply(&self.buyer, &id(&order), &input, None, &origin()).unwrap();
        (order, case, files)
    }

    fn told_by(&self, channel: &str, order: &OrderView, support: &Principal) -> DeskId {
        let heard = HeardComplaint {
            number: "200000020".into(),
            received_at: self.app.now(),
            reply_by: None,
            complainant: None,
            words: "no code".into(),
            payments: vec![ChannelNumber::from(order.payments[0].no.as_str())],
            claimed: Some(Money::new(9_999, Currency::Cny)),
            status: "PENDING".into(),
            stage: Stage::WantsReply,
            money: None,
        };
        self.app.outside_heard(&ChannelId::from(channel), &heard).unwrap();
        let found = self.app.outside_complaints(support, false, &Page::default()).unwrap().items;
        DeskId::from(found[0].complaint.as_str())
    }
}

fn print(facts: &PackageFacts) -> yuanlu_app::Result<Rendered> {
    let text = format!("%PDF-1.7 of {} for {}", facts.about.case, facts.about.variant);
    Ok(vec![("README.txt".into(), b"read me".to_vec()), (PRINT.into(), text.into_bytes())])
}

fn never(_: &PackageFacts) -> yuanlu_app::Result<Rendered> {
    panic!("nothing is printed")
}

fn reply(words: &str) -> OutsideSayInput {
    OutsideSayInput { saying: "reply".into(), words: words.into(), package: true, pictures: Vec::new() }
}

fn pictures(ids: &[&str]) -> OutsideSayInput {
    OutsideSayInput { pictures: ids.iter().map(|id| (*id).to_owned()).collect(), ..reply("请看截图") }
}

fn desk(one: &OutsideView) -> DeskId {
    DeskId::from(one.summary.complaint.as_str())
}

#[test]
fn an_answer_by_hand_takes_the_package_for_its_reader_and_keeps_exactly_those_bytes() {
    let mut house = house("along-hand");
    let (support, finance) = (house.staff("support"), house.staff("finance"));
    let (_, case, _) = house.disputed("sim", &[("other", shot(1))]);
    let key = house.app.transparency().unwrap().key;
    for (agency, variant) in [
        ("12315", "12315"),
        ("blackcat", "heimao"),
        ("consumer_association", "association"),
        ("court", "court"),
        ("regulator", "12315"),
    ] {
        let input = OutsideInput {
            agency: agency.into(),
            number: format!("N-{agency}"),
            received_at: "2026-03-10 09:00".into(),
            order: case.summary.case.clone(),
            ..OutsideInput::default()
        };
        let made = house.app.register_outside(&support, &input, None).unwrap();
        assert_eq!((made.may_attach.package, made.may_attach.print_only), (Some(variant), false));
        assert!(made.may_attach.pictures.is_empty());
        let fields = house.app.preview_outside_package(&support, &desk(&made)).unwrap().unwrap();
        assert_eq!(fields.about.variant, variant);
        let answered = house.app.say_outside(&support, &desk(&made), &reply("见附件"), print).unwrap();
        let kinds: Vec<_> = answered.attached.iter().map(|file| file.kind).collect();
        assert_eq!(kinds, ["package", "print"]);
        let said = answered.timeline.iter().find(|step| step.code == "outside_said_with").unwrap();
        assert_eq!(said.params["files"], "2");
        for file in &answered.attached {
            let opened = house.app.open_attachment(&support, &desk(&made), file.no).unwrap();
            assert_eq!(
                (sha256_hex(opened.bytes.expose()), opened.bytes.expose().len() as u64),
                (file.sha256.clone(), file.size)
            );
            assert!(opened.name.contains(variant), "{}", opened.name);
        }
        let archive = house.app.open_attachment(&support, &desk(&made), 1).unwrap();
        let (report, _) = package::check(archive.bytes.expose(), Some(&key));
        assert_eq!(report.findings, vec![], "it is the package, and checks anywhere");
        let papers = house.app.list_papers(&house.admin, &case_id(&case)).unwrap();
        assert!(papers.iter().any(|paper| paper.id == answered.attached[0].of && paper.variant == variant));
        assert_eq!(house.app.open_attachment(&finance, &desk(&made), 1).unwrap_err(), AppError::Forbidden);
        assert_eq!(house.app.open_attachment(&house.buyer, &desk(&made), 1).unwrap_err(), AppError::Forbidden);
        for no in [0, 3] {
            assert_eq!(house.app.open_attachment(&support, &desk(&made), no).unwrap_err(), AppError::NotFound);
        }
    }
    let audit = house.app.audit_log(&house.admin, &Page { limit: Some(100), ..Page::default() }).unwrap().items;
    for act in ["export_case", "open_attachment", "say_outside"] {
        assert!(audit.iter().any(|row| row.act == act), "{act}");
    }
    let blobs = house.app.db().read(|db| yuanlu_storage::evidence::list_blobs(db)).unwrap();
    assert!(blobs.len() >= 10, "what went along is among the files that are checked");
}

#[test]
fn a_package_can_be_left_out_and_one_about_no_case_is_never_made() {
    let mut house = house("along-out");
    let support = house.staff("support");
    let (order, case, _) = house.disputed("sim", &[]);
    let input = |number: &str, order: &str| OutsideInput {
        agency: "blackcat".into(),
        number: number.into(),
        received_at: "2026-03-10 09:00".into(),
        order: order.into(),
        ..OutsideInput::default()
    };
    let made = house.app.register_outside(&support, &input("B1", &case.summary.case), None).unwrap();
    let without = OutsideSayInput { package: false, ..reply("收到") };
    let answered = house.app.say_outside(&support, &desk(&made), &without, never).unwrap();
    assert!(answered.attached.is_empty());
    let taken = house.app.say_outside(&support, &desk(&made), &pictures(&["x"]), never);
    assert_eq!(taken.unwrap_err(), AppError::invalid("pictures", "not_taken"));
    let about_nobody = house.app.register_outside(&support, &input("B2", ""), None).unwrap();
    assert_eq!(about_nobody.may_attach.package, None);
    assert_eq!(house.app.preview_outside_package(&support, &desk(&about_nobody)).unwrap().map(|_| ()), None);
    assert!(
        house
            .app
            .say_outside(&support, &desk(&about_nobody), &reply("请提供订单号"), never)
            .unwrap()
            .attached
            .is_empty()
    );
    // Refused, nothing is kept.
    let papers = house.app.list_papers(&house.admin, &case_id(&case)).unwrap().len();
    let bad = OutsideSayInput { saying: "concede".into(), ..reply("x") };
    assert!(house.app.say_outside(&support, &desk(&made), &bad, print).is_err());
    assert!(house.app.say_outside(&house.buyer, &desk(&made), &reply("x"), never).is_err());
    assert_eq!(house.app.list_papers(&house.admin, &case_id(&case)).unwrap().len(), papers);
    assert!(!order.order.is_empty());
}

#[test]
fn a_dispute_takes_the_document_and_one_too_large_is_refused_before_anything_is_sent() {
    let mut house = house("along-stripe");
    let support = house.staff("support");
    let (order, _, _) = house.disputed("stripe", &[]);
    let desk = house.told_by("stripe", &order, &support);
    let one = house.app.outside_complaint(&support, &desk).unwrap();
    assert_eq!((one.may_attach.package, one.may_attach.print_only), (Some("card"), true));
    let large = |_: &PackageFacts| Ok(vec![(PRINT.to_owned(), vec![b'%'; 5 * 1024 * 1024 + 1])]);
    let refused = house.app.say_outside(&support, &desk, &reply("Delivered"), large);
    assert_eq!(refused.unwrap_err(), AppError::invalid("package", "too_large"));
    assert!(house.app.outside_complaint(&support, &desk).unwrap().calls.is_empty(), "nothing was planned");
    let view = house.app.say_outside(&support, &desk, &reply("Delivered"), print).unwrap();
    assert_eq!(view.attached.iter().map(|file| file.kind).collect::<Vec<_>>(), ["print"]);
    assert_eq!((view.calls[0].files, view.calls[0].uploaded), (1, 0));

    // First the file, then the words.
    let due = house.app.due_saying(&desk, 1).unwrap().unwrap();
    let file = due.upload.unwrap();
    assert_eq!(
        (file.media_type.as_str(), sha256_hex(file.content.expose())),
        ("application/pdf", view.attached[0].sha256.clone())
    );
    assert!(house.app.run_commands(vec![made_call(&desk, 1, "d".into())])[0].is_ok());
    let uploaded = CallOutcome::Uploaded { media: "file_1".into() };
    let record = |attempt, outcome| vec![recorded_call(&ChannelId::from("stripe"), &desk, 1, attempt, outcome)];
    assert!(house.app.run_commands(record(1, uploaded))[0].is_ok());
    let due = house.app.due_saying(&desk, 1).unwrap().unwrap();
    assert!(due.upload.is_none() && !due.ask);
    assert_eq!(due.files, ["file_1"]);
    assert!(house.app.run_commands(vec![made_call(&desk, 1, "d".into())])[0].is_ok());
    assert!(house.app.run_commands(record(2, CallOutcome::Done))[0].is_ok());
    let done = house.app.outside_complaint(&support, &desk).unwrap();
    assert_eq!((done.calls[0].state, done.attached.len()), ("done", 1));
    let steps: Vec<_> = done.timeline.iter().map(|step| step.code).collect();
    assert!(steps.contains(&"outside_planned_with") && steps.contains(&"outside_said_with"), "{steps:?}");
}

#[test]
fn only_pictures_that_may_leave_the_house_go_along_and_what_is_blacked_out_stays_so() {
    let mut house = house("along-pictures");
    let (support, reviewer) = (house.staff("support"), house.staff("reviewer"));
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n\
        trailer<</Root 1 0 R>>\n%%EOF"
        .to_vec();
    let files = [("other", shot(1)), ("failure_popup", shot(2)), ("other", noise(1200)), ("test_report", pdf)];
    let (order, _, sent) = house.disputed("wechat", &files);
    let other = house.disputed("sim", &[("other", shot(9))]).2;
    let desk = house.told_by("wechat", &order, &support);
    let one = house.app.outside_complaint(&support, &desk).unwrap();
    let known: Vec<_> = one.may_attach.pictures.iter().map(|file| file.id.as_str()).collect();
    let mut listed = known.clone();
    listed.sort_unstable();
    let known = [sent[0].id.as_str(), &sent[1].id, &sent[2].id];
    let mut wanted = known;
    wanted.sort_unstable();
    assert_eq!(listed, wanted, "no document, and nothing of other cases");
    assert_eq!((one.may_attach.most_pictures, one.may_attach.package), (4, None));
    for wrong in [vec![other[0].id.as_str()], vec![sent[3].id.as_str()], vec![known[0], known[0]], vec!["nothing"]] {
        let refused = house.app.say_outside(&support, &desk, &pictures(&wrong), never);
        assert_eq!(refused.unwrap_err(), AppError::invalid("pictures", "unknown"), "{wrong:?}");
    }
    let five = house.app.say_outside(&support, &desk, &pictures(&["1", "2", "3", "4", "5"]), never);
    assert_eq!(five.unwrap_err(), AppError::invalid("pictures", "too_large"));

    let rect = Rect { x: 10, y: 20, width: 100, height: 40 };
    let blacked: EvidenceId = known[1].into();
    house.app.black_out(&reviewer, &blacked, &[rect]).unwrap();
    let shown = house.app.open_outside_picture(&support, &desk, &blacked).unwrap();
    assert_eq!(house.app.open_outside_picture(&house.buyer, &desk, &blacked).unwrap_err(), AppError::Forbidden);
    let stranger: EvidenceId = other[0].id.as_str().into();
    assert_eq!(house.app.open_outside_picture(&support, &desk, &stranger).unwrap_err(), AppError::NotFound);

    let view = house.app.say_outside(&support, &desk, &pictures(&known), never).unwrap();
    assert_eq!(view.attached.iter().map(|file| file.of.as_str()).collect::<Vec<_>>(), known);
    let bytes: Vec<Vec<u8>> =
        (1..=3).map(|no| house.app.open_attachment(&support, &desk, no).unwrap().bytes.expose().clone()).collect();
    assert!(bytes[1] == *shown.bytes.expose(), "what was seen is what goes");
    let copy = |file: &str, variant| {
        let copy = house.app.db().read(|db| evidence_copy::find(db, &file.into(), variant)).unwrap().unwrap();
        copy.blob
    };
    assert_ne!(copy(known[1], Variant::Panel), copy(known[1], Variant::Clean));
    let black = image::load_from_memory(&bytes[1]).unwrap().into_rgb8();
    assert_eq!(black.get_pixel(15, 25).0, [0, 0, 0], "blacked out");
    assert!(files[2].1.len() > 2 * 1024 * 1024 && bytes[2].len() <= 2 * 1024 * 1024, "drawn smaller until it fits");
    assert_eq!(view.calls[0].files, 3);
}
