//! Content on its way in: counted and hashed piece by piece, in bounded memory, and gone when nobody wants it any more.
//!
//! What does not fit into one piece lies in a file without a name, under a key that only this value knows: a connection
//! that breaks leaves nothing behind, and a disk that is stolen nothing to read.

use crate::vault::VaultError;
use crate::{Secret, to_hex};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{Context, SHA256};
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What is kept in memory of one upload.
const PIECE: usize = 256 * 1024;

/// An upload that is not yet complete.
pub struct Incoming {
    dir: PathBuf,
    most: u64,
    length: u64,
    hash: Context,
    piece: Vec<u8>,
    spilled: Option<Spilled>,
}

/// Pieces on disk: each is sealed on its own, under its number.
struct Spilled {
    file: File,
    key: LessSafeKey,
    pieces: u32,
}

/// Why a piece is not taken.
#[derive(Debug)]
pub enum IncomingError {
    /// More than allowed.
    TooLarge,
    /// The disk or the system.
    Vault(VaultError),
}

impl fmt::Display for IncomingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("more bytes than allowed"),
            Self::Vault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for IncomingError {}

impl From<VaultError> for IncomingError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<std::io::Error> for IncomingError {
    fn from(error: std::io::Error) -> Self {
        Self::Vault(error.into())
    }
}

impl Incoming {
    /// Begins one of at most `most` bytes, which may spill into this directory.
    pub fn new(dir: &Path, most: u64) -> Self {
        Self { dir: dir.to_owned(), most, length: 0, hash: Context::new(&SHA256), piece: Vec::new(), spilled: None }
    }

    /// Whether the next bytes have to go to disk first, so that a caller can choose the thread.
    pub fn is_full(&self) -> bool {
        self.piece.len() >= PIECE
    }

    /// Takes the next bytes into memory; [`spill`](Self::spill) makes room.
    ///
    /// # Errors
    /// When there are more than allowed.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), IncomingError> {
        self.length += bytes.len() as u64;
        if self.length > self.most {
            return Err(IncomingError::TooLarge);
        }
        self.hash.update(bytes);
        self.piece.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes what is in memory to disk.
    pub fn spill(&mut self) -> Result<(), IncomingError> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert(Spilled::new(&self.dir)?),
        };
        spilled.write(&mut self.piece)
    }

    /// All of it is here.
    pub fn finish(mut self) -> Result<Received, IncomingError> {
        if self.spilled.is_some() {
            self.spill()?;
        }
        Ok(Received {
            length: self.length,
            sha256: to_hex(self.hash.finish().as_ref()),
            piece: Secret::new(std::mem::take(&mut self.piece)),
            spilled: self.spilled,
        })
    }
}

impl Spilled {
    fn new(dir: &Path) -> Result<Self, VaultError> {
        let mut random = [0; 48];
        SystemRandom::new().fill(&mut random).map_err(|_| VaultError::NoRandom)?;
        let (key, name) = random.split_at(32);
        let path = dir.join(to_hex(name));
        let file = fs::OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        fs::remove_file(&path)?;
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| VaultError::NoRandom)?;
        Ok(Self { file, key: LessSafeKey::new(key), pieces: 0 })
    }

    fn write(&mut self, piece: &mut Vec<u8>) -> Result<(), IncomingError> {
        let nonce = nonce(self.pieces);
        self.key.seal_in_place_append_tag(nonce, Aad::empty(), piece).map_err(|_| VaultError::DoesNotOpen)?;
        let length = u32::try_from(piece.len()).map_err(|_| VaultError::DoesNotOpen)?;
        self.file.write_all(&length.to_be_bytes())?;
        self.file.write_all(piece)?;
        self.pieces += 1;
        piece.clear();
        Ok(())
    }
}

/// A key seals one upload only, so the number of a piece never comes twice.
fn nonce(piece: u32) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..4].copy_from_slice(&piece.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// Content that came in whole.
pub struct Received {
    length: u64,
    sha256: String,
    piece: Secret<Vec<u8>>,
    spilled: Option<Spilled>,
}

impl Received {
    /// How many bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// No bytes at all.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// SHA-256, hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The content, all in memory.
    pub fn read(&self) -> Result<Secret<Vec<u8>>, VaultError> {
        let Some(spilled) = &self.spilled else { return Ok(self.piece.clone()) };
        let mut content = Vec::with_capacity(usize::try_from(self.length).unwrap_or_default());
        let mut at = 0;
        for piece in 0..spilled.pieces {
            let mut length = [0; 4];
            spilled.file.read_exact_at(&mut length, at)?;
            let mut sealed = vec![0; u32::from_be_bytes(length) as usize];
            spilled.file.read_exact_at(&mut sealed, at + 4)?;
            at += 4 + sealed.len() as u64;
            let opened = spilled.key.open_in_place(nonce(piece), Aad::empty(), &mut sealed);
            content.extend_from_slice(opened.map_err(|_| VaultError::DoesNotOpen)?);
        }
        Ok(Secret::new(content))
    }
}

impl From<Vec<u8>> for Received {
    fn from(content: Vec<u8>) -> Self {
        let hash = ring::digest::digest(&SHA256, &content);
        Self { length: content.len() as u64, sha256: to_hex(hash.as_ref()), piece: Secret::new(content), spilled: None }
    }
}

impl Default for Received {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incoming({} bytes)", self.length)
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({} bytes)", self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_in_pieces_and_leaves_nothing_behind() {
        let dir = std::env::temp_dir().join(format!("yuanlu-incoming-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).unwrap();
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 77] {
            let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let mut incoming = Incoming::new(&dir, 1 << 20);
            for chunk in content.chunks(8191) {
                incoming.take(chunk).unwrap();
                if incoming.is_full() {
                    incoming.spill().unwrap();
                    assert!(incoming.piece.is_empty());
                }
                assert!(incoming.piece.capacity() < 2 * PIECE + 8191);
            }
            let received = incoming.finish().unwrap();
            assert_eq!(*received.read().unwrap().expose(), content);
            assert_eq!(*received.read().unwrap().expose(), content, "it can be read again");
            assert_eq!(received.sha256(), Received::from(content.clone()).sha256());
            assert_eq!((received.len(), received.is_empty()), (length as u64, length == 0));
            assert_eq!(fs::read_dir(&dir).unwrap().count(), 0, "the file has no name");
        }
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn an_endless_upload_ends_at_its_limit() {
        let mut incoming = Incoming::new(Path::new("/nowhere"), 1000);
        assert!(incoming.take(&[0; 1000]).is_ok());
        assert!(matches!(incoming.take(&[0]), Err(IncomingError::TooLarge)));
        assert!(matches!(incoming.spill(), Err(IncomingError::Vault(VaultError::Io(_)))));
    }
}
