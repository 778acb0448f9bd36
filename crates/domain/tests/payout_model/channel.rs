//! The channel: anything a provider that keeps its word may do. Its word is this much and no more:
//!
//! 1. Under one number money leaves at most once, however often the number is sent, and never after a refusal of it.
//! 2. What it says about a number when asked is true of that moment, but for two lies that are survived: it may not find
//!    what it took moments ago (until it is sent that number again), and it may answer a repetition of what it did with
//!    "this trade can no longer be refunded".
//! 3. News that money came back is delivered at last, if only once. (Lost for good, it is in the channel's bill.)
//!
//! Everything else is chosen freely: acting or not before a time-out, errors with and without effect, refusing at once or
//! later, closing, paying late, bouncing, being abnormal and then finished or undone, short funds, in any order.

use crate::words::Word;
use yuanlu_domain::payout::Step;

/// What became of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Stage {
    /// Never acted on.
    #[default]
    Unheard,
    /// Refused on sight; nothing is kept of it.
    Refused,
    /// Taken: the money has left the merchant.
    Taken,
    /// With the payer.
    Paid,
    /// Given up; the money is with the merchant again.
    Closed,
    /// Left the merchant, cannot reach the payer.
    Abnormal,
    /// Was with the payer, came back to the merchant.
    Returned,
}

pub const STAGES: [Stage; 7] =
    [Stage::Unheard, Stage::Refused, Stage::Taken, Stage::Paid, Stage::Closed, Stage::Abnormal, Stage::Returned];

/// One number at the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Number {
    pub stage: Stage,
    /// Taken moments ago: a question does not find it yet.
    pub hidden: bool,
    /// How often money left the merchant under it.
    pub left: u8,
}

/// What happens at the channel by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Turn {
    /// A question finds it from now on.
    Found,
    /// Reaches the payer.
    Pay,
    /// Gives up.
    Close,
    /// Finds the payer's account closed.
    GoWrong,
    /// The payer's bank sends it back.
    Return,
}

pub const TURNS: [Turn; 5] = [Turn::Found, Turn::Pay, Turn::Close, Turn::GoWrong, Turn::Return];

impl Number {
    /// Whether the merchant's money is out under this number.
    pub fn is_out(self) -> bool {
        matches!(self.stage, Stage::Taken | Stage::Paid | Stage::Abnormal)
    }

    /// Everything it may answer, with what it has done by then.
    pub fn replies(self, step: Step) -> Vec<(Self, Word)> {
        let mut all = vec![(self, Word::Unknown), (self, Word::Busy)];
        match step {
            // Nobody names a card in this model, so nobody finishes.
            Step::Ask | Step::Finish => {
                all.extend(self.true_words().into_iter().map(|word| (self, word)));
                all.push((self, Word::FixRequest));
            }
            Step::Send => all.extend(self.sent()),
        }
        all
    }

    fn true_words(self) -> Vec<Word> {
        if self.hidden {
            return vec![Word::NotFound];
        }
        match self.stage {
            Stage::Unheard | Stage::Refused => vec![Word::NotFound],
            Stage::Taken => vec![Word::Accepted],
            Stage::Paid => vec![Word::Arrived],
            Stage::Closed => vec![Word::OtherRoute],
            Stage::Abnormal => vec![Word::Manual],
            Stage::Returned => vec![Word::OtherRoute, Word::Bounced],
        }
    }

    fn sent(self) -> Vec<(Self, Word)> {
        match self.stage {
            Stage::Unheard => {
                let out = |stage, hidden| Self { stage, hidden, left: self.left + 1 };
                let (taken, paid) = (out(Stage::Taken, true), out(Stage::Paid, false));
                let refused = Self { stage: Stage::Refused, ..self };
                vec![
                    (taken, Word::Accepted),
                    (taken, Word::Unknown),
                    (paid, Word::Arrived),
                    (paid, Word::Unknown),
                    (refused, Word::OtherRoute),
                    (self, Word::NeedFunds),
                    (self, Word::FixRequest),
                ]
            }
            Stage::Refused => vec![(self, Word::OtherRoute)],
            Stage::Taken | Stage::Paid | Stage::Closed | Stage::Abnormal | Stage::Returned => {
                let seen = Self { hidden: false, ..self };
                let mut all = vec![(seen, Word::OtherRoute), (seen, Word::Accepted), (seen, Word::FixRequest)];
                all.extend(seen.true_words().into_iter().map(|word| (seen, word)));
                all
            }
        }
    }

    /// What may happen by itself, and the callback it causes.
    pub fn turned(self, turn: Turn) -> Option<(Self, Option<Word>)> {
        let to = |stage| Self { stage, hidden: false, ..self };
        match (self.stage, turn) {
            (_, Turn::Found) if self.hidden => Some((Self { hidden: false, ..self }, None)),
            (Stage::Taken | Stage::Abnormal, Turn::Pay) => Some((to(Stage::Paid), Some(Word::Arrived))),
            (Stage::Taken, Turn::Close) => Some((to(Stage::Closed), Some(Word::OtherRoute))),
            (Stage::Taken, Turn::GoWrong) => Some((to(Stage::Abnormal), Some(Word::Manual))),
            (Stage::Paid, Turn::Return) => Some((to(Stage::Returned), Some(Word::Bounced))),
            (Stage::Abnormal, Turn::Return) => Some((to(Stage::Returned), Some(Word::OtherRoute))),
            _ => None,
        }
    }
}
