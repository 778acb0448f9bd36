//! Disputes: the client against the simulator, evidence once, money taken and given back, forged webhooks.

use crate::loopback::headers;
use crate::world::*;
use yuanlu_channels::callback::{CallbackError, Entrance, Verified};
use yuanlu_channels::complaint::{ComplaintOp, ComplaintWord};
use yuanlu_channels::{Channel, Impossible};
use yuanlu_domain::outside_complaint::{CallOutcome, HeardComplaint, HeardMoney, OutsideResult, Saying, Stage};

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
