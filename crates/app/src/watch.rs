//! Seeing that something changed, without reading it.

use crate::app::App;
use crate::errors::Result;
use yuanlu_domain::ids::OrderId;
use yuanlu_storage::order_file;

impl App {
    /// The versions of these order files; files that do not exist are left out. Whoever asks has been authorised to see
    /// them: a version tells nothing but that something happened.
    pub fn file_versions(&self, orders: &[OrderId]) -> Result<Vec<(OrderId, i64)>> {
        let ids: Vec<&str> = orders.iter().map(OrderId::as_str).collect();
        Ok(self.db().read(|db| order_file::versions(db, &ids))?)
    }
}
