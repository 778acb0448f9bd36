//! Outside complaints: the clock of each agency, whose turn it is, what the channel says, and calls that are never doubled.

use super::bench::{Bench, at, words};
use crate::actor::{Actor, Role};
use crate::command::Act;
use crate::desk::{DeskAct, DeskFile};
use crate::outside_complaint::{
    Agency, Attachment, AttachmentKind, CallOutcome, CallState, OutsideAct, OutsideComplaint, OutsideResult,
    OutsideState, Registration, Saying, Stage,
};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::turn::Who;
use yuanlu_money::Currency;

fn support() -> Actor {
    Actor::Staff { account: "cs1".into(), role: Role::Support }
}

fn channel(id: &str) -> Actor {
    Actor::Channel { channel: id.into() }
}

fn registration(agency: Agency, received_at: &str) -> Registration {
    Registration {
        agency,
        number: "N1".into(),
        received_at: at(received_at),
        reply_by: None,
        complainant: Some(words()),
        words: Some(words()),
        concerns: None,
        claimed_minor: Some(9_999),
        currency: Currency::Cny,
        status: String::new(),
    }
}

impl Bench {
    fn out(&mut self, by: Actor, act: OutsideAct) -> Result<(), Refusal> {
        self.give(by, Act::Desk { desk: "W260310ABCDEFGHJK".into(), act: DeskAct::Outside(act) })
    }

    fn complaint(&self) -> &OutsideComplaint {
        match self.files.desk.as_ref().expect("a desk") {
            DeskFile::Outside(complaint) => complaint,
            other => panic!("not an outside complaint: {other:?}"),
        }
    }

    fn say(&mut self, saying: Saying) -> Result<(), Refusal> {
        self.out(support(), OutsideAct::Say { saying, words: Some(words()), attached: Vec::new() })
    }

    fn wake_all(&mut self) -> usize {
        let mut woken = 0;
        loop {
            let now = self.now;
            let due = |t: &crate::projection::Timer| t.due <= now && !matches!(t.subject, Subject::OutsideCall(_));
            let Some(timer) = self.complaint().timers().into_iter().find(due) else { return woken };
            self.out(Actor::Program, OutsideAct::Wake { subject: timer.subject }).expect("a due timer does something");
            woken += 1;
        }
    }

    fn report(&mut self, by: &str, status: &str, stage: Stage) -> Result<(), Refusal> {
        self.out(channel(by), OutsideAct::Report { status: status.into(), stage, reply_by: None })
    }
}

fn filed(agency: Agency, received: &str) -> Bench {
    let mut bench = Bench::new(received);
    let by = agency.channel().map_or(support(), |channel| Actor::Channel { channel });
    bench.out(by, OutsideAct::Register(Box::new(registration(agency, received)))).unwrap();
    bench
}

#[test]
fn p30_the_dates_of_a_complaint_by_12315() {
    let mut bench = filed(Agency::Hotline, "2026-04-30 10:00");
    let decision = bench.complaint().decision.clone().unwrap();
    assert_eq!(decision.too_late_from, at("2026-05-14"), "seven working days: until 05-13 24:00");
    bench.now = at("2026-05-13 16:00");
    bench.out(support(), OutsideAct::Accept { at: at("2026-05-13 15:00") }).unwrap();
    let ends = bench.complaint().ends.clone().unwrap();
    assert_eq!(ends.too_late_from, at("2026-07-13"), "sixty natural days end on Sunday 07-12, and that is planned for");
    assert_eq!(bench.out(support(), OutsideAct::Accept { at: bench.now }), Err(Refusal::OnlyOnce));
    bench.say(Saying::Reply).unwrap();
    assert_eq!(bench.complaint().timers()[0].who, Who::Support, "answered, and ten working days to finish");
    bench.now = at("2026-05-20");
    bench.wake_all();
    bench.say(Saying::Reply).unwrap();
    let timer = bench.complaint().timers().remove(0);
    assert_eq!((timer.who, timer.due), (Who::Outside, at("2026-07-13")), "then until their mediation ends");
    bench.now = timer.due;
    bench.wake_all();
    assert_eq!(bench.complaint().state.code(), "answered", "silence of theirs is looked at");
    bench.out(support(), OutsideAct::Close { result: OutsideResult::Settled, words: None }).unwrap();
    assert!(bench.complaint().timers().is_empty());
    assert_eq!(bench.say(Saying::Reply), Err(Refusal::WrongState { state: "closed" }));
}

