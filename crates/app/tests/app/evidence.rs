//! What is found about uploaded files, who sees it, and what follows from it (S03, R23, R32).

use crate::house::{House, application, case_id, config, id, origin};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;
use yuanlu_app::inputs::{ApplyInput, MessageInput, Page};
use yuanlu_app::views::{CaseView, EvidenceView, OrderView};
use yuanlu_app::{App, AppError, Clock, Config, NewFile, PictureReader, Principal, Rect, Seen};
use yuanlu_pictures::samples::{Chance, Payment, screenshot};
use yuanlu_storage::evidence_copy::{self, Variant};

fn screen(number: u64) -> RgbImage {
    screenshot(3, &Payment::new(&mut Chance::new(number)))
}

fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::from(picture.clone()).write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 60)).unwrap();
    bytes
}

/// The picture with a chunk that names the program which wrote it.
fn written_by(png: &[u8], software: &str) -> Vec<u8> {
    let mut chunk = b"tEXtSoftware\0".to_vec();
    chunk.extend(software.as_bytes());
    let crc = chunk.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    });
    let length = u32::try_from(chunk.len() - 4).unwrap().to_be_bytes();
    let after_header = 8 + 25;
    [&png[..after_header], &length, &chunk, &(!crc).to_be_bytes(), &png[after_header..]].concat()
}

fn file(kind: &str, bytes: Vec<u8>) -> NewFile {
    NewFile { kind: kind.to_owned(), content: bytes.into(), ..NewFile::default() }
}

fn codes(file: &EvidenceView) -> Vec<&str> {
    file.findings.iter().map(|found| found.code.as_str()).collect()
}

fn upload(house: &House, who: &Principal, order: &OrderView, new: NewFile) -> EvidenceView {
    house.app.upload_once(who, &id(order), new, None).unwrap()
}

fn with(file: &EvidenceView) -> ApplyInput {
    ApplyInput { evidence: vec![file.id.clone()], ..application("invalid_code", &[1]) }
}

/// A revealed code, and a claim that it does not work, resting on a file.
fn claim(house: &House, who: &Principal, order: &OrderView, file: &EvidenceView) -> CaseView {
    house.app.reveal(who, &id(order), 1).unwrap();
    house.app.apply(who, &id(order), &with(file), None, &origin()).unwrap()
}

#[test]
fn an_uploader_is_told_what_he_can_mend_and_those_who_judge_see_everything() {
    let mut house = House::new("findings");
    let reviewer = house.staff("reviewer");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let small = RgbImage::from_fn(120, 90, |x, y| image::Rgb([(x * 2) as u8, (y * 2) as u8, ((x ^ y) * 3) as u8]));
    let sent = upload(&house, &house.buyer, &order, file("other", written_by(&png(&small), "Adobe Photoshop 26")));
    assert_eq!(codes(&sent), ["too_small"]);
    assert!(sent.findings[0].mendable && sent.findings[0].params["width"] == "120");
    let case = claim(&house, &house.buyer, &order, &sent);
    assert_eq!(codes(&case.evidence[0]), ["too_small"]);
    let seen = house.app.load_case(&house.seller, &case_id(&case)).unwrap();
    assert!(codes(&seen.evidence[0]).is_empty(), "the other party sees no findings");
    let judged = house.app.load_case(&reviewer, &case_id(&case)).unwrap();
    assert_eq!(codes(&judged.evidence[0]), ["too_small", "editing_software"]);
    assert_eq!(judged.evidence[0].findings[1].params["software"], "Adobe Photoshop 26");
}

#[test]
fn a_hint_of_forgery_sends_the_claim_to_risk_and_nobody_is_accused_by_a_program() {
    let mut house = House::new("hints");
    let risk = house.staff("risk");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let sent = upload(&house, &house.buyer, &order, file("failure_popup", written_by(&png(&screen(1)), "GIMP 3.0")));
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let forecast = house.app.forecast(&house.buyer, &id(&order), &with(&sent)).unwrap();
    assert_eq!(forecast.would, "risk");
    let case = house.app.apply(&house.buyer, &id(&order), &with(&sent), None, &origin()).unwrap();
    assert_eq!((case.summary.state, case.desk), ("under_review", Some("risk")));
    let flags = house.app.conduct_flags(&risk, &Page::default()).unwrap().items;
    assert_eq!(flags.iter().map(|flag| flag.kind).collect::<Vec<_>>(), ["forgery_hint"]);
    assert!(flags[0].ground.is_none(), "only the judge of the case can find it forged");
    let credit = house.app.own_credit(&house.buyer).unwrap();
    assert_eq!(credit.score, 100);
}

