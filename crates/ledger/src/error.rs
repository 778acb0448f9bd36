use std::fmt;

/// Why an account, a transfer or a balance is not acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerError {
    /// The text names no account.
    UnknownAccount,
    /// The text names no kind of transfer.
    UnknownKind,
    /// A transfer must move more than nothing.
    NotPositive,
    /// A transfer must have two different accounts.
    SameAccount,
    /// A balance does not fit into 64 bits.
    Overflow,
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownAccount => "no such ledger account",
            Self::UnknownKind => "no such kind of transfer",
            Self::NotPositive => "a transfer must move a positive amount",
            Self::SameAccount => "a transfer needs two different accounts",
            Self::Overflow => "a balance is too large",
        })
    }
}

impl std::error::Error for LedgerError {}
