//! What all aggregates have in common: a kind, a version, and the head of a journal.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::{channel_entry, desk, order_file, outbox, refund_case, seller_account, timer, wallet};
use yuanlu_domain::actor::Actor;
use yuanlu_domain::bill::{ChannelEntry, channel_entries};
use yuanlu_domain::bookkeeping;
use yuanlu_domain::desk::{DeskEvent, DeskFile};
use yuanlu_domain::event::OrderEvent;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::projection::{self, Call, CaseRow, Closing, Timer};
use yuanlu_domain::seller_account::{SellerAccount, SellerEvent};
use yuanlu_domain::time::Instant;
use yuanlu_domain::top_up::{self, TopUpRow};
use yuanlu_domain::wallet::{Wallet, WalletEvent};
use yuanlu_ledger::Transfer;

/// The kinds of aggregates, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An order file.
    Order,
    /// A wallet.
    Wallet,
    /// A seller account.
    Seller,
    /// A desk.
    Desk,
    /// Who looked at an order: no aggregate, but chained and sealed like one.
    View,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Order, Self::Wallet, Self::Seller, Self::Desk, Self::View];

    /// The stable code; part of every genesis hash.
    pub fn code(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Wallet => "wallet",
            Self::Seller => "seller",
            Self::Desk => "desk",
            Self::View => "view",
        }
    }

    /// The kind with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where the journal of an aggregate ends. The version of an aggregate is the number of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub version: i64,
    /// Hash of the last one, chained.
    pub hash: [u8; 32],
}

/// An aggregate as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<A> {
    /// What the entries amount to.
    pub aggregate: A,
    /// Where the journal ends.
    pub head: Head,
}

/// The stored text of a state.
pub(crate) fn state_text(table: &'static str, state: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(state).map_err(|_| crate::StorageError::inconsistent(table, "state"))
}

/// What an aggregate amounts to beside its state: rows that are functions of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// Waits.
    pub timers: Vec<Timer>,
    /// Calls to channels.
    pub calls: Vec<Call>,
    /// Payments to be closed at channels.
    pub closings: Vec<Closing>,
    /// Cases, for lists.
    pub cases: Vec<CaseRow>,
    /// Top-ups, for callbacks.
    pub top_ups: Vec<TopUpRow>,
    /// Payments and payouts at channels, for bills.
    pub entries: Vec<ChannelEntry>,
}

/// An aggregate with a journal: the one description that the engine writes by and `verify` recomputes by.
pub trait Journaled: Sized + PartialEq + serde::de::DeserializeOwned {
    /// Its kind.
    const KIND: Kind;
    /// What changes it.
    type Event: serde::Serialize + serde::de::DeserializeOwned;