#[test]
fn a_clean_claim_goes_to_the_seller_as_before() {
    let house = House::new("clean");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let sent = upload(&house, &house.buyer, &order, file("failure_popup", png(&screen(2))));
    assert_eq!(codes(&sent), [""; 0]);
    let case = claim(&house, &house.buyer, &order, &sent);
    assert_eq!(case.summary.state, "awaiting_seller");
}

#[test]
fn the_same_picture_in_another_case_is_found_and_in_the_same_order_it_is_nothing() {
    let mut house = House::new("reused");
    let risk = house.staff("risk");
    let product = house.card("ABCD-0001\nABCD-0002\nABCD-0003\nABCD-0004");
    let first = house.buy(&product, 1);
    let sent = upload(&house, &house.buyer, &first, file("failure_popup", png(&screen(3))));
    let again = upload(&house, &house.buyer, &first, file("failure_popup", jpeg(&screen(3))));

    // Before a case rests on it, nobody used it.
    let second = house.buy(&product, 1);
    let early = upload(&house, &house.buyer, &second, file("failure_popup", jpeg(&screen(3))));
    house.app.reveal(&house.buyer, &id(&second), 1).unwrap();
    let forecast = house.app.forecast(&house.buyer, &id(&second), &with(&early)).unwrap();
    assert_eq!(forecast.would, "seller");

    let case = claim(&house, &house.buyer, &first, &sent);
    assert_eq!(case.summary.state, "awaiting_seller");
    let forecast = house.app.forecast(&house.buyer, &id(&first), &ApplyInput { units: vec![1], ..with(&again) });
    assert!(forecast.is_ok_and(|forecast| forecast.refusal == Some("duplicate")));

    let copied = house.app.apply(&house.buyer, &id(&second), &with(&early), None, &origin()).unwrap();
    assert_eq!(copied.desk, Some("risk"));
    let judged = house.app.load_case(&risk, &case_id(&copied)).unwrap();
    let found = &judged.evidence[0].findings[0];
    assert_eq!((found.code.as_str(), found.params["order"].as_str()), ("reused", first.order.as_str()));
    assert_eq!(found.params["other"], sent.id);
    assert!(copied.evidence[0].findings.is_empty(), "of other people's cases the uploader hears nothing");

    // Another payment on the same screen is another picture.
    let third = house.buy(&product, 1);
    let honest = upload(&house, &house.buyer, &third, file("failure_popup", png(&screen(4))));
    assert_eq!(claim(&house, &house.buyer, &third, &honest).summary.state, "awaiting_seller");
}

#[test]
fn what_an_uploader_states_is_held_against_the_record() {
    let house = House::new("stated");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let stated = |amount: &str, number: &str, at: &str| {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let seen = Seen { amount: given(amount), number: given(number), at: given(at) };
        let new = NewFile { seen, ..file("payment_receipt", png(&screen(5))) };
        house.app.upload_once(&house.buyer, &id(&order), new, None)
    };
    let right = stated("99.99", &order.order, "2026-03-10 10:04").unwrap();
    assert_eq!(codes(&right), [""; 0]);
    assert_eq!(codes(&stated("", "", "2026-03-10").unwrap()), [""; 0]);
    let wrong = stated("199.99", "260310XXXXXXXXXX", "2026-03-09 10:04").unwrap();
    let what: Vec<&str> = wrong.findings.iter().map(|found| found.params["what"].as_str()).collect();
    assert_eq!((codes(&wrong), what), (vec!["contradicts"; 3], vec!["number", "amount", "time"]));
    assert_eq!(wrong.findings[1].params["record"], "99.99");
    assert_eq!(stated("1.234", "", "").unwrap_err(), AppError::invalid("seen_amount", "too_many_decimals"));
    assert_eq!(stated("", "", "yesterday").unwrap_err(), AppError::invalid("seen_at", "unreadable"));
    let case = claim(&house, &house.buyer, &order, &wrong);
    assert_eq!(case.desk, Some("risk"));
}

