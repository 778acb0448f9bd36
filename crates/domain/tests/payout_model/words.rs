//! What a channel can say, without texts.

use yuanlu_domain::payout::Outcome;

/// An answer or a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Word {
    Arrived,
    Accepted,
    OtherRoute,
    Manual,
    Bounced,
    Unknown,
    NotFound,
    Busy,
    NeedFunds,
    FixRequest,
}

pub const WORDS: [Word; 10] = [
    Word::Arrived,
    Word::Accepted,
    Word::OtherRoute,
    Word::Manual,
    Word::Bounced,
    Word::Unknown,
    Word::NotFound,
    Word::Busy,
    Word::NeedFunds,
    Word::FixRequest,
];

impl Word {
    pub fn outcome(self) -> Outcome {
        let code = || "C".to_owned();
        let channel_ref = || "r".to_owned();
        match self {
            Self::Arrived => Outcome::Arrived { channel_ref: channel_ref() },
            Self::Accepted => Outcome::Accepted { channel_ref: channel_ref() },
            Self::Unknown => Outcome::Unknown { code: code() },
            Self::NotFound => Outcome::NotFound,
            Self::Busy => Outcome::RetrySameId { code: code() },
            Self::NeedFunds => Outcome::NeedFunds { code: code() },
            Self::FixRequest => Outcome::FixRequest { code: code() },
            Self::OtherRoute => Outcome::OtherRoute { code: code() },
            Self::Manual => Outcome::ManualAtChannel { code: code() },
            Self::Bounced => Outcome::Bounced { code: code() },
        }
    }

    /// Worth something even when it answers nothing that is being asked.
    pub fn is_news(self) -> bool {
        matches!(self, Self::Arrived | Self::Accepted | Self::OtherRoute | Self::Manual | Self::Bounced)
    }
}

/// A set of words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Words(u16);

impl Words {
    pub fn add_all(&mut self, words: impl IntoIterator<Item = Word>) {
        self.0 |= words.into_iter().fold(0, |set, word| set | 1 << word as u8);
    }

    pub fn remove(&mut self, word: Word) {
        self.0 &= !(1 << word as u8);
    }

    pub fn list(self) -> impl Iterator<Item = Word> {
        WORDS.into_iter().filter(move |word| self.0 & (1 << *word as u8) != 0)
    }
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.list()).finish()
    }
}
