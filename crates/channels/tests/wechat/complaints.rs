//! Complaints (消费者投诉 2.0): the client against the simulator, lost answers, news and forgeries.

use crate::loopback::headers;
use crate::world::*;
use yuanlu_channels::Channel;
use yuanlu_channels::Impossible;
use yuanlu_channels::callback::{CallbackError, Entrance, Verified};
use yuanlu_channels::complaint::{ComplaintFile, ComplaintOp, ComplaintWord, NewsOp, NewsWord};
use yuanlu_channels::wechat::WechatConfig;
use yuanlu_domain::outside_complaint::{CallOutcome, HeardComplaint, OrderFacts, OutsideResult, Saying, Stage};
use yuanlu_money::Money;

const URL: &str = "http://127.0.0.1:1/callbacks/wechat";

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

fn said(number: &str, saying: Saying, words: &str) -> ComplaintOp {
    ComplaintOp::Said { number: number.into(), saying, words: words.into() }
}

fn list(page: u32) -> ComplaintOp {
    ComplaintOp::List { from: at(-20 * 86_400), until: at(86_400), page, after: None }
}

const DONE: ComplaintWord = ComplaintWord::Call(CallOutcome::Done);
const MISSING: ComplaintWord = ComplaintWord::Call(CallOutcome::Missing);

#[test]
fn a_complaint_is_heard_answered_and_finished() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "卡密无效", at(5).micros());
    let ComplaintWord::Heard { complaints, more: false } = world.complaint(&list(0), 10) else { panic!("a list") };
    let one = &complaints[0];
    assert_eq!((one.number.as_str(), one.payments[0].as_str()), (id.as_str(), PAYMENT));
    assert_eq!((one.received_at, one.claimed, one.stage), (at(5), Some(Money::cny(5000)), Stage::WantsReply));
    assert!(one.words.contains("卡密无效") && one.complainant.is_none());
    assert_eq!(*one, world.detail(&id, 11));

    assert!(matches!(
        world.complaint(&say(&id, Saying::Complete, ""), 12),
        ComplaintWord::Call(CallOutcome::Refused { code }) if code == "INVALID_REQUEST"
    ));
    assert_eq!(world.complaint(&say(&id, Saying::Reply, "正在核实"), 13), DONE);
    assert_eq!(world.detail(&id, 14).stage, Stage::InProgress);
    assert_eq!(world.complaint(&say(&id, Saying::ApproveRefund, ""), 15), DONE);
    assert_eq!(world.complaint(&say(&id, Saying::RejectRefund, "已过申请期限"), 16), DONE);
    assert_eq!(world.complaint(&say(&id, Saying::Complete, ""), 17), DONE);
    assert_eq!(world.detail(&id, 18).stage, Stage::Over(OutsideResult::Settled));
    for (saying, words) in [
        (Saying::Reply, "正在核实"),
        (Saying::ApproveRefund, ""),
        (Saying::RejectRefund, "已过申请期限"),
        (Saying::Complete, ""),
    ] {
        assert_eq!(world.complaint(&said(&id, saying, words), 19), DONE, "{saying:?}");
    }
    assert_eq!(world.complaint(&said(&id, Saying::Reply, "别的话"), 20), MISSING);
    let before = world.detail(&id, 21).status;
    world.simulator().complain_again(&id, "还是没解决", at(22).micros());
    let again = world.detail(&id, 23);
    assert_eq!(again.stage, Stage::WantsReply);
    assert_ne!(again.status, before, "another complaint about the same is news");
}

#[test]
fn an_answer_that_got_lost_is_found_in_the_history_and_not_given_twice() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "卡密无效", at(5).micros());
    world.simulator().lose_complaint_answers(1);
    let lost = world.complaint(&say(&id, Saying::Reply, "正在核实"), 10);
    assert!(matches!(lost, ComplaintWord::Call(CallOutcome::Unknown { .. })), "{lost:?}");
    assert_eq!(world.complaint(&said(&id, Saying::Reply, "正在核实"), 11), DONE);
    let replies = world.simulator().negotiation(&id);
    assert_eq!(replies.iter().filter(|(kind, _)| kind == "MERCHANT_RESPONSE").count(), 1);
}

