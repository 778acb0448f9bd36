//! Whether the database can be read and written now, for whoever sends people to one node or another.

use crate::App;
use crate::engine::Lane;
use crate::errors::{AppError, Result};
use yuanlu_domain::time::Instant;
use yuanlu_storage::setting;

/// The setting that is written to see whether writing goes again.
const PROBE: &str = "store_written_at";

/// What the database can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// All of it.
    Good,
    /// It can be read, and takes no writes: its disk is full, or no server of it writes.
    OnlyReads,
    /// It can be read, and lacks what was done before: this node writes nothing more until it is started again.
    GoneBack,
    /// Nothing.
    Away,
}

impl Health {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::OnlyReads => "database_only_reads",
            Self::GoneBack => "database_gone_back",
            Self::Away => "database_away",
        }
    }
}

impl App {
    /// What time it is on the database's server; `None` where the database is a file.
    pub fn server_time(&self) -> Result<Option<Instant>> {
        Ok(self.db().server_time()?)
    }

    /// Asks the database. Something is written only where a write failed since it was last asked and was well.
    pub fn health(&self) -> Health {
        if self.db().read(|db| setting::find(db, PROBE)).is_err() {
            return Health::Away;
        }
        if self.db().has_gone_back() {
            return Health::GoneBack;
        }
        if !self.engine().is_failing() {
            return Health::Good;
        }
        let written = self.engine().write(Lane::People, |tx, now| {
            setting::put(tx, PROBE, &now.micros().to_string(), now).map_err(AppError::from)
        });
        if written.is_err() {
            return Health::OnlyReads;
        }
        self.engine().heal();
        Health::Good
    }
}