#[test]
fn pictures_are_shown_without_hidden_metadata_and_the_original_is_kept() {
    let mut house = House::new("shown");
    let reviewer = house.staff("reviewer");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let original = written_by(&png(&screen(6)), "Camera of Zhang San at 31.2N 121.5E");
    let sent = upload(&house, &house.buyer, &order, file("other", original.clone()));
    let file_id = sent.id.as_str().into();
    claim(&house, &house.buyer, &order, &sent);
    for who in [&house.buyer, &house.seller, &reviewer] {
        let shown = house.app.open_evidence(who, &file_id).unwrap();
        assert_eq!(shown.media_type, "image/png");
        assert!(!shown.bytes.expose().windows(9).any(|window| window == b"Zhang San"));
        assert_eq!(image::load_from_memory(shown.bytes.expose()).unwrap().into_rgb8(), screen(6));
    }
    let small = image::load_from_memory(house.app.open_small(&reviewer, &file_id).unwrap().bytes.expose()).unwrap();
    assert!(small.width().max(small.height()) <= 320);
    assert_eq!(house.app.open_original(&house.buyer, &file_id).unwrap_err(), AppError::Forbidden);
    assert_eq!(*house.app.open_original(&reviewer, &file_id).unwrap().bytes.expose(), original);
}

#[test]
fn whoever_judges_blacks_out_what_identifies() {
    let mut house = House::new("black-out");
    let (reviewer, admin) = (house.staff("reviewer"), house.admin.clone());
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let sent = upload(&house, &house.buyer, &order, file("other", png(&screen(7))));
    let file_id = sent.id.as_str().into();
    let rect = Rect { x: 10, y: 20, width: 100, height: 40 };
    assert_eq!(house.app.black_out(&reviewer, &file_id, &[rect]), Err(AppError::NotFound), "no case names it yet");
    let case = claim(&house, &house.buyer, &order, &sent);
    assert_eq!(house.app.black_out(&house.seller, &file_id, &[rect]), Err(AppError::Forbidden));
    assert!(!house.app.blacked_out(&reviewer, &file_id).unwrap().released);
    let outside = Rect { x: 100_000, ..rect };
    assert_eq!(house.app.black_out(&reviewer, &file_id, &[outside]), Err(AppError::invalid("rects", "outside")));
    house.app.black_out(&reviewer, &file_id, &[rect]).unwrap();
    let view = house.app.blacked_out(&reviewer, &file_id).unwrap();
    assert_eq!((view.released, view.rects, view.case), (true, vec![rect], case.summary.case.clone()));
    let audit = house.app.audit_log(&admin, &Page::default()).unwrap();
    assert!(audit.items.iter().any(|row| row.act == "black_out"));
    assert!(house.app.load_case(&reviewer, &case_id(&case)).unwrap().evidence[0].released);
}

#[test]
fn a_pdf_is_never_given_to_a_panel_only_what_a_reviewer_wrote_down_of_it() {
    let mut house = House::new("excerpt");
    let reviewer = house.staff("reviewer");
    let order = house.buy(&house.card("ABCD-0001"), 1);
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n\
        trailer<</Root 1 0 R>>\n%%EOF"
        .to_vec();
    let sent = upload(&house, &house.buyer, &order, file("test_report", pdf));
    let picture = upload(&house, &house.buyer, &order, file("other", png(&screen(8))));
    let input = ApplyInput { evidence: vec![sent.id.clone(), picture.id.clone()], ..application("invalid_code", &[1]) };
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    house.app.apply(&house.buyer, &id(&order), &input, None, &origin()).unwrap();
    let (file_id, other) = (sent.id.as_str().into(), picture.id.as_str().into());
    let words = "鉴定结论：卡密在 2026-03-01 已被使用，联系电话 13800138000";
    assert_eq!(house.app.black_out(&reviewer, &file_id, &[]), Err(AppError::invalid("file", "not_a_picture")));
    assert_eq!(house.app.release_excerpt(&house.seller, &file_id, words), Err(AppError::Forbidden));
    assert_eq!(house.app.release_excerpt(&reviewer, &other, words), Err(AppError::invalid("excerpt", "not_needed")));
    assert!(house.app.release_excerpt(&reviewer, &file_id, " ").is_err());
    assert!(!house.app.blacked_out(&reviewer, &file_id).unwrap().released);
    house.app.release_excerpt(&reviewer, &file_id, words).unwrap();
    assert!(house.app.blacked_out(&reviewer, &file_id).unwrap().released);
    let copy = house.app.db().read(|db| evidence_copy::find(db, &file_id, Variant::Panel)).unwrap().unwrap();
    assert_eq!(copy.media_type, "text/plain");
}

