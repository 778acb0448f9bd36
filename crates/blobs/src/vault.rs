//! Encryption of records: a master key outside the database wraps data keys, a data key gives every record its own key.
//!
//! A ciphertext is bound to the place it stands in: moved to another row, it does not open. Random nonces are safe
//! because a record's key encrypts only a handful of times.

use crate::{Secret, from_hex, to_hex};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const KEY_BYTES: usize = 32;
type Key = Secret<[u8; KEY_BYTES]>;

/// Why something does not open.
#[derive(Debug)]
pub enum VaultError {
    /// The master key is not 64 hexadecimal digits.
    MasterKeyUnreadable,
    /// The master key does not fit the wrapped data keys.
    WrongMasterKey,
    /// The wrapped data keys are not what this program wrote.
    KeysUnreadable,
    /// The ciphertext was changed, moved, or written under a key that is gone.
    DoesNotOpen,
    /// The system has no randomness.
    NoRandom,
    /// The file system refused.
    Io(io::Error),
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MasterKeyUnreadable => f.write_str("the master key is not 64 hexadecimal digits"),
            Self::WrongMasterKey => f.write_str("the master key does not fit the stored data keys"),
            Self::KeysUnreadable => f.write_str("the stored data keys cannot be read"),
            Self::DoesNotOpen => f.write_str("the ciphertext does not open"),
            Self::NoRandom => f.write_str("the system has no randomness"),
            Self::Io(_) => f.write_str("the file system refused"),
        }
    }
}

impl std::error::Error for VaultError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The key that everything hangs on. Lives outside the database.
#[derive(Clone)]
pub struct MasterKey(Key);

impl MasterKey {
    /// A new random key.
    pub fn random() -> Result<Self, VaultError> {
        random().map(|key| Self(Secret::new(key)))
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let bytes = Secret::new(from_hex(text.trim()).ok_or(VaultError::MasterKeyUnreadable)?);
        let key = bytes.expose().as_slice().try_into().map_err(|_| VaultError::MasterKeyUnreadable)?;
        Ok(Self(Secret::new(key)))
    }

    /// Reads a key file.
    pub fn read(path: &Path) -> Result<Self, VaultError> {
        Self::parse(Secret::new(fs::read_to_string(path)?).expose())
    }

    /// Reads a key file, or makes it with mode 0600 where there is none.
    pub fn read_or_create(path: &Path) -> Result<Self, VaultError> {
        match Self::read(path) {
            Err(VaultError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self::random()?;
                key.write(path)?;
                Ok(key)
            }
            other => other,
        }
    }

    /// Writes a new key file with mode 0600; refuses to replace one.
    pub fn write(&self, path: &Path) -> Result<(), VaultError> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let text = Secret::new(to_hex(self.0.expose()));
        file.write_all(text.expose().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            fs::File::open(dir)?.sync_all()?;
        }
        Ok(())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(***)")
    }
}

/// Where a record stands; part of what is authenticated.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Its table (and column, where one table holds several).
    pub table: &'a str,
    /// Its row.
    pub row: &'a str,
}

/// An encrypted record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Nonce and ciphertext in hexadecimal.
    pub ciphertext: String,
    /// Version of the data key.
    pub key_version: u32,
}

/// The data keys as stored: each wrapped by the master key.
#[derive(Serialize, Deserialize)]
struct Wrapped {
    data: BTreeMap<u32, String>,
    index: String,
}

/// Encrypts and decrypts records.
pub struct Vault {
    data: BTreeMap<u32, Key>,
    current: u32,
    index: hmac::Key,
    wrapped: String,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("current", &self.current).finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault with a first data key. [`Vault::wrapped`] must be stored before anything is sealed.
    pub fn create(master: &MasterKey) -> Result<Self, VaultError> {
        let data = BTreeMap::from([(1, Secret::new(random()?))]);
        Self::assemble(master, data, Secret::new(random()?))
    }

    /// Opens the stored data keys.
    pub fn open(master: &MasterKey, wrapped: &str) -> Result<Self, VaultError> {
        let stored: Wrapped = serde_json::from_str(wrapped).map_err(|_| VaultError::KeysUnreadable)?;
        let mut data = BTreeMap::new();
        for (version, text) in &stored.data {
            data.insert(*version, unwrap_key(master, &wrap_label(*version), text)?);
        }
        let current = *data.keys().next_back().ok_or(VaultError::KeysUnreadable)?;
        let index = unwrap_key(master, INDEX_LABEL, &stored.index)?;
        Ok(Self {
            data,
            current,
            index: hmac::Key::new(hmac::HMAC_SHA256, index.expose()),
            wrapped: wrapped.to_owned(),
        })
    }