#[test]
fn every_agency_runs_its_own_clock_from_its_own_time() {
    for (agency, due) in [
        // The last instant itself is in time (R2).
        (Agency::Wechat, "2026-03-11 09:00"),
        (Agency::Alipay, "2026-03-11 09:00"),
        (Agency::Blackcat, "2026-03-11 09:00"),
        (Agency::Stripe, "2026-03-17 09:00"),
    ] {
        let bench = filed(agency, "2026-03-10 09:00");
        assert_eq!(bench.complaint().reply_due.too_late_from, at(due).plus_micros(1), "{agency:?}");
        assert_eq!(bench.complaint().public, agency == Agency::Blackcat);
    }
    for agency in [Agency::ConsumerAssociation, Agency::Regulator, Agency::Hotline] {
        let bench = filed(agency, "2026-03-10 09:00");
        assert_eq!(bench.complaint().reply_due.too_late_from, at("2026-03-18"), "five working days: {agency:?}");
    }
    // What the channel names goes before, and its time counts, not ours (a late pull makes nothing later).
    let mut bench = Bench::new("2026-03-12 09:00");
    let mut late = registration(Agency::Alipay, "2026-03-10 09:00");
    late.reply_by = Some(at("2026-03-11 12:00"));
    bench.out(channel("alipay"), OutsideAct::Register(Box::new(late))).unwrap();
    assert_eq!(bench.complaint().reply_due.too_late_from, at("2026-03-11 12:00"));
    assert!(bench.wake_all() > 0, "overdue when it came: escalated at once");
    assert_eq!(bench.complaint().timers()[0].who, Who::Admin);
}

#[test]
fn a_turn_is_warned_of_twice_and_then_escalated_day_by_day() {
    let mut bench = filed(Agency::Blackcat, "2026-03-10 10:00");
    for (time, warnings, who) in [
        ("2026-03-10 21:59", 0, Who::Support),
        ("2026-03-10 22:01", 1, Who::Support),
        ("2026-03-11 05:13", 2, Who::Support),
        ("2026-03-11 10:01", 2, Who::Admin),
    ] {
        bench.now = at(time);
        bench.wake_all();
        assert_eq!((bench.complaint().warnings, bench.complaint().timers()[0].who), (warnings, who), "{time}");
    }
    let due = bench.complaint().timers()[0].due;
    assert_eq!(due, at("2026-03-13"), "a working day later");
    bench.now = due;
    bench.wake_all();
    assert_eq!(bench.complaint().state.escalations(), 2);
    bench.say(Saying::Reply).unwrap();
    assert_eq!(bench.complaint().timers()[0].who, Who::Support, "answered, the next turn is nobody's fault yet");
}

