//! Conversations with support (S22): whose turn it is, what silence does, what a stranger is told.

use super::bench::{Bench, at};
use crate::actor::{Actor, Party, Role};
use crate::case::PersonalRef;
use crate::command::Act;
use crate::conversation::{
    Conversation, ConversationAct, ConversationState, Ending, MOST_MESSAGES, Progress, Sums, Words,
};
use crate::desk::{DeskAct, DeskFile};
use crate::ids::OrderId;
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::support_hours::SupportHours;
use crate::turn::{BlockingPoint, OnSilence, Who};

fn words() -> Words {
    Words { text: PersonalRef { id: "w".into(), digest: "00".into() }, marks: Vec::new() }
}

fn ann() -> Actor {
    Actor::Buyer { party: Party::Account("ann".into()) }
}

fn stranger() -> Actor {
    Actor::Reporter { account: None }
}

fn support(account: &str) -> Actor {
    Actor::Staff { account: account.into(), role: Role::Support }
}

fn progress(order: &str, known: bool) -> Box<Progress> {
    let sums = Sums {
        currency: "CNY".to_owned(),
        claimed_minor: 100,
        approved_minor: 0,
        credited_minor: 0,
        certificate: false,
    };
    Box::new(Progress {
        case: format!("{order}C1").as_str().into(),
        as_of: at("2026-03-10 10:00"),
        state: "awaiting_seller".to_owned(),
        point: BlockingPoint::SellerAnswer,
        who: Some(Who::Seller),
        next: None,
        expected_at: None,
        arrived_at: None,
        sums: known.then_some(sums),
    })
}

fn opening(words: Option<Words>, progress: Option<Box<Progress>>) -> ConversationAct {
    ConversationAct::Open { about: None, hours: SupportHours::default(), words, progress }
}

fn wake() -> ConversationAct {
    ConversationAct::Wake { subject: Subject::Conversation }
}

impl Bench {
    fn talk(&mut self, by: Actor, act: ConversationAct) -> Result<(), Refusal> {
        self.give(by, Act::Desk { desk: "T260310ABCDEFGHJK".into(), act: DeskAct::Conversation(act) })
    }

    fn conversation(&self) -> &Conversation {
        match self.files.desk.as_ref().expect("a desk") {
            DeskFile::Conversation(conversation) => conversation,
            other => panic!("{other:?}"),
        }
    }

    fn is_turn_of(&self, who: Who, on_silence: OnSilence) {
        let timer = self.conversation().timer().expect("somebody has the turn");
        assert_eq!((timer.who, timer.on_silence), (who, on_silence));
    }
}

#[test]
fn support_answers_within_its_hours_and_silence_ends_it() {
    let mut bench = Bench::new("2026-03-10 20:50");
    assert_eq!(bench.talk(ann(), opening(None, None)), Err(Refusal::Missing { field: "text" }));
    bench.talk(ann(), opening(Some(words()), None)).unwrap();
    bench.is_turn_of(Who::Support, OnSilence::Escalate);
    // Ten minutes are left of the day.
    let due = bench.conversation().state.due().unwrap().last_instant();
    assert_eq!(due, at("2026-03-11 09:20"));
    // Saying more does not move the end of the other's turn.
    bench.talk(ann(), ConversationAct::Say { words: words() }).unwrap();
    assert_eq!(bench.conversation().state.due().unwrap().last_instant(), due);

    bench.now = at("2026-03-11 09:05");
    assert_eq!(bench.talk(Actor::Program, wake()), Err(Refusal::NothingDue));
    bench.talk(support("sue"), ConversationAct::Say { words: words() }).unwrap();
    bench.is_turn_of(Who::Asker, OnSilence::Close);
    assert_eq!(bench.conversation().claim.as_ref().unwrap().by.as_str(), "sue");
    bench.now = at("2026-03-12 09:06");
    bench.talk(Actor::Program, wake()).unwrap();
    assert!(matches!(bench.conversation().state, ConversationState::Ended { how: Ending::Silence, .. }));
    assert_eq!(bench.talk(ann(), ConversationAct::Say { words: words() }), Err(Refusal::WrongState { state: "ended" }));
}