    /// The stored keys with a fresh data key in front, for new records; old ones stay readable.
    pub fn rotated(master: &MasterKey, wrapped: &str) -> Result<Self, VaultError> {
        let mut old = Self::open(master, wrapped)?;
        let stored: Wrapped = serde_json::from_str(wrapped).map_err(|_| VaultError::KeysUnreadable)?;
        let index = unwrap_key(master, INDEX_LABEL, &stored.index)?;
        let mut data = std::mem::take(&mut old.data);
        data.insert(old.current + 1, Secret::new(random()?));
        Self::assemble(master, data, index)
    }

    fn assemble(master: &MasterKey, data: BTreeMap<u32, Key>, index: Key) -> Result<Self, VaultError> {
        let current = *data.keys().next_back().ok_or(VaultError::KeysUnreadable)?;
        let mut stored = Wrapped { data: BTreeMap::new(), index: wrap_key(master, INDEX_LABEL, &index)? };
        for (version, key) in &data {
            stored.data.insert(*version, wrap_key(master, &wrap_label(*version), key)?);
        }
        let wrapped = serde_json::to_string(&stored).map_err(|_| VaultError::KeysUnreadable)?;
        Ok(Self { data, current, index: hmac::Key::new(hmac::HMAC_SHA256, index.expose()), wrapped })
    }

    /// The data keys as they may be stored beside the data: unreadable without the master key.
    pub fn wrapped(&self) -> &str {
        &self.wrapped
    }

    /// Encrypts a record for its place.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Sealed, VaultError> {
        let mut bytes = Vec::new();
        self.seal_into(place, plain, &mut bytes)?;
        Ok(Sealed { ciphertext: to_hex(&bytes), key_version: self.current })
    }

    /// Decrypts a record at its place.
    pub fn open_record(&self, place: Place<'_>, sealed: &Sealed) -> Result<Secret<Vec<u8>>, VaultError> {
        let bytes = from_hex(&sealed.ciphertext).ok_or(VaultError::DoesNotOpen)?;
        self.open_bytes(place, sealed.key_version, &bytes)
    }

    pub(crate) fn current(&self) -> u32 {
        self.current
    }

    pub(crate) fn seal_into(&self, place: Place<'_>, plain: &[u8], out: &mut Vec<u8>) -> Result<(), VaultError> {
        let (key, info) = self.record_key(place, self.current)?;
        encrypt(&key, &info, plain, out)
    }

    /// Like [`Vault::seal`], as bytes; with the key version.
    pub fn seal_bytes(&self, place: Place<'_>, plain: &[u8]) -> Result<(Vec<u8>, u32), VaultError> {
        let mut bytes = Vec::new();
        self.seal_into(place, plain, &mut bytes)?;
        Ok((bytes, self.current))
    }

    /// Like [`Vault::open_record`], from bytes.
    pub fn open_bytes(&self, place: Place<'_>, version: u32, bytes: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
        let (key, info) = self.record_key(place, version)?;
        decrypt(&key, &info, bytes)
    }

    /// A keyed fingerprint: equal for equal content, and useless to whoever has no key. `purpose` keeps uses apart.
    pub fn blind_index(&self, purpose: &str, content: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.index);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(content);
        to_hex(context.sign().as_ref())
    }

    fn record_key(&self, place: Place<'_>, version: u32) -> Result<(Key, Vec<u8>), VaultError> {
        let data = self.data.get(&version).ok_or(VaultError::DoesNotOpen)?;
        let version = version.to_string();
        // Lengths first, so that no two places read alike.
        let info =
            format!("{}:{}:{}:{}:{version}", place.table.len(), place.table, place.row.len(), place.row).into_bytes();
        let mut key = [0; KEY_BYTES];
        Salt::new(HKDF_SHA256, b"yuanlu record")
            .extract(data.expose())
            .expand(&[&info], HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut key))
            .map_err(|_| VaultError::DoesNotOpen)?;
        Ok((Secret::new(key), info))
    }
}

const INDEX_LABEL: &str = "yuanlu index key";

fn wrap_label(version: u32) -> String {
    format!("yuanlu data key {version}")
}

fn wrap_key(master: &MasterKey, label: &str, key: &Key) -> Result<String, VaultError> {
    let mut bytes = Vec::new();
    encrypt(&master.0, label.as_bytes(), key.expose(), &mut bytes)?;
    Ok(to_hex(&bytes))
}

