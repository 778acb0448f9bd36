//! Files by content, encrypted: on the local disk, or wherever a [`Store`] keeps them.

use crate::Secret;
use crate::vault::{Place, Vault, VaultError};
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names a blob: a keyed fingerprint of its content, so that a name on disk says nothing about what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlobId(String);

impl BlobId {
    /// Reads an id; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
            .then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where encrypted content lies. It sees names and ciphertexts only.
pub trait Store: Send + Sync + fmt::Debug {
    /// Whether there is something under this name.
    fn has(&self, name: &str) -> io::Result<bool>;
    /// Keeps something; on return it survives a power cut. Keeping the same again is nothing new.
    fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()>;
    /// What was kept; [`NotFound`](ErrorKind::NotFound) where there is nothing.
    fn get(&self, name: &str) -> io::Result<Vec<u8>>;
    /// Forgets something; what is gone already is no error.
    fn remove(&self, name: &str) -> io::Result<()>;
}

/// A directory, readable by its owner only, as a store.
pub fn folder(root: &Path) -> Arc<dyn Store> {
    Arc::new(Folder { root: root.to_owned() })
}

/// A store with another behind it that was used before: new files go to the first, older ones are still found.
#[derive(Debug)]
pub struct Moved {
    /// Where files go.
    pub to: Arc<dyn Store>,
    /// Where they went before.
    pub from: Arc<dyn Store>,
}

impl Store for Moved {
    fn has(&self, name: &str) -> io::Result<bool> {
        self.to.has(name)
    }

    fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        self.to.put(name, bytes)
    }

    fn get(&self, name: &str) -> io::Result<Vec<u8>> {
        match self.to.get(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => self.from.get(name),
            found => found,
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.from.remove(name)?;
        self.to.remove(name)
    }
}

/// Blobs in a store.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn Store>,
}

impl Blobs {
    /// Opens or makes a directory, readable by its owner only.
    pub fn open(root: &Path) -> Result<Self, VaultError> {
        private_dir(root)?;
        Ok(Self::over(Arc::new(Folder { root: root.to_owned() })))
    }

    /// Blobs in another store.
    pub fn over(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Stores content; storing it again is nothing new. On return it survives a power cut.
    pub fn put(&self, vault: &Vault, content: &[u8]) -> Result<BlobId, VaultError> {
        let id = BlobId(vault.blind_index("blob", content));
        if !self.store.has(&id.0)? {
            let mut bytes = vault.current().to_be_bytes().to_vec();
            vault.seal_into(place(&id), content, &mut bytes)?;
            self.store.put(&id.0, bytes)?;
        }
        Ok(id)
    }

    /// The content; refuses what was changed on disk.
    pub fn get(&self, vault: &Vault, id: &BlobId) -> Result<Secret<Vec<u8>>, VaultError> {
        let bytes = self.store.get(&id.0)?;
        let (version, sealed) = bytes.split_first_chunk::<4>().ok_or(VaultError::DoesNotOpen)?;
        let content = vault.open_bytes(place(id), u32::from_be_bytes(*version), sealed)?;
        if vault.blind_index("blob", content.expose()) != id.0 {
            return Err(VaultError::DoesNotOpen);
        }
        Ok(content)
    }

    /// Forgets a blob (a lawful erasure); one that is gone already is no error.
    pub fn remove(&self, id: &BlobId) -> Result<(), VaultError> {
        Ok(self.store.remove(&id.0)?)
    }
}

/// A directory of files, in folders by the beginning of their names.
#[derive(Debug)]
struct Folder {
    root: PathBuf,
}

impl Folder {
    fn path(&self, name: &str) -> PathBuf {
        self.root.join(&name[..2]).join(name)
    }
}

impl Store for Folder {
    fn has(&self, name: &str) -> io::Result<bool> {
        self.path(name).try_exists()
    }

    fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        let path = self.path(name);
        let dir = path.parent().unwrap_or(&self.root);
        private_dir(dir)?;
        let mut unique = [0; 8];
        SystemRandom::new().fill(&mut unique).map_err(|_| io::Error::other("the system has no randomness"))?;
        let temporary = dir.join(format!("{}.tmp", crate::to_hex(&unique)));
        let written = write_synced(&temporary, &bytes).and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
        fs::File::open(dir)?.sync_all()
    }

    fn get(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(name))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn place(id: &BlobId) -> Place<'_> {
    Place { table: "blob", row: &id.0 }
}

fn private_dir(dir: &Path) -> std::io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    match dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MasterKey;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keeps_content_encrypted_and_notices_changes() {
        let root = std::env::temp_dir().join(format!("yuanlu-blobs-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let vault = Vault::create(&MasterKey::random().unwrap()).unwrap();
        let blobs = Blobs::open(&root).unwrap();
        let content = b"an identity paper, number 110101199003070000".repeat(50);
        let id = blobs.put(&vault, &content).unwrap();
        assert_eq!(blobs.put(&vault, &content).unwrap(), id);
        assert_eq!(*blobs.get(&vault, &id).unwrap().expose(), content);

        let path = Folder { root: root.clone() }.path(id.as_str());
        let mut raw = fs::read(&path).unwrap();
        assert!(!raw.windows(8).any(|window| window == b"identity"));
        assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");

        raw[100] ^= 1;
        fs::write(&path, &raw).unwrap();
        assert!(matches!(blobs.get(&vault, &id), Err(VaultError::DoesNotOpen)));
        blobs.remove(&id).unwrap();
        blobs.remove(&id).unwrap();
        assert!(matches!(blobs.get(&vault, &id), Err(VaultError::Io(_))));
        assert_eq!(BlobId::parse("../../etc/passwd"), None);
        fs::remove_dir_all(&root).unwrap();
    }
}
