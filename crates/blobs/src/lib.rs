//! What must not be readable on disk: uploaded files, card codes, and the keys for both.
//!
//! [`Vault`] encrypts small records and wraps the keys; [`Blobs`] keeps whole files by their content; [`Secret`] holds
//! what must not print. Deliberately absent: SQL, names of files as people gave them, who may read what.

mod hex;
mod incoming;
pub mod s3;
mod secret;
mod store;
mod vault;

pub use hex::{from_hex, to_hex};
pub use incoming::{Incoming, IncomingError, Received};
pub use secret::Secret;
pub use store::{BlobId, Blobs, Moved, Store, folder};
pub use vault::{MasterKey, Place, Sealed, Vault, VaultError};