    /// Its id.
    fn id(&self) -> &str;
    /// Instant of its last entry.
    fn last_at(&self) -> Instant;
    /// Applies an event; `None` when it does not fit.
    fn evolve(before: Option<Self>, event: &Self::Event, by: &Actor, at: Instant) -> Option<Self>;
    /// Transfers that an event means, from the state it is applied to.
    fn transfers(before: Option<&Self>, event: &Self::Event) -> Vec<Transfer>;
    /// Rows that are functions of it.
    fn project(&self) -> Projection;
    /// Those of these ids that are stored.
    fn load(db: &impl Read, ids: &[&str]) -> Result<Vec<Stored<Self>>>;
    /// Where the journals of those of these ids that are stored end.
    fn heads(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Head)>>;
    /// Writes a new one.
    fn insert(&self, tx: &Tx<'_>, head: &Head) -> Result<()>;
    /// Writes what it has become since `version`.
    fn update(&self, tx: &Tx<'_>, version: i64, head: &Head) -> Result<()>;

    /// Writes the rows that changed since `before`.
    fn write_projection(&self, tx: &Tx<'_>, before: &Projection) -> Result<()> {
        write_timers(tx, Self::KIND, self.id(), &before.timers, &self.project().timers)
    }
}

impl Journaled for OrderFile {
    const KIND: Kind = Kind::Order;
    type Event = OrderEvent;

    fn id(&self) -> &str {
        self.order.as_str()
    }

    fn last_at(&self) -> Instant {
        self.last_at
    }

    fn evolve(before: Option<Self>, event: &OrderEvent, by: &Actor, at: Instant) -> Option<Self> {
        Self::evolve(before, event, by, at)
    }

    fn transfers(before: Option<&Self>, event: &OrderEvent) -> Vec<Transfer> {
        bookkeeping::order(before, event)
    }

    fn project(&self) -> Projection {
        Projection {
            timers: projection::timers(self),
            calls: projection::calls(self),
            closings: projection::closings(self),
            cases: projection::case_rows(self),
            entries: channel_entries(self),
            ..Projection::default()
        }
    }

    fn load(db: &impl Read, ids: &[&str]) -> Result<Vec<Stored<Self>>> {
        order_file::load(db, ids)
    }

    fn heads(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Head)>> {
        order_file::heads(db, ids)
    }

    fn insert(&self, tx: &Tx<'_>, head: &Head) -> Result<()> {
        order_file::insert(tx, self, head)
    }

    fn update(&self, tx: &Tx<'_>, version: i64, head: &Head) -> Result<()> {
        order_file::update(tx, self, version, head)
    }

    fn write_projection(&self, tx: &Tx<'_>, before: &Projection) -> Result<()> {
        let after = self.project();
        write_timers(tx, Self::KIND, self.id(), &before.timers, &after.timers)?;
        for old in before.calls.iter().filter(|old| !after.calls.iter().any(|new| new.payout == old.payout)) {
            outbox::delete_call(tx, &self.order, old.payout)?;
        }
        for new in after.calls.iter().filter(|new| !before.calls.contains(new)) {
            outbox::put_call(tx, &self.order, new, self.last_at)?;
        }
        write_closings(tx, self.order.as_str(), &before.closings, &after.closings, self.last_at)?;
        for new in after.cases.iter().filter(|new| !before.cases.contains(new)) {
            refund_case::put(tx, self, new)?;
        }
        for new in after.entries.iter().filter(|new| !before.entries.contains(new)) {
            channel_entry::put(tx, new)?;
        }
        Ok(())
    }
}

impl Journaled for Wallet {
    const KIND: Kind = Kind::Wallet;
    type Event = WalletEvent;

    fn id(&self) -> &str {
        self.account.as_str()
    }

    fn last_at(&self) -> Instant {
        self.last_at
    }

    fn evolve(before: Option<Self>, event: &WalletEvent, _by: &Actor, at: Instant) -> Option<Self> {
        Self::evolve(before, event, at)
    }

    fn transfers(before: Option<&Self>, event: &WalletEvent) -> Vec<Transfer> {
        bookkeeping::wallet(before, event)
    }

    fn project(&self) -> Projection {
        Projection {
            timers: projection::wallet_timers(self),
            closings: top_up::closings(self),
            top_ups: top_up::rows(self),
            entries: top_up::channel_entries(self),
            ..Projection::default()
        }
    }

    fn load(db: &impl Read, ids: &[&str]) -> Result<Vec<Stored<Self>>> {
        wallet::load(db, ids)
    }

    fn heads(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Head)>> {
        wallet::heads(db, ids)
    }

    fn insert(&self, tx: &Tx<'_>, head: &Head) -> Result<()> {
        wallet::insert(tx, self, head)
    }

    fn update(&self, tx: &Tx<'_>, version: i64, head: &Head) -> Result<()> {
        wallet::update(tx, self, version, head)
    }

    fn write_projection(&self, tx: &Tx<'_>, before: &Projection) -> Result<()> {
        let after = self.project();
        write_timers(tx, Self::KIND, self.id(), &before.timers, &after.timers)?;
        write_closings(tx, self.id(), &before.closings, &after.closings, self.last_at)?;
        for new in after.top_ups.iter().filter(|new| !before.top_ups.contains(new)) {
            crate::top_up::put(tx, new)?;
        }
        after.entries.iter().filter(|new| !before.entries.contains(new)).try_for_each(|new| channel_entry::put(tx, new))
    }
}

impl Journaled for SellerAccount {
    const KIND: Kind = Kind::Seller;
    type Event = SellerEvent;

    fn id(&self) -> &str {
        self.seller.as_str()
    }

    fn last_at(&self) -> Instant {
        self.last_at
    }

    fn evolve(before: Option<Self>, event: &SellerEvent, by: &Actor, at: Instant) -> Option<Self> {
        Self::evolve(before, event, by, at)
    }

    fn transfers(before: Option<&Self>, event: &SellerEvent) -> Vec<Transfer> {
        bookkeeping::seller(before, event)
    }

    fn project(&self) -> Projection {
        Projection { timers: self.timers(), ..Projection::default() }
    }

    fn load(db: &impl Read, ids: &[&str]) -> Result<Vec<Stored<Self>>> {
        seller_account::load(db, ids)
    }

    fn heads(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Head)>> {
        seller_account::heads(db, ids)
    }

    fn insert(&self, tx: &Tx<'_>, head: &Head) -> Result<()> {
        seller_account::insert(tx, self, head)
    }

    fn update(&self, tx: &Tx<'_>, version: i64, head: &Head) -> Result<()> {
        seller_account::update(tx, self, version, head)
    }
}

impl Journaled for DeskFile {
    const KIND: Kind = Kind::Desk;
    type Event = DeskEvent;

    fn id(&self) -> &str {
        self.id().as_str()
    }

    fn last_at(&self) -> Instant {
        self.last_at()
    }

    fn evolve(before: Option<Self>, event: &DeskEvent, by: &Actor, at: Instant) -> Option<Self> {
        Self::evolve(before, event, by, at)
    }

    fn transfers(before: Option<&Self>, event: &DeskEvent) -> Vec<Transfer> {
        bookkeeping::desk(before, event)
    }

    fn project(&self) -> Projection {
        Projection { timers: self.timers(), ..Projection::default() }
    }

    fn load(db: &impl Read, ids: &[&str]) -> Result<Vec<Stored<Self>>> {
        desk::load(db, ids)
    }

    fn heads(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Head)>> {
        desk::heads(db, ids)
    }

    fn insert(&self, tx: &Tx<'_>, head: &Head) -> Result<()> {
        desk::insert(tx, self, head)
    }

    fn update(&self, tx: &Tx<'_>, version: i64, head: &Head) -> Result<()> {
        desk::update(tx, self, version, head)
    }
}

fn write_closings(tx: &Tx<'_>, of: &str, before: &[Closing], after: &[Closing], now: Instant) -> Result<()> {
    before.iter().filter(|old| !after.contains(old)).try_for_each(|old| outbox::delete_closing(tx, of, &old.no))?;
    after.iter().filter(|new| !before.contains(new)).try_for_each(|new| outbox::put_closing(tx, of, new, now))
}

fn write_timers(tx: &Tx<'_>, kind: Kind, id: &str, before: &[Timer], after: &[Timer]) -> Result<()> {
    for old in before.iter().filter(|old| !after.iter().any(|new| new.subject == old.subject)) {
        timer::delete(tx, kind, id, &old.subject)?;
    }
    for new in after.iter().filter(|new| !before.contains(new)) {
        timer::put(tx, kind, id, new)?;
    }
    Ok(())
}
