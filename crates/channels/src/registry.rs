//! The channels a shop has.

use crate::Channel;
use crate::callback::Entrances;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::route::{AccountKind, Roads};

/// Channels by id.
#[derive(Clone, Default)]
pub struct Channels {
    by_id: BTreeMap<ChannelId, Arc<dyn Channel>>,
    escrow_agents: BTreeSet<ChannelId>,
}

impl Channels {
    /// No channel: the shop sells against balance only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a channel; one of the same id is replaced.
    #[must_use]
    pub fn with(mut self, channel: impl Channel + 'static) -> Self {
        self.by_id.insert(channel.id().clone(), Arc::new(channel));
        self
    }

    /// Makes a channel an escrow agent: it holds the money for us, and refunds only what it released.
    #[must_use]
    pub fn with_escrow_agent(mut self, id: ChannelId) -> Self {
        self.escrow_agents.insert(id);
        self
    }

    /// What the channels can do besides refunding.
    pub fn roads(&self) -> Roads {
        let mut roads = Roads { escrow_agents: self.escrow_agents.clone(), ..Roads::default() };
        for (id, channel) in &self.by_id {
            let kinds = AccountKind::ALL.into_iter().filter(|kind| channel.remits_to(*kind));
            roads.remits.extend(kinds.map(|kind| (id.clone(), kind)));
            roads.finishes.extend(channel.finishes().then(|| id.clone()));
        }
        roads
    }

    /// The channel of this id.
    pub fn get(&self, id: &ChannelId) -> Option<&dyn Channel> {
        self.by_id.get(id).map(AsRef::as_ref)
    }

    /// Every id.
    pub fn ids(&self) -> impl Iterator<Item = &ChannelId> {
        self.by_id.keys()
    }

    /// What the web server may have of them: cashier links and callbacks.
    pub fn entrances(&self) -> Entrances {
        self.by_id.values().fold(Entrances::new(), |entrances, channel| entrances.with(channel.clone()))
    }
}
