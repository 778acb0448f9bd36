//! Complaints about trades (交易投诉): the client against the simulator, lost answers, messages and forgeries.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::world::*;
use yuanlu_channels::callback::{CallbackError, Verified};
use yuanlu_channels::complaint::{ComplaintOp, ComplaintWord};
use yuanlu_channels::{Channel, Impossible};
use yuanlu_domain::outside_complaint::{CallOutcome, HeardComplaint, OutsideResult, Saying, Stage};
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
    ComplaintOp::Say { number: number.into(), saying, words: words.into() }
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
