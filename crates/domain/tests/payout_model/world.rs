//! The world around one refund: nodes that may stop between any two steps, a network that loses, repeats, delays and
//! reorders, the channel, and people.
//!
//! A message is never taken away: it may arrive at any later time, any number of times, or never. That is loss,
//! repetition, delay and disorder at once, for any number of messages on their way. A node that stops after claiming is a
//! request that never arrives; one that stops before recording, an answer that never does. Of several answers to one
//! attempt only the first that is recorded is an answer; the others come late, and are kept as such.

use crate::channel::{Number, STAGES, Stage, TURNS, Turn};
use crate::protocol::{Deed, Facts, File, Protocol, Rules, Standing};
use crate::words::{Word, Words};
use stateright::{Model, Property};
use yuanlu_domain::payout::Step;
use yuanlu_money::Money;

/// A call on its way to the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    step: Step,
    number: u8,
}

const REQUESTS: [Request; 4] = [
    Request { step: Step::Send, number: 0 },
    Request { step: Step::Ask, number: 0 },
    Request { step: Step::Send, number: 1 },
    Request { step: Step::Ask, number: 1 },
];

/// Everything at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub file: File,
    /// Numbers at the channel. The real protocol has one per payout; a broken one may have two.
    pub numbers: [Number; 2],
    current: u8,
    /// The call whose answer the file waits for.
    asked: Option<Request>,
    /// What was answered to it.
    answer: Option<Word>,
    /// Earlier calls that may still arrive, by place in `REQUESTS`.
    earlier: [bool; 4],
    /// Callbacks, and answers to earlier calls.
    news: Words,
}

/// Anything that can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A node reads, claims and makes the call that is due.
    Call,
    /// A node that read it before somebody else's attempt claims it: it takes the answer for that of an older attempt.
    CallLate,
    /// The call that is waited for arrives, perhaps again; the channel chooses the n-th of its replies.
    Arrive { reply: usize },
    /// It arrives again, and this reply is overtaken by the first.
    ArriveAgain { reply: usize },
    /// An earlier call arrives.
    ArriveLate { request: usize, reply: usize },
    /// The answer that is waited for is recorded.
    Record,
    /// A callback, or the answer to an earlier call.
    News(Word),
    /// The channel acts by itself.
    Channel { number: u8, turn: Turn },
    /// A person, or the timer.
    Deed(Deed),
}

impl Happening {
    /// What a good day is made of: calls and their answers, people, and the news that money came back.
    pub fn is_good(self) -> bool {
        match self {
            Self::Call | Self::Arrive { .. } | Self::Record | Self::Channel { .. } | Self::Deed(_) => true,
            Self::News(word) => word == Word::Bounced,
            Self::CallLate | Self::ArriveAgain { .. } | Self::ArriveLate { .. } => false,
        }
    }
}

/// One refund in such a world.
pub struct Refund {
    pub protocol: Protocol,
    /// The sum.
    pub price: Money,
    /// Callbacks and late answers come again and again; else each comes once.
    pub repeats: bool,
}

impl Refund {
    pub fn facts(&self, world: &World) -> Facts {
        self.protocol.facts(world.file)
    }

    /// The call that is due is claimed. What is under way by then is of the past.
    fn claim(&self, world: &World, late: bool) -> Option<World> {
        let step = self.facts(world).call?;
        let mut next = World { file: self.protocol.done(world.file, Deed::Attempt(step))?, ..*world };
        if self.protocol.rules() == Rules::NumberPerAttempt && step == Step::Send && world.numbers[0].left > 0 {
            next.current = 1;
        }
        if let Some(asked) = world.asked {
            next.earlier[place(asked)] = true;
        }
        self.heard(&mut next.news, next.answer.take());
        let request = Request { step, number: next.current };
        next.asked = Some(request).filter(|_| !late);
        if late {
            next.earlier[place(request)] = true;
        }
        Some(next)
    }

    /// What is not news is refused unless it is the answer (`what_is_not_news_is_never_taken`), so it need not be kept.
    fn heard(&self, news: &mut Words, word: Option<Word>) {
        news.add_all(word.filter(|word| word.is_news() || self.protocol.rules() == Rules::AnswersUnfenced));
    }

    fn deed(&self, world: &World, deed: Deed) -> Option<World> {
        Some(World { file: self.protocol.done(world.file, deed)?, ..*world })
    }

    fn arrive(world: &mut World, request: Request, reply: usize) -> Word {
        let number = &mut world.numbers[usize::from(request.number)];
        let (after, word) = number.replies(request.step)[reply];
        *number = after;
        word
    }

