//! The channels a shop has.

use crate::Channel;
use crate::callback::Entrances;
use std::collections::BTreeMap;
use std::sync::Arc;
use yuanlu_domain::ids::ChannelId;

/// Channels by id.
#[derive(Clone, Default)]
pub struct Channels {
    by_id: BTreeMap<ChannelId, Arc<dyn Channel>>,
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
