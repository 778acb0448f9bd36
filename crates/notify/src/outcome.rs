//! What became of a message, and when it is tried again.

/// What became of one attempt. Codes are short and hold nothing of the message or its recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took it; what it calls it, if anything.
    Accepted(Option<String>),
    /// It was certainly not taken, and may be later.
    Later(String),
    /// Nobody knows. It is said again under the same id.
    Unknown(String),
    /// It will never be taken.
    Never(String),
    /// It will never be taken, because nobody is at this address.
    Nobody(String),
}

impl Outcome {
    /// The code, for the delivery log.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Accepted(_) => None,
            Self::Later(code) | Self::Unknown(code) | Self::Never(code) | Self::Nobody(code) => Some(code),
        }
    }
}

/// Seconds until the next attempt after so many; `None` when it is given up.
pub fn pause(attempts: u32, most: u32) -> Option<i64> {
    const SECONDS: [i64; 9] = [30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200];
    let place = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX).min(SECONDS.len() - 1);
    (attempts < most).then_some(SECONDS[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<_> = (1..12).map_while(|attempts| pause(attempts, 8)).collect();
        assert_eq!(pauses.len(), 7);
        assert!(pauses.is_sorted());
        assert_eq!(pause(8, 8), None);
        assert_eq!(pause(0, 8), Some(30));
    }
}