#[test]
fn an_answer_that_is_overdue_goes_to_administrators_and_never_dies() {
    let mut bench = Bench::new("2026-03-10 10:00");
    bench.talk(ann(), opening(Some(words()), None)).unwrap();
    bench.now = at("2026-03-10 10:31");
    bench.talk(Actor::Program, wake()).unwrap();
    bench.is_turn_of(Who::Admin, OnSilence::Escalate);
    bench.now = at("2026-03-10 11:02");
    bench.talk(Actor::Program, wake()).unwrap();
    bench.is_turn_of(Who::Admin, OnSilence::Escalate);
    // They are told again after twice as long each time.
    bench.now = at("2026-03-10 12:01");
    assert_eq!(bench.talk(Actor::Program, wake()), Err(Refusal::NothingDue));
    bench.now = at("2026-03-10 12:03");
    bench.talk(Actor::Program, wake()).unwrap();
    bench.is_turn_of(Who::Admin, OnSilence::Escalate);
    let root = Actor::Staff { account: "root".into(), role: Role::Admin };
    bench.talk(root, ConversationAct::Say { words: words() }).unwrap();
    bench.is_turn_of(Who::Asker, OnSilence::Close);
    bench.talk(ann(), ConversationAct::End).unwrap();
    assert!(matches!(bench.conversation().state, ConversationState::Ended { how: Ending::Asker, .. }));
}

#[test]
fn a_proof_is_given_at_once_and_answers_no_question() {
    let mut bench = Bench::new("2026-03-10 10:00");
    bench.talk(ann(), opening(None, Some(progress("260301AAAAAAAAAA", true)))).unwrap();
    bench.is_turn_of(Who::Asker, OnSilence::Close);
    bench.talk(ann(), ConversationAct::Say { words: words() }).unwrap();
    bench.talk(ann(), ConversationAct::SendProgress { progress: progress("260301AAAAAAAAAA", true) }).unwrap();
    bench.is_turn_of(Who::Support, OnSilence::Escalate);
    bench.talk(support("sue"), ConversationAct::SendProgress { progress: progress("260301AAAAAAAAAA", true) }).unwrap();
    bench.is_turn_of(Who::Asker, OnSilence::Close);
    assert_eq!(bench.conversation().messages, 4);
}

#[test]
fn a_stranger_hears_no_amounts_and_only_of_orders_he_knows() {
    let mut bench = Bench::new("2026-03-10 10:00");
    let known = OrderId::from("260301AAAAAAAAAA");
    let open = opening(None, Some(progress(known.as_str(), true)));
    assert_eq!(bench.talk(stranger(), open), Err(Refusal::NotYours));
    bench.talk(stranger(), opening(None, Some(progress(known.as_str(), false)))).unwrap();
    assert_eq!(bench.conversation().shown, std::slice::from_ref(&known));
    let send = |order: &str, known| ConversationAct::SendProgress { progress: progress(order, known) };
    assert_eq!(bench.talk(support("sue"), send("260301BBBBBBBBBB", false)), Err(Refusal::NotYours));
    assert_eq!(bench.talk(support("sue"), send(known.as_str(), true)), Err(Refusal::NotYours));
    bench.talk(support("sue"), send(known.as_str(), false)).unwrap();
}

#[test]
fn nobody_else_has_a_voice() {
    let mut bench = Bench::new("2026-03-10 10:00");
    assert_eq!(bench.talk(support("sue"), opening(Some(words()), None)), Err(Refusal::NotYours));
    bench.talk(ann(), opening(Some(words()), None)).unwrap();
    let say = || ConversationAct::Say { words: words() };
    let bob = Actor::Buyer { party: Party::Account("bob".into()) };
    for by in [bob, stranger(), Actor::Program, Actor::Staff { account: "judge".into(), role: Role::Reviewer }] {
        assert_eq!(bench.talk(by.clone(), say()), Err(Refusal::NotYours), "{by:?}");
        assert_eq!(bench.talk(by.clone(), ConversationAct::End), Err(Refusal::NotYours), "{by:?}");
    }
    // Ann may be of staff herself: not here.
    assert_eq!(bench.talk(support("ann"), say()), Err(Refusal::Conflicted));
    bench.talk(support("sue"), ConversationAct::Claim).unwrap();
    assert_eq!(bench.talk(support("tom"), say()), Err(Refusal::ClaimedByOther));
    bench.now = at("2026-03-10 18:00");
    bench.talk(support("tom"), say()).unwrap();
}

#[test]
fn a_conversation_has_room_for_so_many_messages() {
    let mut bench = Bench::new("2026-03-10 10:00");
    bench.talk(ann(), opening(Some(words()), None)).unwrap();
    for _ in 1..MOST_MESSAGES {
        bench.talk(ann(), ConversationAct::Say { words: words() }).unwrap();
    }
    let full = Err(Refusal::NoRoom { most: MOST_MESSAGES });
    assert_eq!(bench.talk(ann(), ConversationAct::Say { words: words() }), full);
    bench.talk(ann(), ConversationAct::End).unwrap();
}
