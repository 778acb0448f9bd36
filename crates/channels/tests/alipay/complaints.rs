//! Complaints about trades (交易投诉): the client against the simulator, lost answers, messages and forgeries.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::world::*;
use yuanlu_channels::callback::{CallbackError, Verified};
use yuanlu_channels::complaint::{ComplaintFile, ComplaintOp, ComplaintWord};
use yuanlu_channels::{Channel, Impossible};
use yuanlu_domain::outside_complaint::{CallOutcome, HeardComplaint, OrderFacts, OutsideResult, Saying, Stage};
use yuanlu_money::Money;

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
fn a_complaint_is_heard_answered_and_finished() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "没收到卡密", at(5).micros());
    let list = ComplaintOp::List { from: at(-86_400), until: at(60), page: 0, after: None };
    let ComplaintWord::Heard { complaints, more: false } = world.complaint(&list, 10) else { panic!("a list") };
    let one = &complaints[0];
    assert_eq!((one.number.as_str(), one.payments[0].as_str()), (id.as_str(), PAYMENT));
    assert_eq!((one.received_at, one.claimed, one.stage), (at(5), Some(Money::cny(5000)), Stage::WantsReply));
    assert_eq!(world.complaint(&say(&id, Saying::Reply, "正在核实"), 11), ComplaintWord::Call(CallOutcome::Done));
    assert_eq!(world.detail(&id, 12).stage, Stage::InProgress);
    assert_eq!(world.complaint(&say(&id, Saying::ApproveRefund, ""), 13), ComplaintWord::Call(CallOutcome::Done));
    let codes: Vec<String> = world.simulator().feedbacks(&id).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["04", "02"]);
    for (status, stage) in [
        ("MERCHANT_FEEDBACK_OVERTIME", Stage::WantsReply),
        ("PLATFORM_PROCESSING", Stage::InProgress),
        ("CANCELLED", Stage::Over(OutsideResult::Withdrawn)),
        ("FINISHED", Stage::Over(OutsideResult::Settled)),
        ("SOMETHING_NEW", Stage::WantsReply),
    ] {
        world.simulator().move_complaint(&id, status);
        assert_eq!(world.detail(&id, 14).stage, stage, "{status}");
    }
    world.simulator().move_complaint(&id, "FINISHED");
    let late = world.complaint(&say(&id, Saying::Reply, "x"), 15);
    assert!(matches!(late, ComplaintWord::Call(CallOutcome::Refused { code }) if code == "STATUS_NOT_ALLOWED"));
    let long = world.channel.complaint_request(&say(&id, Saying::Reply, &"长".repeat(201)), at(1));
    assert_eq!(long.unwrap_err(), Impossible::Text);
}

#[test]
fn an_answer_that_got_lost_is_found_and_not_given_twice() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "没收到卡密", at(5).micros());
    world.simulator().lose_complaint_answers(1);
    let lost = world.complaint(&say(&id, Saying::Reply, "正在核实"), 10);
    assert!(matches!(lost, ComplaintWord::Call(CallOutcome::Unknown { .. })), "{lost:?}");
    let said = |words: &str| ComplaintOp::Said { number: id.clone(), saying: Saying::Reply, words: words.into() };
    assert_eq!(world.complaint(&said("正在核实"), 11), ComplaintWord::Call(CallOutcome::Done));
    assert_eq!(world.complaint(&said("别的话"), 11), ComplaintWord::Call(CallOutcome::Missing));
    assert_eq!(world.simulator().feedbacks(&id).len(), 1);
}

#[test]
fn a_message_says_which_and_a_forged_one_says_nothing() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "x", at(5).micros());
    let url = "http://127.0.0.1:1/callbacks/alipay";
    let message = world.simulator().complaint_message(&id, url, at(6).micros(), false);
    assert_eq!(world.receive(message.body()), Ok(Verified::Complaint { number: id.clone() }));
    let forged = world.simulator().complaint_message(&id, url, at(6).micros(), true);
    assert_eq!(world.receive(forged.body()), Err(CallbackError::BadSignature));
}

fn file(media_type: &str, content: Vec<u8>) -> ComplaintFile {
    let name = format!("picture-1.{}", media_type.rsplit_once('/').unwrap().1.replace("jpeg", "jpg"));
    ComplaintFile { name, media_type: media_type.into(), content }
}

fn upload(number: &str, file: ComplaintFile) -> ComplaintOp {
    ComplaintOp::Upload { number: number.into(), file }
}

/// As much of a JPEG as a server looks at, with line ends and dashes as files have them.
fn jpeg(n: u8) -> Vec<u8> {
    [b"\xff\xd8\xff\xe0\r\n--yuanlu\r\n--\r\n".as_slice(), &[n; 3000]].concat()
}

fn sha256(content: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, content);
    digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

