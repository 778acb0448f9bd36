//! A mail as it is handed to the client that sends it.

use std::fmt;

/// A mail address of one person.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Reads an address. What rarely exists and often hides something, such as quoted names and literal hosts, is refused.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, host) = text.rsplit_once('@')?;
        let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(c);
        let local_good = (1..=64).contains(&local.len())
            && local.chars().all(atom)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let labels: Vec<&str> = host.split('.').collect();
        let host_good = host.len() <= 253
            && labels.len() >= 2
            && labels.iter().all(|one| label(one))
            && labels.last().is_some_and(|last| last.chars().any(|c| c.is_ascii_alphabetic()));
        (local_good && host_good).then(|| Self(format!("{local}@{}", host.to_ascii_lowercase())))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough to recognise one's own: `l***@example.com`.
    pub fn hint(&self) -> String {
        let (local, host) = self.0.split_once('@').unwrap_or_default();
        format!("{}***@{host}", &local[..1.min(local.len())])
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hint())
    }
}

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The same at every attempt, so that a mail that came twice is seen to be one: `id@host`.
    pub message_id: String,
    /// To whom.
    pub to: Address,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// `zh` or `en`.
    pub language: String,
    /// Where one chooses what comes by mail.
    pub preferences: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_hidden() {
        let address = Address::parse(" Li.Lei+shop@Mail.EXAMPLE.cn ").unwrap();
        assert_eq!(address.as_str(), "Li.Lei+shop@mail.example.cn");
        assert_eq!(address.hint(), "L***@mail.example.cn");
        assert!(!format!("{address:?}").contains("Lei"));
        let bad = [
            "",
            "a",
            "a@b",
            "@b.cn",
            "a@",
            "a b@c.cn",
            "a@b..cn",
            ".a@b.cn",
            "a.@b.cn",
            "a..b@c.cn",
            "a@-b.cn",
            "a@b.1",
            "\"a b\"@c.cn",
            "a@[127.0.0.1]",
            "a@b.cn\r\nBcc: x@y.cn",
            "a,b@c.cn",
            "<a@b.cn>",
        ];
        for text in bad {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
