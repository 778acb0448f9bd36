//! Reviews (S27): one each, hidden only by a person with a reason, shown again by anybody else or by silence.

use super::Bench;
use super::bench::at;
use crate::actor::{Actor, Party, Role};
use crate::case::PersonalRef;
use crate::command::Act;
use crate::desk::{DeskAct, DeskFile};
use crate::ids::OrderId;
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::review::{HideGround, Review, ReviewAct, ReviewOf, ReviewState};
use crate::turn::OnSilence;

const ORDER: &str = "260310AAAAAAAAAA";

fn words(text: &str) -> PersonalRef {
    PersonalRef { id: text.into(), digest: "00".into() }
}

fn buyer(name: &str) -> Actor {
    Actor::Buyer { party: Party::Account(name.into()) }
}

fn staff(name: &str, role: Role) -> Actor {
    Actor::Staff { account: name.into(), role }
}

fn seller(name: &str) -> Actor {
    Actor::Seller { seller: name.into(), account: "shopkeeper".into() }
}

fn write(stars: u8) -> ReviewAct {
    ReviewAct::Write {
        of: ReviewOf::Goods { products: vec!["p1".into()] },
        order: ORDER.into(),
        seller: "s1".into(),
        stars,
        words: Some(words("said")),
    }
}

fn hide() -> ReviewAct {
    ReviewAct::Hide { ground: HideGround::Abuse, words: words("why") }
}

fn judge(keep: bool) -> ReviewAct {
    ReviewAct::Judge { keep, words: words("verdict") }
}

impl Bench {
    fn say_of_review(&mut self, by: Actor, act: ReviewAct) -> Result<(), Refusal> {
        let desk = Review::number_of_goods(&OrderId::from(ORDER));
        self.give(by, Act::Desk { desk, act: DeskAct::Review(act) })
    }

    fn review(&self) -> &Review {
        match self.files.desk.as_ref().expect("a desk") {
            DeskFile::Review(review) => review,
            other => panic!("not a review: {other:?}"),
        }
    }
}

fn written() -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.say_of_review(buyer("b1"), write(2)).expect("written");
    bench
}

#[test]
fn an_order_is_reviewed_once_and_answered_once() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    assert_eq!(bench.say_of_review(seller("s1"), write(5)), Err(Refusal::NotYours));
    for stars in [0, 6] {
        assert_eq!(bench.say_of_review(buyer("b1"), write(stars)), Err(Refusal::Missing { field: "stars" }));
    }
    bench.say_of_review(buyer("b1"), write(5)).expect("written");
    assert_eq!(bench.say_of_review(buyer("b1"), write(1)), Err(Refusal::OnlyOnce));
    let reply = ReviewAct::Reply { words: words("thanks") };
    assert_eq!(bench.say_of_review(seller("s2"), reply.clone()), Err(Refusal::NotYours));
    assert_eq!(bench.say_of_review(buyer("b1"), reply.clone()), Err(Refusal::NotYours));
    bench.say_of_review(seller("s1"), reply.clone()).expect("answered");
    assert_eq!(bench.say_of_review(seller("s1"), reply), Err(Refusal::OnlyOnce));
    let review = bench.review();
    assert_eq!((review.stars, review.state.is_shown()), (5, true));
    assert_eq!(review.subjects(), ["product:p1", "seller:s1", "goods"]);
}

#[test]
fn a_hidden_review_is_appealed_once_and_judged_by_somebody_else() {
    let mut bench = written();
    for by in [staff("r1", Role::Reviewer), staff("f1", Role::Finance), seller("s1"), Actor::Program] {
        assert_eq!(bench.say_of_review(by, hide()), Err(Refusal::NotYours));
    }
    assert_eq!(bench.say_of_review(staff("b1", Role::Risk), hide()), Err(Refusal::Conflicted), "his own");
    let appeal = ReviewAct::Appeal { words: words("it is true") };
    assert_eq!(bench.say_of_review(buyer("b1"), appeal.clone()), Err(Refusal::WrongState { state: "shown" }));
    bench.say_of_review(staff("r1", Role::Risk), hide()).expect("hidden");
    assert_eq!(
        bench.say_of_review(staff("r1", Role::Risk), hide()),
        Err(Refusal::WrongState { state: "hidden" }),
        "once"
    );
    assert_eq!(
        bench.say_of_review(staff("r2", Role::Risk), judge(true)),
        Err(Refusal::WrongState { state: "hidden" }),
        "nobody appealed"
    );
    assert_eq!(bench.say_of_review(buyer("b2"), appeal.clone()), Err(Refusal::NotFound));
    bench.say_of_review(buyer("b1"), appeal.clone()).expect("appealed");
    assert_eq!(bench.say_of_review(buyer("b1"), appeal), Err(Refusal::OnlyOnce));
    assert_eq!(bench.say_of_review(staff("r1", Role::Risk), judge(true)), Err(Refusal::Conflicted));
    let mut other = bench.clone();
    bench.say_of_review(staff("r2", Role::SeniorReviewer), judge(true)).expect("judged");
    assert_eq!((bench.review().state.code(), bench.review().timer()), ("kept_hidden", None));
    // In the writer's favour also whoever hid it may judge: in a house of one there is nobody else (R35).
    other.say_of_review(staff("r1", Role::Risk), judge(false)).expect("shown again");
    assert_eq!(other.review().state, ReviewState::Restored);
    assert_eq!(other.say_of_review(staff("r2", Role::Risk), hide()), Err(Refusal::OnlyOnce), "it stays");
}

#[test]
fn silence_shows_it_again_and_an_appeal_can_be_too_late() {
    let mut bench = written();
    bench.say_of_review(staff("r1", Role::Risk), hide()).expect("hidden");
    let mut late = bench.clone();
    bench.say_of_review(buyer("b1"), ReviewAct::Appeal { words: words("it is true") }).expect("appealed");
    let timer = bench.review().timer().expect("somebody has to look");
    assert_eq!(timer.on_silence, OnSilence::Show);
    let wake = ReviewAct::Wake { subject: Subject::Review };
    assert_eq!(bench.say_of_review(Actor::Program, wake.clone()), Err(Refusal::NothingDue));
    bench.now = timer.due;
    assert_eq!(bench.say_of_review(buyer("b1"), wake.clone()), Err(Refusal::NothingDue));
    bench.say_of_review(Actor::Program, wake).expect("shown");
    assert!(bench.review().state.is_shown() && bench.review().timer().is_none());

    late.now = at("2026-04-10 10:00:00");
    let refused = late.say_of_review(buyer("b1"), ReviewAct::Appeal { words: words("it is true") });
    assert!(matches!(refused, Err(Refusal::TooLate { .. })), "{refused:?}");
}

#[test]
fn a_guests_review_is_appealed_by_whoever_has_the_order_now() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.say_of_review(Actor::Buyer { party: Party::Guest(ORDER.into()) }, write(1)).expect("written");
    bench.say_of_review(staff("r1", Role::Risk), hide()).expect("hidden");
    bench.say_of_review(buyer("b1"), ReviewAct::Appeal { words: words("it is true") }).expect("appealed");
}
