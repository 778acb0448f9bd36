//! A stamp: JSON that was signed field by field, so that a change can be named.
//!
//! The digests of the fields are what is signed; a field that no longer fits its digest is the one that was changed.

use crate::canonical;
use crate::finding::Report;
use crate::hash::{hex, sha256_hex, unhex};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What signs: takes bytes, answers an Ed25519 signature.
pub trait Sign {
    /// The public key.
    fn public_key(&self) -> Vec<u8>;
    /// A signature over these bytes.
    fn sign(&self, bytes: &[u8]) -> Vec<u8>;
}

impl Sign for ring::signature::Ed25519KeyPair {
    fn public_key(&self) -> Vec<u8> {
        ring::signature::KeyPair::public_key(self).as_ref().to_vec()
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.sign(bytes).as_ref().to_vec()
    }
}

/// Whether `signature` (hex) over `text` was made with `key` (hex).
pub fn fits(key: &str, text: &str, signature: &str) -> bool {
    match (unhex(key), unhex(signature)) {
        (Some(key), Some(signature)) => {
            UnparsedPublicKey::new(&ED25519, key).verify(text.as_bytes(), &signature).is_ok()
        }
        _ => false,
    }
}

/// The digests, key and signature that stand beside a signed object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// SHA-256 (hex) of the canonical spelling of each field.
    pub digests: BTreeMap<String, String>,
    /// The public key, hex.
    pub key: String,
    /// Over the canonical text of name, version and digests, hex.
    pub signature: String,
}

/// What is signed: a line that says what it is, and the digests.
fn signed_text(what: &str, digests: &BTreeMap<String, String>) -> String {
    let lines: String = digests.iter().map(|(name, digest)| format!("{name} {digest}\n")).collect();
    format!("yuanlu {what}\n{lines}")
}

fn digests(fields: &Map<String, Value>) -> Result<BTreeMap<String, String>, canonical::Unfit> {
    let each = fields.iter().map(|(name, value)| Ok((name.clone(), sha256_hex(canonical::text(value)?.as_bytes()))));
    each.collect()
}

/// Signs an object as `what`.
pub fn stamp(what: &str, fields: &Map<String, Value>, by: &impl Sign) -> Result<Stamp, canonical::Unfit> {
    let digests = digests(fields)?;
    let signature = hex(&by.sign(signed_text(what, &digests).as_bytes()));
    Ok(Stamp { digests, key: hex(&by.public_key()), signature })
}

impl Stamp {
    /// Notes what does not fit: the signature, or the fields that were changed, taken away or added. `trusted` is the
    /// platform's key, where it is known from elsewhere.
    pub fn check(&self, what: &str, fields: &Map<String, Value>, trusted: Option<&str>, report: &mut Report) {
        report.key = Some(self.key.clone());
        if trusted.is_some_and(|key| key != self.key) {
            report.find("foreign_key", what);
        }
        if !fits(&self.key, &signed_text(what, &self.digests), &self.signature) {
            report.find("signature", what);
        }
        let Ok(found) = digests(fields) else { return report.find("unreadable", what) };
        let names: BTreeSet<&String> = self.digests.keys().chain(found.keys()).collect();
        for name in names {
            match (self.digests.get(name), found.get(name)) {
                (Some(signed), Some(found)) if signed == found => {}
                (Some(_), Some(_)) => report.find("changed", format!("{what}.{name}")),
                (Some(_), None) => report.find("missing", format!("{what}.{name}")),
                (None, _) => report.find("unlisted", format!("{what}.{name}")),
            }
        }
    }
}
