//! Admissions of sellers (S27): who may what in which state, what silence does, and what the deposit opens.

use super::bench::{Bench, at, cny};
use crate::actor::{Actor, Party, Role};
use crate::admission::{Admission, AdmissionAct, AdmissionState, LegalForm, MOST_APPLICATIONS, MOST_FILES, Petition};
use crate::case::{EvidenceKind, EvidenceRef, PersonalRef};
use crate::command::Act;
use crate::desk::{DeskAct, DeskFile};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::turn::{OnSilence, Who};

fn words(id: &str) -> PersonalRef {
    PersonalRef { id: id.into(), digest: "00".into() }
}

fn files(count: usize) -> Vec<EvidenceRef> {
    let file = |n: usize| EvidenceRef { id: format!("e{n}").into(), kind: EvidenceKind::Other, digest: "00".into() };
    (0..count).map(file).collect()
}

fn petition(count: usize) -> AdmissionAct {
    AdmissionAct::Apply {
        petition: Petition {
            form: LegalForm::Company,
            identity: words("i"),
            shop: words("s"),
            goods: words("g"),
            agreements: vec!["aa".into()],
            evidence: files(count),
        },
    }
}

fn applicant() -> Actor {
    Actor::Applicant { account: "star".into() }
}

fn staff(account: &str, role: Role) -> Actor {
    Actor::Staff { account: account.into(), role }
}

fn admin() -> Actor {
    staff("admin1", Role::Admin)
}

fn finance() -> Actor {
    staff("fin1", Role::Finance)
}

fn approve() -> AdmissionAct {
    AdmissionAct::Approve { seller: "star".into(), deposit: cny("5000.00") }
}

fn reject() -> AdmissionAct {
    AdmissionAct::Reject { words: words("w"), mend: words("m") }
}

fn deposit(amount: &str) -> AdmissionAct {
    AdmissionAct::RecordDeposit { seller: "star".into(), amount: cny(amount) }
}

fn wake() -> AdmissionAct {
    AdmissionAct::Wake { subject: Subject::Admission }
}

impl Bench {
    fn admit(&mut self, by: Actor, act: AdmissionAct) -> Result<(), Refusal> {
        self.give(by, Act::Desk { desk: Admission::number_of(&"star".into()), act: DeskAct::Admission(act) })
    }

    fn admission(&self) -> &Admission {
        match self.files.desk.as_ref().expect("a desk") {
            DeskFile::Admission(admission) => admission,
            other => panic!("not an admission: {other:?}"),
        }
    }

    /// Until its time is over.
    fn late(&mut self) -> Result<(), Refusal> {
        self.now = self.admission().timer().ok_or(Refusal::NothingDue)?.due;
        self.admit(Actor::Program, wake())
    }
}

/// A bench without a seller's account, at 10:00 on a Tuesday, brought to a state.
fn in_state(state: &str) -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00");
    let mut give = |by: Actor, act| bench.admit(by, act).unwrap();
    match state {
        "none" => {}
        "at_staff" => give(applicant(), petition(1)),
        "awaiting_deposit" => {
            give(applicant(), petition(1));
            give(admin(), approve());
        }
        "admitted" => {
            give(applicant(), petition(1));
            give(admin(), approve());
            give(finance(), deposit("5000.00"));
        }
        "rejected" => {
            give(applicant(), petition(1));
            give(admin(), reject());
        }
        "withdrawn" => {
            give(applicant(), petition(1));
            give(applicant(), AdmissionAct::Withdraw);
        }
        "lapsed" => {
            give(applicant(), petition(1));
            give(admin(), approve());
            bench.late().unwrap();
        }
        other => panic!("no state {other}"),
    }
    bench
}

