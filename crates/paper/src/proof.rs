//! That a journal stood where it is said to have stood: from its end to a seal of a day, from there to the log.

use crate::hash::{Hash, hex, parse_hash, sha256};
use crate::merkle;
use crate::seal::{LogHead, Seal};
use crate::stamp::fits;
use serde::{Deserialize, Serialize};

/// The way of one journal's end into the published log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// Kind of the aggregate whose journal it is.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Number of the entry that was its last when it was sealed.
    pub seq: u64,
    /// Hash of its chain there, hex.
    pub head: String,
    /// Its place in the day's tree, from 0.
    pub index: u64,
    /// From there to the day's root, hex.
    pub path: Vec<String>,
    /// The seal of the day.
    pub seal: Seal,
    /// From the seal to the head of the log, hex.
    pub log_path: Vec<String>,
    /// A signed head of the log.
    pub log: LogHead,
}

impl Inclusion {
    /// Whether the way leads from the journal's end to a head signed with this key (hex).
    pub fn holds(&self, key: &str) -> bool {
        let leaf = format!("{}:{}:{}:{}", self.kind, self.id, self.seq, self.head);
        let day = follow(leaf.as_bytes(), self.index, self.seal.size, &self.path);
        let text = self.seal.text();
        let log = self.seal.n.checked_sub(1).and_then(|at| follow(text.as_bytes(), at, self.log.size, &self.log_path));
        day == Some(self.seal.root.clone())
            && log == Some(self.log.root.clone())
            && fits(key, &text, &self.seal.signature)
            && self.log.is_signed(key)
    }
}

fn follow(leaf: &[u8], index: u64, size: u64, path: &[String]) -> Option<String> {
    let path: Vec<Hash> = path.iter().map(|step| parse_hash(step)).collect::<Option<_>>()?;
    merkle::root_of(merkle::leaf(leaf), index, size, &path).map(|root| hex(&root))
}

/// One entry of a journal, byte for byte, and the hash of the chain after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// From 1.
    pub seq: u64,
    /// The entry.
    pub body: String,
    /// The chain's hash, hex.
    pub head: String,
}

/// A journal as it leaves the house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// Kind of its aggregate.
    pub kind: String,
    /// Id of its aggregate.
    pub id: String,
    /// Its entries, the first first.
    pub entries: Vec<JournalEntry>,
    /// Where it stood at the last seal; none before the first.
    pub proof: Option<Inclusion>,
}

impl Journal {
    /// The number of the first entry that does not follow from the one before; none when all do.
    pub fn first_bad(&self) -> Option<u64> {
        let mut head = sha256(&[self.kind.as_bytes(), b":", self.id.as_bytes()]);
        for (seq, entry) in (1..).zip(&self.entries) {
            head = sha256(&[&head, entry.body.as_bytes()]);
            if entry.seq != seq || entry.head != hex(&head) {
                return Some(seq);
            }
        }
        None
    }

    /// Whether the proof is about this journal and holds; where there is none, there is nothing to doubt.
    pub fn is_proved(&self, key: &str) -> bool {
        let Some(proof) = &self.proof else { return true };
        let stood = self.entries.iter().any(|entry| entry.seq == proof.seq && entry.head == proof.head);
        stood && proof.kind == self.kind && proof.id == self.id && proof.holds(key)
    }
}
