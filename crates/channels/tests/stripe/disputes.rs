//! Disputes: the client against the simulator, evidence once, money taken and given back, forged webhooks.

use crate::loopback::headers;
use crate::world::*;
use yuanlu_channels::callback::{CallbackError, Entrance, Verified};
use yuanlu_channels::complaint::{ComplaintFile, ComplaintOp, ComplaintWord};
use yuanlu_channels::stripe::{StripeChannel, StripeConfig};
use yuanlu_channels::{Channel, Impossible};
use yuanlu_domain::outside_complaint::{
    CallOutcome, HeardComplaint, HeardMoney, OrderFacts, OutsideResult, Saying, Stage,
};

impl World {
    fn complaint(&self, op: &ComplaintOp, second: i64) -> ComplaintWord {
        let request = self.channel.complaint_request(op, at(second)).unwrap();
        let reply = self.send(&request, second);
        self.channel.complaint_word(op, &reply, at(second))
    }

    fn detail(&self, number: &str, second: i64) -> HeardComplaint {
        match self.complaint(&ComplaintOp::Detail { number: number.into() }, second) {
            ComplaintWord::Heard { mut complaints, .. } => complaints.remove(0),
            other => panic!("{other:?}"),
        }
    }
}

fn say(number: &str, saying: Saying, words: &str) -> ComplaintOp {
    ComplaintOp::Say {
        number: number.into(),
        saying,
        words: words.into(),
        files: Vec::new(),
        facts: OrderFacts::default(),
    }
}

#[test]
fn a_dispute_takes_money_and_a_win_gives_it_back() {
    let world = World::paid(1399);
    let id = world.simulator().dispute(PAYMENT, 1399, at(5).micros());
    let list = ComplaintOp::List { from: at(-60), until: at(60), page: 0, after: None };
    let ComplaintWord::Heard { complaints, more: false } = world.complaint(&list, 10) else { panic!("a list") };
    let one = &complaints[0];
    assert_eq!((one.number.as_str(), one.payments[0].as_str()), (id.as_str(), PAYMENT));
    assert_eq!((one.stage, one.money), (Stage::WantsReply, Some(HeardMoney::Taken(usd(1399)))));
    assert_eq!(one.reply_by, Some(at(5 + 7 * 86_400)));
    assert_eq!(*one, world.detail(&id, 11));
    assert_eq!(
        world.complaint(&say(&id, Saying::Reply, "Delivered at 10:02"), 12),
        ComplaintWord::Call(CallOutcome::Done)
    );
    assert_eq!(world.simulator().evidence(&id), ["Delivered at 10:02"]);
    assert_eq!(world.detail(&id, 13).stage, Stage::InProgress);
    for (status, stage, money) in [
        ("won", Stage::Over(OutsideResult::NotUpheld), Some(HeardMoney::Returned)),
        ("lost", Stage::Over(OutsideResult::Upheld), Some(HeardMoney::Taken(usd(1399)))),
        ("warning_needs_response", Stage::WantsReply, None),
        ("warning_closed", Stage::Over(OutsideResult::Ended), None),
        ("prevented", Stage::Over(OutsideResult::Ended), None),
    ] {
        world.simulator().decide_dispute(&id, status);
        let now = world.detail(&id, 14);
        assert_eq!((now.stage, now.money), (stage, money), "{status}");
    }
}

#[test]
fn evidence_whose_answer_got_lost_is_submitted_once() {
    let world = World::paid(1399);
    let id = world.simulator().dispute(PAYMENT, 1399, at(5).micros());
    world.simulator().lose_dispute_answers(1);
    let lost = world.complaint(&say(&id, Saying::Reply, "Delivered"), 10);
    assert!(matches!(lost, ComplaintWord::Call(CallOutcome::Unknown { .. })), "{lost:?}");
    let said = ComplaintOp::Said { number: id.clone(), saying: Saying::Reply, words: "Delivered".into() };
    assert_eq!(world.complaint(&said, 11), ComplaintWord::Call(CallOutcome::Done));
    // Even sent again it is one, for the same words have the same key.
    assert_eq!(world.complaint(&say(&id, Saying::Reply, "Delivered"), 12), ComplaintWord::Call(CallOutcome::Done));
    assert_eq!(world.simulator().evidence(&id).len(), 1);
}

#[test]
fn a_dispute_can_be_given_up_and_nothing_else_said() {
    let world = World::paid(1399);
    let id = world.simulator().dispute(PAYMENT, 1399, at(5).micros());
    let refused = |saying| world.channel.complaint_request(&say(&id, saying, "x"), at(1)).unwrap_err();
    assert_eq!(refused(Saying::Complete), Impossible::NoSuchOperation);
    assert_eq!(world.complaint(&say(&id, Saying::Concede, ""), 10), ComplaintWord::Call(CallOutcome::Done));
    assert_eq!(world.detail(&id, 11).stage, Stage::Over(OutsideResult::Upheld));
    let late = world.complaint(&say(&id, Saying::Reply, "x"), 12);
    assert!(matches!(late, ComplaintWord::Call(CallOutcome::Refused { .. })), "{late:?}");
}