#[test]
fn what_does_not_fit_is_never_sent() {
    let world = World::new();
    let refused = |op: ComplaintOp| world.channel.complaint_request(&op, at(1)).unwrap_err();
    assert_eq!(refused(say("1", Saying::Reply, &"长".repeat(201))), Impossible::Text);
    assert_eq!(refused(say("1", Saying::Reply, "")), Impossible::Text);
    assert_eq!(refused(say("1/../2", Saying::Reply, "x")), Impossible::Number);
    assert_eq!(refused(say("1", Saying::Concede, "")), Impossible::NoSuchOperation);
    assert!(matches!(
        world.complaint(&say("404", Saying::Reply, "x"), 2),
        ComplaintWord::Call(CallOutcome::Refused { code }) if code == "RESOURCE_NOT_EXISTS"
    ));
}

#[test]
fn where_news_goes_is_asked_set_and_changed() {
    let world =
        World::of(|url| WechatConfig { notify_url: "https://shop.example/callback/wechat".into(), ..config(url) });
    let tell = |op, second| {
        let request = world.channel.news_request(op, at(second)).unwrap();
        world.channel.news_word(&world.send(&request, second), at(second))
    };
    let here = || NewsWord::At("https://shop.example/callback/wechat".into());
    assert_eq!(tell(NewsOp::Ask, 1), NewsWord::Nobody);
    assert_eq!(tell(NewsOp::Change, 2), NewsWord::Nobody, "nothing can be changed that was not set");
    assert_eq!(tell(NewsOp::Begin, 3), here());
    assert!(matches!(tell(NewsOp::Begin, 4), NewsWord::Failed { code } if code == "RESOURCE_ALREADY_EXISTS"));
    assert_eq!((tell(NewsOp::Change, 5), tell(NewsOp::Ask, 6)), (here(), here()));
    assert_eq!(world.channel.news_address(), Some("https://shop.example/callback/wechat"));
}

#[test]
fn a_long_list_comes_in_pages() {
    let world = World::paid(5000);
    (0..60).for_each(|n| drop(world.simulator().complain(PAYMENT, "x", at(n).micros())));
    let count = |page| match world.complaint(&list(page), 100) {
        ComplaintWord::Heard { complaints, more } => (complaints.len(), more),
        other => panic!("{other:?}"),
    };
    assert_eq!((count(0), count(1)), ((50, true), (10, false)));
}

#[test]
fn news_says_which_and_forged_news_says_nothing() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "卡密无效", at(5).micros());
    let news = world.simulator().complaint_callbacks(URL, at(6).micros(), false);
    let told = world.channel.callback(&headers(&news[0]), news[0].body(), at(6));
    assert_eq!(told, Ok(Verified::Complaint { number: id.clone() }));
    let mut changed = news[0].body().clone();
    let last = changed.len() - 20;
    changed[last] ^= 1;
    assert_eq!(world.channel.callback(&headers(&news[0]), &changed, at(6)), Err(CallbackError::BadSignature));
    assert_eq!(world.channel.callback(&headers(&news[0]), news[0].body(), at(4000)), Err(CallbackError::Stale));
    world.simulator().complain_again(&id, "x", at(7).micros());
    let forged = world.simulator().complaint_callbacks(URL, at(8).micros(), true);
    assert_eq!(world.channel.callback(&headers(&forged[0]), forged[0].body(), at(8)), Err(CallbackError::BadSignature));
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
    let id = world.simulator().complain(PAYMENT, "卡密无效", at(5).micros());
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
    let id = world.simulator().complain(PAYMENT, "卡密无效", at(5).micros());
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
    let id = world.simulator().complain(PAYMENT, "卡密无效", at(5).micros());
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
        matches!(&unknown, ComplaintWord::Call(CallOutcome::Refused { code }) if code == "PARAM_ERROR"),
        "{unknown:?}"
    );
    // Not what it says it is.
    let disguised = world.complaint(&upload(&id, file("image/jpeg", b"GIF89a".to_vec())), 11);
    assert!(matches!(disguised, ComplaintWord::Call(CallOutcome::Refused { code }) if code == "PARAM_ERROR"));
}

#[test]
fn a_picture_changed_on_the_way_is_not_kept() {
    let world = World::paid(5000);
    let id = world.simulator().complain(PAYMENT, "卡密无效", at(5).micros());
    let op = upload(&id, file("image/jpeg", jpeg(1)));
    let mut request = world.channel.complaint_request(&op, at(10)).unwrap();
    let body = String::from_utf8_lossy(request.body()).into_owned();
    let place = request.body().len() - 1000;
    request.body_mut()[place] ^= 1;
    let word = world.channel.complaint_word(&op, &world.send(&request, 10), at(10));
    assert!(!matches!(word, ComplaintWord::Call(CallOutcome::Uploaded { .. })), "{word:?}: {body}");
}
