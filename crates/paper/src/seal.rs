//! The published log: one seal a day over the ends of the journals that changed, and the signed heads of the log of seals.

use crate::finding::Report;
use crate::hash::{hex, parse_hash, sha256_hex};
use crate::merkle;
use crate::stamp::fits;
use serde::{Deserialize, Serialize};

/// A seal, as published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// From 1.
    pub n: u64,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// How many journals it covers.
    pub size: u64,
    /// Merkle root over their ends, hex.
    pub root: String,
    /// SHA-256 (hex) of the text of the seal before; empty for the first.
    pub before: String,
    /// Over [`Seal::text`], hex.
    pub signature: String,
}

impl Seal {
    /// The signed text, which is also its leaf in the log.
    pub fn text(&self) -> String {
        format!("yuanlu seal\n{}\n{}\n{}\n{}\n{}\n", self.n, self.at, self.size, self.root, self.before)
    }
}

/// A signed head of the log of seals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// How many seals it covers.
    pub size: u64,
    /// Merkle root over their texts, hex.
    pub root: String,
    /// Over [`LogHead::text`], hex.
    pub signature: String,
}

impl LogHead {
    /// The signed text.
    pub fn text(&self) -> String {
        format!("yuanlu log\n{}\n{}\n", self.size, self.root)
    }

    /// Whether it was signed with this key (hex).
    pub fn is_signed(&self, key: &str) -> bool {
        fits(key, &self.text(), &self.signature)
    }
}

/// The log of a platform: what its transparency page offers to be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// The platform's public key, hex.
    pub key: String,
    /// Its newest head; none before the first seal.
    pub head: Option<LogHead>,
    /// Every seal, the first first.
    pub seals: Vec<Seal>,
}

impl Log {
    /// Notes the first seal that does not belong where it stands, and whether the head fits. `kept` is a log that somebody
    /// kept from before: what it holds must stand in this one too.
    pub fn check(&self, kept: Option<&Self>, report: &mut Report) {
        report.key = Some(self.key.clone());
        let mut before = String::new();
        for (n, seal) in (1..).zip(&self.seals) {
            let text = seal.text();
            if seal.n != n || seal.before != before {
                return report.find("chain", format!("seal {n}"));
            }
            if !fits(&self.key, &text, &seal.signature) {
                return report.find("signature", format!("seal {n}"));
            }
            before = sha256_hex(text.as_bytes());
            report.entries += 1;
        }
        let texts: Vec<String> = self.seals.iter().map(Seal::text).collect();
        match &self.head {
            Some(head) if !head.is_signed(&self.key) => report.find("signature", "head"),
            Some(head) if usize::try_from(head.size) != Ok(texts.len()) || head.root != root(&texts) => {
                report.find("proof", "head");
            }
            Some(_) => {}
            None if texts.is_empty() => {}
            None => report.find("missing", "head"),
        }
        if let Some(kept) = kept {
            if kept.key != self.key {
                report.find("foreign_key", "log");
            }
            if let Some(n) =
                (1..).zip(&kept.seals).find(|(n, seal)| self.seals.get(*n - 1) != Some(seal)).map(|(n, _)| n)
            {
                report.find("changed", format!("seal {n}"));
            }
        }
    }
}

/// The root over these texts, hex: the whole tree, for those who have it.
pub fn root(texts: &[String]) -> String {
    fn of(hashes: &[crate::hash::Hash]) -> crate::hash::Hash {
        match hashes {
            [] => crate::hash::sha256(&[]),
            [one] => *one,
            _ => {
                let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
                crate::hash::sha256(&[&[1], &of(left), &of(right)])
            }
        }
    }
    let hashes: Vec<_> = texts.iter().map(|text| merkle::leaf(text.as_bytes())).collect();
    hex(&of(&hashes))
}

/// That a newer head of the log only adds to an older one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consistency {
    /// The older head.
    pub old: LogHead,
    /// The newer head.
    pub new: LogHead,
    /// The proof, hex.
    pub path: Vec<String>,
}

impl Consistency {
    /// Whether it holds, for heads signed with this key (hex).
    pub fn holds(&self, key: &str) -> bool {
        let path: Option<Vec<_>> = self.path.iter().map(|step| parse_hash(step)).collect();
        let roots = parse_hash(&self.old.root).zip(parse_hash(&self.new.root));
        match (path, roots) {
            (Some(path), Some((old, new))) => {
                self.old.is_signed(key)
                    && self.new.is_signed(key)
                    && merkle::is_consistent(self.old.size, old, self.new.size, new, &path)
            }
            _ => false,
        }
    }
}
