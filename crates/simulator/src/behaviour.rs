//! How a refund behaves: well by default, badly on request.

use serde::{Deserialize, Serialize};

/// What happens to a refund number that is sent for the first time.
///
/// By [`Chooser::Digits`] the last two digits of the amount in minor units decide (`12.03` → `03`):
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Arrives at once (every other amount).
    AtOnce,
    /// `01`: accepted, arrives two hours later.
    Later,
    /// `02`: finally refused at once, the payer's account is closed; nothing moved.
    Refused,
    /// `03`: arrives, and the connection drops before the reply.
    DropMoved,
    /// `04`: the connection drops the first time before anything was recorded.
    DropLost,
    /// `05`: arrives, and the reply is a system error.
    ErrorMoved,
    /// `06`: a system error the first time, nothing recorded.
    ErrorLost,
    /// `07`: the merchant's account is short for 24 hours or until it is topped up; nothing recorded till then.
    NeedFunds,
    /// `08`: accepted; an hour later the money has left and is stuck on its way (abnormal); arrives three days on.
    Abnormal,
    /// `09`: arrives at once and comes back a day later.
    Bounces,
    /// `10`: accepted, arrives an hour later, every callback three times although acknowledged.
    Duplicates,
    /// `11`: accepted, arrives an hour later; the callback about the acceptance comes after the one about the arrival.
    OutOfOrder,
    /// `12`: accepted, arrives two hours later; meanwhile a stranger and a recording say otherwise.
    Forged,
    /// `13`: accepted, finally refused an hour later; nothing moved.
    RefusedLater,
    /// `14`: busy twice, then arrives at once.
    Busy,
    /// `15`: accepted, arrives an hour later; the reply says "arrived" and has no signature.
    Unsigned,
    /// `16`: an hour in a state nobody has documented, then arrives.
    NewStatus,
    /// `17`: accepted, arrives an hour later, the callback a day late.
    LateCallback,
    /// `18`: accepted, and nothing for thirty days.
    Stalled,
    /// `19`: arrives an hour later without any callback; only asking tells.
    NoCallback,
    /// `20`: arrives, and the answer comes later than anybody waits.
    SlowMoved,
    /// `21`: no answer the first time, however long one waits, and nothing was recorded.
    SlowLost,
}

impl Behaviour {
    /// Every behaviour; the position is the last two digits that call for it.
    pub const ALL: [Self; 22] = [
        Self::AtOnce,
        Self::Later,
        Self::Refused,
        Self::DropMoved,
        Self::DropLost,
        Self::ErrorMoved,
        Self::ErrorLost,
        Self::NeedFunds,
        Self::Abnormal,
        Self::Bounces,
        Self::Duplicates,
        Self::OutOfOrder,
        Self::Forged,
        Self::RefusedLater,
        Self::Busy,
        Self::Unsigned,
        Self::NewStatus,
        Self::LateCallback,
        Self::Stalled,
        Self::NoCallback,
        Self::SlowMoved,
        Self::SlowLost,
    ];

    /// How many of them [`Chooser::Mix`] draws from: those whose answers need nobody to wait.
    const DRAWN: u64 = 20;

    /// The behaviour an amount calls for.
    pub fn of_amount(minor: i64) -> Self {
        let digits = usize::try_from(minor.rem_euclid(100)).unwrap_or(0);
        Self::ALL.get(digits).copied().unwrap_or(Self::AtOnce)
    }
}

/// How the behaviour of a number without a script is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chooser {
    /// By the last two digits of the amount.
    Digits,
    /// Each number its own, drawn evenly by a hash of the seed and the number.
    Mix(u64),
    /// All the same.
    Always(Behaviour),
}

impl Chooser {
    /// The behaviour of a number.
    pub fn choose(self, no: &str, amount_minor: i64) -> Behaviour {
        match self {
            Self::Digits => Behaviour::of_amount(amount_minor),
            Self::Always(behaviour) => behaviour,
            Self::Mix(seed) => {
                // FNV-1a, then one round of mixing: stable on every machine.
                let start = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let hash = no.bytes().fold(start, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
                let drawn = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
                usize::try_from(drawn % Behaviour::DRAWN).map_or(Behaviour::AtOnce, |i| Behaviour::ALL[i])
            }
        }
    }
}