/// Reads always the same.
#[derive(Debug)]
struct Says(&'static str);

impl PictureReader for Says {
    fn read(&self, picture: &[u8]) -> std::io::Result<String> {
        image::load_from_memory(picture).map_err(std::io::Error::other)?;
        Ok(self.0.to_owned())
    }
}

#[test]
fn what_a_program_reads_in_a_receipt_is_compared_with_the_record() {
    for (says, found) in [
        ("支付成功 ¥1.23\n2020-01-01 10:00", vec!["amount", "time"]),
        ("支付成功 ¥98.00\n2026-03-10 10:00:30", vec![]),
        ("无字", vec![]),
    ] {
        let reader: std::sync::Arc<dyn PictureReader> = std::sync::Arc::new(Says(says));
        let mut house = House::with(Config { picture_reader: Some(reader), ..config("reads") });
        let reviewer = house.staff("reviewer");
        let order = house.buy(&house.product("game_card", "ABCD-0001", |input| input.price = "98.00".into()), 1);
        let sent = upload(&house, &house.buyer, &order, file("payment_receipt", png(&screen(9))));
        let other = upload(&house, &house.buyer, &order, file("other", png(&screen(10))));
        assert!(!codes(&sent).contains(&"reads_otherwise"), "what a program misread is no reproach to the uploader");
        let evidence = vec![sent.id.clone(), other.id.clone()];
        let input = ApplyInput { evidence, ..application("invalid_code", &[1]) };
        house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
        let case = house.app.apply(&house.buyer, &id(&order), &input, None, &origin()).unwrap();
        assert_eq!(case.turn.as_ref().map(|turn| turn.who), Some("seller"), "it routes nothing to risk");
        let seen = house.app.load_case(&reviewer, &case_id(&case)).unwrap().evidence;
        let read = |file: &EvidenceView| -> Vec<String> {
            let read = file.findings.iter().filter(|found| found.code == "reads_otherwise");
            read.map(|found| found.params["what"].clone()).collect()
        };
        let of = |id: &str| seen.iter().find(|file| file.id == id).unwrap();
        assert_eq!(read(of(&sent.id)), found, "{says}");
        assert!(read(of(&other.id)).is_empty(), "only receipts are read");
    }
}

#[test]
fn codes_of_the_order_are_hidden_in_what_people_write() {
    let house = House::new("mask");
    let order = house.buy(&house.card("WXYZ-1234-ABCD"), 1);
    house.app.reveal(&house.buyer, &id(&order), 1).unwrap();
    let words = "卡密 WXYZ-1234-ABCD 充值失败".to_owned();
    let input = ApplyInput { text: words.clone(), ..application("invalid_code", &[1]) };
    let case = house.app.apply(&house.buyer, &id(&order), &input, None, &origin()).unwrap();
    assert_eq!(case.text.as_deref(), Some("卡密 ****ABCD 充值失败"));
    let message = MessageInput { text: words, evidence: Vec::new(), hints_seen: true };
    let thread = house.app.say(&house.buyer, &id(&order), &message, None).unwrap();
    assert_eq!(thread.messages[0].text.as_deref(), Some("卡密 ****ABCD 充值失败"));
}

/// A copy sent to another node is found, though the clocks of the nodes differ by minutes.
#[test]
fn the_same_picture_is_found_at_whichever_node_it_was_uploaded() {
    let Some(server) = yuanlu_storage::testing::server_schema() else { return };
    let settings = Config { database: Some(server), direct: false, ..config("nodes-pictures") };
    let mut house = House::with(settings.clone());
    let ahead = Clock::manual(house.clock.now().plus_minutes(5));
    let second = App::open(Config { clock: ahead, ..settings }).unwrap();
    let risk = house.staff("risk");
    let product = house.card("ABCD-0001\nABCD-0002\nABCD-0003");
    let [first, copied, other] = [1; 3].map(|quantity| house.buy(&product, quantity));
    let picture = |number| file("failure_popup", jpeg(&screen(number)));
    // What the second node has seen last is newer than what the first will take, by their clocks.
    second.upload_once(&house.buyer, &id(&other), picture(8), None).unwrap();
    let sent = upload(&house, &house.buyer, &first, file("failure_popup", png(&screen(7))));
    claim(&house, &house.buyer, &first, &sent);
    let copy = second.upload_once(&house.buyer, &id(&copied), picture(7), None).unwrap();
    let case = claim(&house, &house.buyer, &copied, &copy);
    assert_eq!(case.desk, Some("risk"));
    let judged = second.load_case(&risk, &case_id(&case)).unwrap();
    assert_eq!(judged.evidence[0].findings[0].params["other"], sent.id);
}