#[test]
fn who_may_do_what() {
    let mut bench = Bench::new("2026-03-10 09:00");
    let enter = |agency| OutsideAct::Register(Box::new(registration(agency, "2026-03-10 09:00")));
    for by in [
        Actor::Staff { account: "r1".into(), role: Role::Reviewer },
        Actor::Seller { seller: "s1".into(), account: "sa".into() },
        Actor::Program,
        channel("alipay"),
    ] {
        assert_eq!(bench.out(by, enter(Agency::Wechat)), Err(Refusal::NotYours), "a channel only for itself");
    }
    let mut nameless = registration(Agency::Court, "2026-03-10 09:00");
    nameless.number = " ".into();
    assert_eq!(
        bench.out(support(), OutsideAct::Register(Box::new(nameless))),
        Err(Refusal::Missing { field: "number" })
    );
    let early = registration(Agency::Court, "2026-03-11 09:00");
    assert!(matches!(bench.out(support(), OutsideAct::Register(Box::new(early))), Err(Refusal::NotYetDue { .. })));
    bench.out(support(), enter(Agency::Court)).unwrap();
    assert_eq!(bench.out(support(), enter(Agency::Court)), Err(Refusal::AlreadyExists));
    bench.out(support(), OutsideAct::Claim).unwrap();
    let other = Actor::Staff { account: "cs2".into(), role: Role::Support };
    assert_eq!(bench.out(other.clone(), OutsideAct::Claim), Err(Refusal::ClaimedByOther));
    assert_eq!(bench.say(Saying::Concede), Err(Refusal::WrongState { state: "court" }), "no such word there");
    let silent = OutsideAct::Say { saying: Saying::Reply, words: None, attached: Vec::new() };
    assert_eq!(bench.out(support(), silent), Err(Refusal::Missing { field: "words" }));
    // What it is about may be found later, by anybody of them.
    bench.out(other.clone(), OutsideAct::Relate { order: "260310ABCDEFGHJK".into(), case: Some(1) }).unwrap();
    let again = OutsideAct::Relate { order: "260310ABCDEFGHJK".into(), case: Some(1) };
    assert_eq!(bench.out(other, again), Err(Refusal::OnlyOnce));
    bench.say(Saying::Reply).unwrap();
    assert!(matches!(bench.complaint().state, OutsideState::WaitingOutside { .. }), "a court then goes on by itself");
}

#[test]
fn an_answer_to_a_channel_is_said_once_whatever_happens_on_the_way() {
    let mut bench = filed(Agency::Wechat, "2026-03-10 09:00");
    bench.say(Saying::Reply).unwrap();
    assert_eq!(bench.say(Saying::Complete), Err(Refusal::OnlyOnce), "one thing after the other");
    assert_eq!(bench.complaint().first_reply_at, None, "not answered before they have it");
    let make = || OutsideAct::MakeCall { call: 1, digest: "d".into() };
    let record = |attempt, outcome| OutsideAct::RecordCall { call: 1, attempt, outcome };
    let unknown = || CallOutcome::Unknown { code: "timed_out".into() };
    bench.out(Actor::Program, make()).unwrap();
    assert_eq!(
        bench.out(Actor::Program, make()),
        Err(Refusal::NothingDue),
        "whoever commits the attempt makes the call"
    );
    bench.out(channel("wechat"), record(1, unknown())).unwrap();
    assert_eq!(bench.out(channel("wechat"), record(1, CallOutcome::Done)), Err(Refusal::NothingDue), "an old answer");
    bench.now = bench.now.plus_minutes(2);
    let (_, ask) = bench.complaint().due_call(1, bench.now).unwrap();
    assert!(ask, "asked about before it is said again");
    bench.out(Actor::Program, make()).unwrap();
    // The answer never comes at all: after a minute it is asked about again.
    bench.now = bench.now.plus_minutes(2);
    assert!(bench.complaint().due_call(1, bench.now).unwrap().1);
    bench.out(Actor::Program, make()).unwrap();
    bench.out(channel("wechat"), record(3, CallOutcome::Missing)).unwrap();
    bench.now = bench.now.plus_hours(1);
    assert!(!bench.complaint().due_call(1, bench.now).unwrap().1, "they never had it: said again");
    bench.out(Actor::Program, make()).unwrap();
    assert_eq!(bench.out(channel("alipay"), record(4, CallOutcome::Done)), Err(Refusal::NotYours));
    bench.out(channel("wechat"), record(4, CallOutcome::Done)).unwrap();
    assert!(bench.complaint().first_reply_at.is_some());
    assert_eq!(bench.complaint().state.code(), "answered", "72 hours to finish");
    bench.say(Saying::Complete).unwrap();
    bench.out(Actor::Program, OutsideAct::MakeCall { call: 2, digest: "d".into() }).unwrap();
    let refused = CallOutcome::Refused { code: "STATE_NOT_MATCH".into() };
    bench.out(channel("wechat"), OutsideAct::RecordCall { call: 2, attempt: 1, outcome: refused }).unwrap();
    assert!(matches!(&bench.complaint().calls[1].state, CallState::Failed { code, .. } if code == "STATE_NOT_MATCH"));
    assert_eq!(bench.complaint().timers()[0].who, Who::Support, "a refused call leaves the turn where it was");
}