    fn happen(&self, world: &World, happening: Happening) -> Option<World> {
        let mut next = *world;
        match happening {
            Happening::Call => next = self.claim(world, false)?,
            Happening::CallLate => next = self.claim(world, true)?,
            Happening::Arrive { reply } => {
                let word = Self::arrive(&mut next, world.asked?, reply);
                self.heard(&mut next.news, next.answer.replace(word));
            }
            Happening::ArriveAgain { reply } => {
                let word = Self::arrive(&mut next, world.asked?, reply);
                self.heard(&mut next.news, Some(word));
            }
            Happening::ArriveLate { request, reply } => {
                let word = Self::arrive(&mut next, REQUESTS[request], reply);
                self.heard(&mut next.news, Some(word));
            }
            Happening::Record => {
                next = self.deed(world, Deed::Record(world.answer?, Standing::Answer))?;
                next.answer = None;
            }
            Happening::News(word) => {
                let after = self.deed(world, Deed::Record(word, Standing::Callback));
                if self.repeats {
                    next = after?;
                } else {
                    // Refused or taken, it was heard.
                    next = after.unwrap_or(next);
                    next.news.remove(word);
                }
            }
            Happening::Channel { number, turn } => {
                let (after, callback) = world.numbers[usize::from(number)].turned(turn)?;
                next.numbers[usize::from(number)] = after;
                next.news.add_all(callback);
            }
            Happening::Deed(deed) => next = self.deed(world, deed)?,
        }
        (next != *world).then_some(next)
    }

    /// What the merchant is rid of: money that left by the channel and did not come back, and balance granted.
    fn spent(&self, world: &World) -> i64 {
        let out = world.numbers.iter().filter(|number| number.is_out()).map(|_| self.price.minor());
        out.sum::<i64>() + self.facts(world).elsewhere
    }

    /// Over, and truly so: the books and the world agree that the buyer has his money, once.
    pub fn is_over(&self, world: &World) -> bool {
        let facts = self.facts(world);
        let paid = world.numbers.iter().any(|number| number.stage == Stage::Paid);
        facts.completed && paid == facts.arrived && self.spent(world) == self.price.minor()
    }
}

fn place(request: Request) -> usize {
    REQUESTS.iter().position(|other| *other == request).expect("all are listed")
}

impl Model for Refund {
    type State = World;
    type Action = Happening;

    fn init_states(&self) -> Vec<World> {
        let world = World {
            file: self.protocol.refund_decided(self.price),
            numbers: Default::default(),
            current: 0,
            asked: None,
            answer: None,
            earlier: [false; 4],
            news: Words::default(),
        };
        if !self.protocol.restored {
            return vec![world];
        }
        // Anything may have become of the number in what was lost, and a call of then may still be on its way.
        let stages = STAGES.into_iter().map(|stage| {
            let left = u8::from(!matches!(stage, Stage::Unheard | Stage::Refused));
            let number = Number { stage, left, hidden: false };
            World { numbers: [number, Number::default()], earlier: [true, false, false, false], ..world }
        });
        stages.collect()
    }

    fn actions(&self, world: &World, actions: &mut Vec<Happening>) {
        actions.extend([Happening::Call, Happening::CallLate]);
        let replies = |request: Request| 0..world.numbers[usize::from(request.number)].replies(request.step).len();
        if let Some(request) = world.asked {
            actions.extend(replies(request).map(|reply| Happening::Arrive { reply }));
            if world.answer.is_some() {
                actions.extend(replies(request).map(|reply| Happening::ArriveAgain { reply }));
            }
        }
        for request in (0..REQUESTS.len()).filter(|request| world.earlier[*request]) {
            actions.extend(replies(REQUESTS[request]).map(|reply| Happening::ArriveLate { request, reply }));
        }
        actions.push(Happening::Record);
        actions.extend(world.news.list().map(Happening::News));
        for number in 0..2 {
            actions.extend(TURNS.map(|turn| Happening::Channel { number, turn }));
        }
        let people = [Deed::Resume, Deed::Approve, Deed::ChooseBalance, Deed::ChooseVoucher, Deed::Trace];
        actions.extend(people.map(Happening::Deed));
    }

    fn next_state(&self, world: &World, happening: Happening) -> Option<World> {
        self.happen(world, happening)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONCE, |model: &Self, world: &World| {
                model.spent(world) <= model.price.minor() && world.numbers.iter().all(|number| number.left <= 1)
            }),
            Property::always(PROVEN, |model: &Self, world: &World| {
                !model.facts(world).refused || world.numbers.iter().all(|number| !number.is_out())
            }),
            Property::always(ON_THE_CHANNELS_WORD, |model: &Self, world: &World| {
                let paid = |number: &Number| matches!(number.stage, Stage::Paid | Stage::Returned);
                !model.facts(world).arrived || world.numbers.iter().any(paid)
            }),
            Property::always("what is reserved is what was decided", |model: &Self, world: &World| {
                model.facts(world).reserved
            }),
            Property::always("somebody has the next move", |model: &Self, world: &World| {
                let facts = model.facts(world);
                facts.completed || facts.call.is_some() || facts.with_people
            }),
            Property::sometimes("it arrives", |model: &Self, world: &World| {
                model.is_over(world) && model.facts(world).arrived
            }),
            Property::sometimes("it goes another way", |model: &Self, world: &World| {
                model.is_over(world) && model.facts(world).elsewhere > 0
            }),
        ]
    }
}

/// T01–T03: the sum leaves at most once, whichever way.
pub const ONCE: &str = "money leaves at most once";
/// T08, T10, T38.
pub const PROVEN: &str = "another road is open only when this one is closed";
/// T05, T39.
pub const ON_THE_CHANNELS_WORD: &str = "arrived is what did arrive";
