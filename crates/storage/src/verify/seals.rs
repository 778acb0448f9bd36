//! Seals against the journals they cover.

use super::Report;
use crate::db::Read;
use crate::error::Result;
use crate::{journal, seal};
use ring::signature::{ED25519, UnparsedPublicKey};

pub(super) fn check(db: &impl Read, key: Option<&[u8]>, report: &mut Report) -> Result<()> {
    let mut before = String::new();
    for (n, sealed) in (1..).zip(seal::list(db)?) {
        report.seals += 1;
        let place = format!("seal {}", sealed.n);
        if sealed.n != n || sealed.before != before {
            report.differ("seal", &place, "does not follow the one before");
        }
        before = sealed.hash();
        let leaves = seal::leaves(db, sealed.n)?;
        if i64::try_from(leaves.len()) != Ok(sealed.size) || seal::root_of(&leaves) != sealed.root {
            report.differ("seal", &place, "its root is not that of its leaves");
        }
        for leaf in leaves {
            if journal::find_head(db, leaf.kind, &leaf.aggregate_id, leaf.seq)?.as_ref() != Some(&leaf.head) {
                report.differ("seal", &place, format!("{} was rewritten after it was sealed", leaf.text()));
            }
        }
        if let Some(key) = key {
            let signature = unhex(&sealed.signature);
            let public = UnparsedPublicKey::new(&ED25519, key);
            if signature.is_none_or(|bytes| public.verify(sealed.text().as_bytes(), &bytes).is_err()) {
                report.differ("seal", &place, "its signature is wrong");
            }
        }
    }
    Ok(())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
