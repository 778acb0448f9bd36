//! Seeing that something changed, without reading it.

use crate::app::App;
use crate::errors::Result;
use yuanlu_domain::ids::{DeskId, OrderId};
use yuanlu_storage::{desk, order_file};

/// What somebody looks at while it may change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Watched {
    /// An order with its cases and its thread.
    Order(OrderId),
    /// A desk: a conversation.
    Desk(DeskId),
}

impl App {
    /// The versions of these; those that do not exist are left out. Whoever asks has been authorised to see them: a version
    /// tells nothing but that something happened.
    pub fn versions(&self, watched: &[Watched]) -> Result<Vec<(Watched, i64)>> {
        let (mut orders, mut desks) = (Vec::new(), Vec::new());
        for one in watched {
            match one {
                Watched::Order(order) => orders.push(order.as_str()),
                Watched::Desk(desk) => desks.push(desk.as_str()),
            }
        }
        let mut found = Vec::with_capacity(watched.len());
        if !orders.is_empty() {
            let versions = self.db().read(|db| order_file::versions(db, &orders))?;
            found.extend(versions.into_iter().map(|(order, version)| (Watched::Order(order), version)));
        }
        if !desks.is_empty() {
            let versions = self.db().read(|db| desk::versions(db, &desks))?;
            found.extend(versions.into_iter().map(|(desk, version)| (Watched::Desk(desk), version)));
        }
        Ok(found)
    }
}