fn unwrap_key(master: &MasterKey, label: &str, text: &str) -> Result<Key, VaultError> {
    let bytes = from_hex(text).ok_or(VaultError::KeysUnreadable)?;
    let plain = decrypt(&master.0, label.as_bytes(), &bytes).map_err(|_| VaultError::WrongMasterKey)?;
    let key = plain.expose().as_slice().try_into().map_err(|_| VaultError::KeysUnreadable)?;
    Ok(Secret::new(key))
}

fn cipher(key: &Key) -> Result<LessSafeKey, VaultError> {
    UnboundKey::new(&AES_256_GCM, key.expose()).map(LessSafeKey::new).map_err(|_| VaultError::DoesNotOpen)
}

fn encrypt(key: &Key, aad: &[u8], plain: &[u8], out: &mut Vec<u8>) -> Result<(), VaultError> {
    let nonce: [u8; NONCE_LEN] = random()?;
    let start = out.len();
    out.extend_from_slice(&nonce);
    out.extend_from_slice(plain);
    let tag = cipher(key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut out[start + NONCE_LEN..])
        .map_err(|_| VaultError::DoesNotOpen)?;
    out.extend_from_slice(tag.as_ref());
    Ok(())
}

fn decrypt(key: &Key, aad: &[u8], bytes: &[u8]) -> Result<Secret<Vec<u8>>, VaultError> {
    let (nonce, rest) = bytes.split_at_checked(NONCE_LEN).ok_or(VaultError::DoesNotOpen)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::DoesNotOpen)?;
    let mut plain = rest.to_vec();
    let length =
        cipher(key)?.open_in_place(nonce, Aad::from(aad), &mut plain).map_err(|_| VaultError::DoesNotOpen)?.len();
    plain.truncate(length);
    Ok(Secret::new(plain))
}

fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| VaultError::NoRandom)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'_> = Place { table: "stock", row: "S1" };

    #[test]
    fn opens_only_where_it_was_sealed() {
        let master = MasterKey::random().unwrap();
        let vault = Vault::create(&master).unwrap();
        let sealed = vault.seal(PLACE, b"ABCD-1234").unwrap();
        assert_eq!(vault.open_record(PLACE, &sealed).unwrap().expose(), b"ABCD-1234");
        for elsewhere in [Place { table: "stock", row: "S2" }, Place { table: "stock:", row: "S1" }] {
            assert!(matches!(vault.open_record(elsewhere, &sealed), Err(VaultError::DoesNotOpen)));
        }
        let mut bent = sealed.clone();
        bent.ciphertext.replace_range(30..31, if &bent.ciphertext[30..31] == "0" { "1" } else { "0" });
        assert!(vault.open_record(PLACE, &bent).is_err());
        assert_ne!(vault.seal(PLACE, b"ABCD-1234").unwrap(), sealed, "every sealing has its own nonce");
    }

    #[test]
    fn reopens_and_rotates_with_the_right_master_only() {
        let master = MasterKey::random().unwrap();
        let vault = Vault::create(&master).unwrap();
        let old = vault.seal(PLACE, b"old").unwrap();
        assert!(matches!(Vault::open(&MasterKey::random().unwrap(), vault.wrapped()), Err(VaultError::WrongMasterKey)));
        let rotated = Vault::rotated(&master, vault.wrapped()).unwrap();
        let reopened = Vault::open(&master, rotated.wrapped()).unwrap();
        assert_eq!(reopened.open_record(PLACE, &old).unwrap().expose(), b"old");
        let new = reopened.seal(PLACE, b"new").unwrap();
        assert_eq!((old.key_version, new.key_version), (1, 2));
        assert!(vault.open_record(PLACE, &new).is_err(), "the vault before the rotation has no such key");
        assert_eq!(vault.blind_index("code", b"x"), reopened.blind_index("code", b"x"), "codes stay unique for ever");
        assert_ne!(vault.blind_index("code", b"x"), vault.blind_index("blob", b"x"));
    }

    #[test]
    fn the_key_file_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = std::env::temp_dir().join(format!("yuanlu-vault-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("master.key");
        let _ = fs::remove_file(&path);
        let first = MasterKey::read_or_create(&path).unwrap();
        let again = MasterKey::read_or_create(&path).unwrap();
        assert_eq!(first.0, again.0);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(first.write(&path).is_err(), "never replaced");
        assert!(MasterKey::parse("abc").is_err());
        fs::remove_dir_all(&dir).unwrap();
    }
}
