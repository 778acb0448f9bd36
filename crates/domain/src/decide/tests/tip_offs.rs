//! Tip-offs (R34): due times, who may, what silence does.

use super::bench::{Bench, at};
use crate::actor::{Actor, Party, Role};
use crate::case::{EvidenceKind, EvidenceRef, PersonalRef};
use crate::command::Act;
use crate::desk::{DeskAct, DeskFile};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::tip_off::{About, Concern, MOST_FILES, TipOff, TipOffAct, TipOffOutcome, TipOffState};
use crate::turn::{OnSilence, Who};

fn words(id: &str) -> PersonalRef {
    PersonalRef { id: id.into(), digest: "00".into() }
}

fn file_of(id: usize) -> EvidenceRef {
    EvidenceRef { id: format!("e{id}").into(), kind: EvidenceKind::Other, digest: "00".into() }
}

fn stranger() -> Actor {
    Actor::Reporter { account: None }
}

fn reporter(account: &str) -> Actor {
    Actor::Reporter { account: Some(account.into()) }
}

fn staff(account: &str, role: Role) -> Actor {
    Actor::Staff { account: account.into(), role }
}

fn risk() -> Actor {
    staff("risk1", Role::Risk)
}

fn about_seller() -> About {
    About::Seller { seller: "s1".into() }
}

fn about_staff(accounts: &[&str]) -> About {
    About::Staff { named: words("n"), accounts: accounts.iter().map(|a| (*a).into()).collect() }
}

fn filing(about: About) -> TipOffAct {
    TipOffAct::File { about, concern: Concern::Fraud, words: words("w"), evidence: vec![file_of(0)] }
}

fn decision(outcome: TipOffOutcome) -> TipOffAct {
    TipOffAct::Decide { outcome, words: words("d") }
}

impl Bench {
    fn tell(&mut self, by: Actor, act: TipOffAct) -> Result<(), Refusal> {
        self.give(by, Act::Desk { desk: "T260310ABCDEFGHJK".into(), act: DeskAct::TipOff(act) })
    }

    fn tip_off(&self) -> &TipOff {
        match self.files.desk.as_ref().expect("a desk") {
            DeskFile::TipOff(tip_off) => tip_off,
            other => panic!("not a tip-off: {other:?}"),
        }
    }

    fn wait(&mut self) -> Result<(), Refusal> {
        let timer = self.tip_off().timer().ok_or(Refusal::NothingDue)?;
        self.now = timer.due;
        self.tell(Actor::Program, TipOffAct::Wake { subject: Subject::TipOff })
    }
}

/// A bench on P28's Friday, with a tip-off about something.
fn filed(about: About, by: Actor) -> Bench {
    let mut bench = Bench::new("2025-01-24 09:00");
    bench.facts.staff = Some(vec![("risk1".into(), vec![Role::Risk]), ("admin1".into(), vec![Role::Admin])]);
    bench.tell(by, filing(about)).unwrap();
    bench
}

#[test]
fn risk_answers_within_the_working_days_of_a_complaint() {
    let mut bench = filed(about_seller(), stranger());
    let timer = bench.tip_off().timer().unwrap();
    // P28: over the Spring Festival, with its make-up working days.
    assert_eq!((timer.who, timer.due, timer.on_silence), (Who::Risk, at("2025-02-08"), OnSilence::Escalate));
    bench.tell(risk(), TipOffAct::Claim).unwrap();
    bench.tell(risk(), decision(TipOffOutcome::Upheld)).unwrap();
    assert!(matches!(
        &bench.tip_off().state,
        TipOffState::Decided { outcome: TipOffOutcome::Upheld, by: Some(by), words: Some(_), .. } if by.as_str() == "risk1"
    ));
    assert_eq!(bench.tip_off().timer(), None);
    // What is over stays so, whoever asks.
    let over = Err(Refusal::WrongState { state: "decided" });
    assert_eq!(bench.tell(risk(), decision(TipOffOutcome::NotUpheld)), over);
    assert_eq!(bench.tell(stranger(), TipOffAct::Add { words: Some(words("x")), evidence: vec![] }), over);
}

#[test]
fn nobody_but_risk_and_administrators_judges_and_never_a_party() {
    let mut bench = filed(about_staff(&["risk1"]), reporter("admin1"));
    for other in [
        staff("r1", Role::Reviewer),
        staff("f1", Role::Finance),
        Actor::Buyer { party: Party::Account("b1".into()) },
        Actor::Seller { seller: "s1".into(), account: "sa".into() },
        reporter("admin1"),
        Actor::Program,
    ] {
        assert_eq!(bench.tell(other, TipOffAct::Claim), Err(Refusal::NotYours));
    }
    assert_eq!(bench.tell(risk(), TipOffAct::Claim), Err(Refusal::NotFound), "for whom it is about there is none");
    assert_eq!(bench.tell(staff("admin1", Role::Admin), TipOffAct::Claim), Err(Refusal::Conflicted));
    bench.tell(staff("risk2", Role::Risk), TipOffAct::Claim).unwrap();
    assert_eq!(
        bench.tell(staff("risk3", Role::Risk), decision(TipOffOutcome::Upheld)),
        Err(Refusal::ClaimedByOther),
        "taken by somebody who is still at it"
    );
    bench.now = bench.now.plus_minutes(30);
    bench.tell(staff("risk3", Role::Risk), decision(TipOffOutcome::NotUpheld)).unwrap();
}