#[test]
fn every_state_takes_only_its_own_acts_and_from_those_they_are_for() {
    let states = ["none", "at_staff", "awaiting_deposit", "admitted", "rejected", "withdrawn", "lapsed"];
    let again: &[&str] = &["none", "rejected", "withdrawn", "lapsed"];
    let acts: [(&str, AdmissionAct, &[Actor], &[&str]); 6] = [
        ("apply", petition(1), &[applicant()], again),
        ("add", AdmissionAct::Add { evidence: files(1) }, &[applicant()], &["at_staff"]),
        ("withdraw", AdmissionAct::Withdraw, &[applicant()], &["at_staff", "awaiting_deposit"]),
        ("approve", approve(), &[admin()], &["at_staff"]),
        ("reject", reject(), &[admin()], &["at_staff"]),
        ("deposit", deposit("5000.00"), &[finance(), admin()], &["awaiting_deposit"]),
    ];
    let people = [
        applicant(),
        Actor::Applicant { account: "other".into() },
        admin(),
        staff("star", Role::Admin),
        finance(),
        staff("rev1", Role::Reviewer),
        Actor::Buyer { party: Party::Account("star".into()) },
        Actor::Seller { seller: "s1".into(), account: "s1".into() },
        Actor::Program,
    ];
    for state in states {
        for (name, act, theirs, when) in &acts {
            for by in &people {
                let mut bench = in_state(state);
                let before = (bench.files.desk.clone(), bench.files.seller.clone());
                let done = bench.admit(by.clone(), act.clone());
                let allowed = theirs.contains(by) && when.contains(&state);
                assert_eq!(done.is_ok(), allowed, "{name} by {by:?} in {state}: {done:?}");
                if !allowed {
                    assert_eq!((bench.files.desk, bench.files.seller), before, "{name} in {state} changed something");
                }
            }
        }
    }
}

#[test]
fn staff_has_five_working_days_and_is_reminded_every_working_day_after_them() {
    let mut bench = in_state("at_staff");
    let timer = bench.admission().timer().unwrap();
    assert_eq!((timer.who, timer.on_silence, timer.due), (Who::Admin, OnSilence::Escalate, at("2026-03-18 00:00")));
    bench.now = at("2026-03-17 23:59");
    assert_eq!(bench.admit(Actor::Program, wake()), Err(Refusal::NothingDue));
    bench.late().unwrap();
    bench.late().unwrap();
    assert!(matches!(bench.admission().state, AdmissionState::AtStaff { escalations: 2, .. }));
    assert_eq!(bench.admission().timer().unwrap().due, at("2026-03-24 00:00"));
    bench.admit(admin(), approve()).unwrap();
}

#[test]
fn the_deposit_opens_the_shop_and_stands_on_its_account() {
    let mut bench = in_state("awaiting_deposit");
    let timer = bench.admission().timer().unwrap();
    assert_eq!((timer.who, timer.due), (Who::Applicant, at("2026-03-25 00:00")));
    for (wrong, refusal) in
        [("4999.99", Refusal::BelowDeposit { required: cny("5000.00") }), ("0.00", Refusal::BadAmount)]
    {
        assert_eq!(bench.admit(finance(), deposit(wrong)), Err(refusal));
    }
    assert!(bench.files.seller.is_none());
    bench.admit(finance(), deposit("6000.00")).unwrap();
    assert_eq!(bench.files.seller.as_ref().unwrap().deposit_minor, 600_000);
    assert!(bench.admission().timer().is_none());

    let mut late = in_state("awaiting_deposit");
    late.late().unwrap();
    assert!(matches!(late.admission().state, AdmissionState::Lapsed { .. }) && late.files.seller.is_none());
}

#[test]
fn another_deposit_than_the_policy_asks_for_is_not_approved() {
    let mut bench = in_state("at_staff");
    let act = AdmissionAct::Approve { seller: "star".into(), deposit: cny("10.00") };
    assert_eq!(bench.admit(admin(), act), Err(Refusal::BelowDeposit { required: cny("5000.00") }));
}

#[test]
fn files_and_applications_are_counted() {
    let mut bench = in_state("none");
    let most = u32::try_from(MOST_FILES).unwrap();
    assert_eq!(bench.admit(applicant(), petition(MOST_FILES + 1)), Err(Refusal::NoRoom { most }));
    bench.admit(applicant(), petition(MOST_FILES)).unwrap();
    let more = AdmissionAct::Add { evidence: files(1) };
    assert_eq!(bench.admit(applicant(), more), Err(Refusal::NoRoom { most }));
    assert_eq!(
        bench.admit(applicant(), AdmissionAct::Add { evidence: vec![] }),
        Err(Refusal::Missing { field: "file" })
    );
    for _ in 1..MOST_APPLICATIONS {
        bench.admit(applicant(), AdmissionAct::Withdraw).unwrap();
        bench.admit(applicant(), petition(0)).unwrap();
    }
    bench.admit(applicant(), AdmissionAct::Withdraw).unwrap();
    assert_eq!(bench.admit(applicant(), petition(0)), Err(Refusal::NoRoom { most: MOST_APPLICATIONS }));
}