#[test]
fn webhooks_say_which_and_forged_ones_say_nothing() {
    let world = World::paid(1399);
    let id = world.simulator().dispute(PAYMENT, 1399, at(5).micros());
    for kind in ["charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"] {
        let webhook = world.simulator().dispute_webhook(&id, kind, at(6).micros(), false);
        let told = world.channel.callback(&headers(&webhook), webhook.body(), at(6));
        assert_eq!(told, Ok(Verified::Complaint { number: id.clone() }), "{kind}");
        assert_eq!(
            world.channel.callback(&headers(&webhook), webhook.body(), at(4000)),
            Err(CallbackError::Stale),
            "{kind}"
        );
        let forged = world.simulator().dispute_webhook(&id, kind, at(6).micros(), true);
        let told = world.channel.callback(&headers(&forged), forged.body(), at(6));
        assert_eq!(told, Err(CallbackError::BadSignature), "{kind}");
    }
}

fn file(media_type: &str, content: Vec<u8>) -> ComplaintFile {
    let name = format!("picture-1.{}", media_type.rsplit_once('/').unwrap().1.replace("jpeg", "jpg"));
    ComplaintFile { name, media_type: media_type.into(), content }
}

fn upload(number: &str, file: ComplaintFile) -> ComplaintOp {
    ComplaintOp::Upload { number: number.into(), file }
}

fn sha256(content: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, content);
    digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

fn facts() -> OrderFacts {
    OrderFacts {
        product: "1 x Game card".into(),
        delivered_on: "2026-11-22".into(),
        access: "Unit 1: delivered 2026-11-22T10:00:00+08:00".into(),
        terms: String::new(),
    }
}

fn pdf() -> ComplaintFile {
    let content = [b"%PDF-1.7\r\n--\r\n".as_slice(), &[7; 40_000]].concat();
    ComplaintFile { name: "package.pdf".into(), ..file("application/pdf", content) }
}

#[test]
fn a_document_goes_along_as_evidence_once() {
    let world = World::paid(1399);
    let id = world.simulator().dispute(PAYMENT, 1399, at(5).micros());
    let op = upload(&id, pdf());
    world.simulator().lose_uploads(1, 1, 0);
    for second in 10..12 {
        let lost = world.complaint(&op, second);
        assert!(matches!(lost, ComplaintWord::Call(CallOutcome::Unknown { .. })), "{lost:?}");
    }
    let ComplaintWord::Call(CallOutcome::Uploaded { media }) = world.complaint(&op, 13) else { panic!("uploaded") };
    let again = world.complaint(&op, 14);
    assert_eq!(again, ComplaintWord::Call(CallOutcome::Uploaded { media: media.clone() }), "the same file is one");
    let with = |files: Vec<String>, words: &str| ComplaintOp::Say {
        number: id.clone(),
        saying: Saying::Reply,
        words: words.into(),
        files,
        facts: facts(),
    };
    let unknown = world.complaint(&with(vec!["file_of_nobody".into()], "Delivered"), 15);
    assert!(matches!(unknown, ComplaintWord::Call(CallOutcome::Refused { .. })), "{unknown:?}");
    assert_eq!(world.complaint(&with(vec![media], "Delivered"), 16), ComplaintWord::Call(CallOutcome::Done));
    assert_eq!(world.simulator().evidence_file(&id), Some(sha256(&pdf().content)));
    assert_eq!(world.simulator().evidence(&id), ["Delivered"]);
    let told = world.simulator().evidence_fields(&id);
    assert_eq!((told.len(), told["service_date"].as_str()), (3, "2026-11-22"), "what is not known is left out");
}

#[test]
fn a_document_that_does_not_fit_is_never_sent() {
    let world = World::paid(1399);
    let refused = |file| world.channel.complaint_request(&upload("dp_1", file), at(1)).unwrap_err();
    assert_eq!(refused(ComplaintFile { content: vec![b'%'; 5 * 1024 * 1024 + 1], ..pdf() }), Impossible::File);
    assert_eq!(refused(ComplaintFile { media_type: "application/zip".into(), ..pdf() }), Impossible::File);
    let disguised = ComplaintFile { content: b"PK not a document".to_vec(), ..pdf() };
    let word = world.complaint(&upload("dp_1", disguised), 2);
    assert!(
        matches!(&word, ComplaintWord::Call(CallOutcome::Refused { code }) if code == "file_type_not_supported"),
        "{word:?}"
    );
    let say = |files: &[&str], saying| {
        let files = files.iter().map(|name| (*name).to_owned()).collect();
        let op =
            ComplaintOp::Say { number: "dp_1".into(), saying, words: "x".into(), files, facts: OrderFacts::default() };
        world.channel.complaint_request(&op, at(1)).unwrap_err()
    };
    assert_eq!(say(&["file_1", "file_2"], Saying::Reply), Impossible::File);
    assert_eq!(say(&["file_1"], Saying::Concede), Impossible::NoSuchOperation);
}

#[test]
fn files_go_to_the_address_for_files() {
    let live = StripeChannel::new(StripeConfig { base_url: "https://api.stripe.com".into(), ..config("http://x") });
    let request = live.unwrap().complaint_request(&upload("dp_1", pdf()), at(1)).unwrap();
    assert_eq!(request.uri().to_string(), "https://files.stripe.com/v1/files");
    assert!(request.headers()["content-type"].to_str().unwrap().starts_with("multipart/form-data; boundary="));
}
