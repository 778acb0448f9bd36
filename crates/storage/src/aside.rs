//! Waiting without holding up the web side: reads run on its own few threads, which is fastest while the database answers.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Does something that may take long. On a thread of a web server others take over what else that thread had to do.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