fn picture(n: u8) -> Attachment {
    Attachment {
        id: format!("a{n}").into(),
        kind: AttachmentKind::Picture,
        of: format!("e{n}"),
        sha256: "0".repeat(64),
        size: 1000,
    }
}

fn with(saying: Saying, attached: Vec<Attachment>) -> OutsideAct {
    OutsideAct::Say { saying, words: Some(words()), attached }
}

#[test]
fn files_are_uploaded_one_after_the_other_and_only_then_it_is_said() {
    let mut bench = filed(Agency::Wechat, "2026-03-10 09:00");
    bench.out(support(), with(Saying::Reply, vec![picture(1), picture(2)])).unwrap();
    let make = || OutsideAct::MakeCall { call: 1, digest: "d".into() };
    let record = |attempt, outcome| OutsideAct::RecordCall { call: 1, attempt, outcome };
    let uploaded = |media: &str| CallOutcome::Uploaded { media: media.into() };
    let next = |bench: &Bench| bench.complaint().call(1).unwrap().to_upload().map(|one| one.of.clone());
    assert_eq!(next(&bench).as_deref(), Some("e1"));
    bench.out(Actor::Program, make()).unwrap();
    assert_eq!(bench.out(channel("wechat"), record(1, CallOutcome::Done)), Err(Refusal::NothingDue), "not said yet");
    // Nobody knows whether it arrived: uploaded again, for it says nothing to anybody.
    bench.out(channel("wechat"), record(1, CallOutcome::Unknown { code: "timed_out".into() })).unwrap();
    bench.now = bench.now.plus_minutes(2);
    assert!(!bench.complaint().due_call(1, bench.now).unwrap().1, "an upload is not asked about");
    bench.out(Actor::Program, make()).unwrap();
    // The program ends in the middle: done again, too.
    bench.now = bench.now.plus_minutes(2);
    assert!(!bench.complaint().due_call(1, bench.now).unwrap().1);
    bench.out(Actor::Program, make()).unwrap();
    bench.out(channel("wechat"), record(3, uploaded("m1"))).unwrap();
    assert_eq!(next(&bench).as_deref(), Some("e2"), "at once the next");
    bench.out(Actor::Program, make()).unwrap();
    bench.out(channel("wechat"), record(4, uploaded("m2"))).unwrap();
    assert_eq!(next(&bench), None);
    assert!(bench.complaint().first_reply_at.is_none());
    bench.out(Actor::Program, make()).unwrap();
    assert_eq!(bench.out(channel("wechat"), record(5, uploaded("m3"))), Err(Refusal::NothingDue), "all are there");
    // What was said is asked about.
    bench.out(channel("wechat"), record(5, CallOutcome::Unknown { code: "timed_out".into() })).unwrap();
    bench.now = bench.now.plus_minutes(10);
    assert!(bench.complaint().due_call(1, bench.now).unwrap().1);
    bench.out(Actor::Program, make()).unwrap();
    bench.out(channel("wechat"), record(6, CallOutcome::Done)).unwrap();
    let call = bench.complaint().call(1).unwrap();
    assert_eq!((call.uploaded.join(" ").as_str(), call.failed_attempts()), ("m1 m2", 4));
    assert!(bench.complaint().first_reply_at.is_some());
    assert_eq!(bench.complaint().attached, [picture(1), picture(2)], "kept once");

    // Turned down at the door, nothing was said.
    bench.out(support(), with(Saying::Reply, vec![picture(3)])).unwrap();
    bench.out(Actor::Program, OutsideAct::MakeCall { call: 2, digest: "d".into() }).unwrap();
    let refused = CallOutcome::Refused { code: "PARAM_ERROR".into() };
    bench.out(channel("wechat"), OutsideAct::RecordCall { call: 2, attempt: 1, outcome: refused }).unwrap();
    assert!(matches!(bench.complaint().calls[1].state, CallState::Failed { .. }));
    assert_eq!(bench.complaint().said.len(), 1);
}