impl World {
    fn uploaded(&self, op: &ComplaintOp, second: i64) -> String {
        match self.complaint(op, second) {
            ComplaintWord::Call(CallOutcome::Uploaded { media }) => media,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn pictures_are_uploaded_and_go_along() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "没收到卡密", at(5).micros());
    let content = [jpeg(1), jpeg(2)];
    let mut files: Vec<String> = (10..)
        .zip(&content)
        .map(|(second, content)| world.uploaded(&upload(&id, file("image/jpeg", content.clone())), second))
        .collect();
    let png = b"\x89PNG\r\n\x1a\n0000".to_vec();
    files.push(world.uploaded(&upload(&id, file("image/png", png.clone())), 12));
    let reply = ComplaintOp::Say {
        number: id.clone(),
        saying: Saying::Reply,
        words: "请看截图".into(),
        files,
        facts: OrderFacts::default(),
    };
    assert_eq!(world.complaint(&reply, 13), ComplaintWord::Call(CallOutcome::Done));
    let sent = [sha256(&content[0]), sha256(&content[1]), sha256(&png)];
    assert_eq!(world.simulator().pictures(&id), sent);
    let files = vec![world.uploaded(&upload(&id, file("image/jpeg", jpeg(3))), 14)];
    let refuse = ComplaintOp::Say {
        number: id.clone(),
        saying: Saying::RejectRefund,
        words: "已使用".into(),
        files,
        facts: OrderFacts::default(),
    };
    assert_eq!(world.complaint(&refuse, 15), ComplaintWord::Call(CallOutcome::Done));
    assert_eq!(world.simulator().pictures(&id).len(), 4);
    let said = ComplaintOp::Said { number: id.clone(), saying: Saying::Reply, words: "请看截图".into() };
    assert_eq!(world.complaint(&said, 16), ComplaintWord::Call(CallOutcome::Done));
}

#[test]
fn an_upload_that_got_lost_is_done_again_and_says_nothing() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "没收到卡密", at(5).micros());
    world.simulator().lose_uploads(1, 1, 1);
    let op = upload(&id, file("image/jpeg", jpeg(1)));
    for second in 10..13 {
        let lost = world.complaint(&op, second);
        assert!(matches!(lost, ComplaintWord::Call(CallOutcome::Unknown { .. })), "{lost:?}");
    }
    let media = world.uploaded(&op, 13);
    assert!(!media.is_empty());
    assert!(world.simulator().pictures(&id).is_empty(), "nothing was said");
}

#[test]
fn pictures_that_do_not_fit_are_never_sent_and_unknown_ones_are_refused() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "没收到卡密", at(5).micros());
    let refused = |op: ComplaintOp| world.channel.complaint_request(&op, at(1)).unwrap_err();
    assert_eq!(refused(upload(&id, file("application/pdf", b"%PDF-1.7".to_vec()))), Impossible::File);
    assert_eq!(refused(upload(&id, file("image/jpeg", Vec::new()))), Impossible::File);
    assert_eq!(refused(upload(&id, file("image/jpeg", vec![0xff; 2 * 1024 * 1024 + 1]))), Impossible::File);
    let named = ComplaintFile { name: "a\"; x.jpg".into(), ..file("image/jpeg", jpeg(1)) };
    assert_eq!(refused(upload(&id, named)), Impossible::File);
    let with = |files: &[&str]| {
        let files = files.iter().map(|name| (*name).to_owned()).collect();
        ComplaintOp::Say {
            number: id.clone(),
            saying: Saying::Reply,
            words: "请看".into(),
            files,
            facts: OrderFacts::default(),
        }
    };
    assert_eq!(refused(with(&["1", "2", "3", "4", "5"])), Impossible::File);
    let unknown = world.complaint(&with(&["nobody-uploaded-this"]), 10);
    assert!(
        matches!(&unknown, ComplaintWord::Call(CallOutcome::Refused { code }) if code == "PARAM_ILLEGAL"),
        "{unknown:?}"
    );
    // Not what it says it is.
    let disguised = world.complaint(&upload(&id, file("image/jpeg", b"GIF89a".to_vec())), 11);
    assert!(matches!(disguised, ComplaintWord::Call(CallOutcome::Refused { code }) if code == "PARAM_ILLEGAL"));
}

#[test]
fn a_picture_changed_on_the_way_is_not_kept() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "没收到卡密", at(5).micros());
    let op = upload(&id, file("image/jpeg", jpeg(1)));
    let mut request = world.channel.complaint_request(&op, at(10)).unwrap();
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let place = body.find("jpg").unwrap();
    request.body_mut()[place] ^= 1;
    let word = world.channel.complaint_word(&op, &world.send(&request, 10), at(10));
    assert!(!matches!(word, ComplaintWord::Call(CallOutcome::Uploaded { .. })), "{word:?}: {body}");
}