#[test]
fn whoever_is_named_later_is_out_from_then_on() {
    let mut bench = filed(about_staff(&[]), stranger());
    bench.tell(risk(), TipOffAct::Claim).unwrap();
    assert_eq!(
        bench.tell(risk(), TipOffAct::Name { account: "nobody".into() }),
        Err(Refusal::Missing { field: "account" })
    );
    bench.tell(risk(), TipOffAct::Name { account: "risk1".into() }).unwrap();
    assert!(matches!(&bench.tip_off().state, TipOffState::AtRisk { claim: None, .. }), "his claim ends with it");
    assert_eq!(bench.tell(risk(), decision(TipOffOutcome::NotUpheld)), Err(Refusal::NotFound));
    let admin = staff("admin1", Role::Admin);
    assert_eq!(bench.tell(admin.clone(), TipOffAct::Name { account: "risk1".into() }), Err(Refusal::AlreadyExists));
    bench.tell(admin, decision(TipOffOutcome::Upheld)).unwrap();

    let mut bench = filed(about_seller(), stranger());
    let name = TipOffAct::Name { account: "admin1".into() };
    assert_eq!(bench.tell(risk(), name), Err(Refusal::WrongState { state: "seller" }));
}

#[test]
fn asked_once_for_more_it_comes_back_with_or_without_an_answer() {
    for answers in [true, false] {
        let mut bench = filed(about_seller(), reporter("b1"));
        bench.tell(risk(), TipOffAct::AskMore { words: words("ask") }).unwrap();
        let timer = bench.tip_off().timer().unwrap();
        assert_eq!((timer.who, timer.on_silence), (Who::Reporter, OnSilence::Resume));
        assert_eq!(bench.tell(risk(), TipOffAct::Claim), Err(Refusal::WrongState { state: "awaiting_reporter" }));
        if answers {
            for other in [stranger(), reporter("b2")] {
                let add = TipOffAct::Add { words: Some(words("no")), evidence: vec![] };
                assert_eq!(bench.tell(other, add), Err(Refusal::NotFound), "of others there is none");
            }
            let add = TipOffAct::Add { words: Some(words("more")), evidence: vec![file_of(1)] };
            bench.tell(reporter("b1"), add).unwrap();
            assert_eq!((bench.tip_off().evidence.len(), bench.tip_off().added.len()), (2, 1));
        } else {
            bench.wait().unwrap();
        }
        assert_eq!(bench.tip_off().timer().unwrap().who, Who::Risk);
        assert_eq!(bench.tell(risk(), TipOffAct::AskMore { words: words("again") }), Err(Refusal::OnlyOnce));
    }
}

#[test]
fn what_is_added_is_bounded_and_never_empty() {
    let mut bench = filed(about_seller(), stranger());
    let nothing = TipOffAct::Add { words: None, evidence: vec![] };
    assert_eq!(bench.tell(stranger(), nothing), Err(Refusal::Missing { field: "words" }));
    let many = TipOffAct::Add { words: None, evidence: (0..MOST_FILES).map(file_of).collect() };
    assert_eq!(bench.tell(stranger(), many), Err(Refusal::NoRoom { most: 12 }));
    for _ in 0..20 {
        bench.tell(stranger(), TipOffAct::Add { words: Some(words("x")), evidence: vec![] }).unwrap();
    }
    let once_more = TipOffAct::Add { words: Some(words("x")), evidence: vec![] };
    assert_eq!(bench.tell(stranger(), once_more), Err(Refusal::NoRoom { most: 20 }));
}

#[test]
fn overdue_goes_to_administrators_and_stays_with_them() {
    let mut bench = filed(about_seller(), stranger());
    assert_eq!(
        bench.tell(Actor::Program, TipOffAct::Wake { subject: Subject::TipOff }),
        Err(Refusal::NothingDue),
        "not before its time"
    );
    for _ in 0..12 {
        bench.wait().unwrap();
        assert_eq!(bench.tip_off().timer().unwrap().who, Who::Admin);
    }
    bench.tell(risk(), decision(TipOffOutcome::PassedOn)).unwrap();
}

/// R35: the only person of the house is the one it is about. It still ends, and not by his hand.
#[test]
fn where_nobody_may_judge_it_is_passed_on_after_twice_its_time() {
    let mut bench = filed(about_staff(&["admin1"]), stranger());
    bench.facts.staff = Some(vec![("admin1".into(), vec![Role::Admin]), ("r1".into(), vec![Role::Reviewer])]);
    let mut waits = 0;
    while bench.tip_off().state.is_open() {
        bench.wait().unwrap();
        waits += 1;
    }
    assert_eq!(waits, 6, "its own five days, and five more one by one");
    assert!(matches!(
        bench.tip_off().state,
        TipOffState::Decided { outcome: TipOffOutcome::PassedOn, by: None, words: None, .. }
    ));
}