#[test]
fn an_agency_takes_what_it_has_a_place_for() {
    let of = |kind| Attachment { kind, ..picture(1) };
    let all = [AttachmentKind::Package, AttachmentKind::Print, AttachmentKind::Picture];
    for agency in Agency::ALL {
        for saying in agency.says() {
            let takes = agency.takes(*saying);
            for kind in all {
                let mut bench = filed(*agency, "2026-03-10 09:00");
                let said = bench.out(support(), with(*saying, vec![of(kind)]));
                assert_eq!(said.is_ok(), takes.includes(kind), "{agency:?} {saying:?} {kind:?}");
            }
            if let Some(kind) = all.into_iter().find(|kind| takes.includes(*kind)) {
                let mut bench = filed(*agency, "2026-03-10 09:00");
                let many = vec![of(kind); takes.most() + 1];
                let most = takes.most() as u32;
                assert_eq!(bench.out(support(), with(*saying, many)), Err(Refusal::NoRoom { most }));
            }
        }
    }
    let mut bench = filed(Agency::Hotline, "2026-03-10 09:00");
    bench.out(support(), with(Saying::Reply, vec![of(AttachmentKind::Package), of(AttachmentKind::Print)])).unwrap();
    assert_eq!(bench.complaint().attached.len(), 2, "it stands on the record");
}

/// Complaints that were kept before anything could go along are read as they were.
#[test]
fn older_records_are_read() {
    let mut bench = filed(Agency::Wechat, "2026-03-10 09:00");
    bench.say(Saying::Reply).unwrap();
    let text = serde_json::to_string(bench.complaint()).unwrap();
    assert!(!text.contains("attached") && !text.contains("uploaded"), "{text}");
    assert_eq!(&serde_json::from_str::<OutsideComplaint>(&text).unwrap(), bench.complaint());
}

#[test]
fn what_a_channel_reports_moves_the_turn_and_is_nothing_new_the_second_time() {
    let mut bench = filed(Agency::Wechat, "2026-03-10 09:00");
    bench.report("wechat", "PENDING", Stage::WantsReply).unwrap();
    assert_eq!(bench.report("wechat", "PENDING", Stage::WantsReply), Err(Refusal::NothingDue));
    assert_eq!(bench.report("alipay", "X", Stage::InProgress), Err(Refusal::NotYours));
    // Answered on their own pages.
    bench.report("wechat", "PROCESSING", Stage::InProgress).unwrap();
    assert!(matches!(bench.complaint().state, OutsideState::WaitingOutside { .. }));
    bench.report("wechat", "PROCESSED", Stage::Over(OutsideResult::Settled)).unwrap();
    assert_eq!(
        bench.report("wechat", "PROCESSED", Stage::Over(OutsideResult::Settled)),
        Err(Refusal::NothingDue),
        "delivered twice"
    );
    // The payer complains again: a new turn with a new clock.
    bench.now = at("2026-03-15 09:00");
    bench.report("wechat", "PENDING", Stage::WantsReply).unwrap();
    assert_eq!(bench.complaint().reopened, 1);
    assert_eq!(bench.complaint().timers()[0].due, at("2026-03-16 09:00").plus_micros(1));
}
