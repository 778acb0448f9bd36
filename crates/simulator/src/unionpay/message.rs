//! Messages: what is signed, and how a reply is written.

use super::{Fields, Said, UnionPaySimulator, get};
use crate::clock;
use crate::rsa::Signer;
use http::Response;
use ring::digest::{SHA256, digest};

/// What is signed: the digest, in lower-case hexadecimal, of all fields but the signature.
fn digest_of(fields: &Fields) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if name != "signature" {
            text += &format!("{}{name}={value}", if text.is_empty() { "" } else { "&" });
        }
    }
    digest(&SHA256, text.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// Reads `20261122100000`, Beijing time.
pub(super) fn time(text: &str) -> Option<i64> {
    let part = |from: usize, to: usize| text.get(from..to).filter(|p| p.bytes().all(|b| b.is_ascii_digit()));
    clock::from_rfc3339(&format!(
        "{}-{}-{}T{}:{}:{}+08:00",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    ))
}

impl UnionPaySimulator {
    pub(super) fn trusts(&self, given: &Fields) -> bool {
        get(given, "version") == "5.1.0"
            && get(given, "signMethod") == "01"
            && get(given, "merId") == self.setup.merchant_id
            && get(given, "certId") == self.setup.merchant_serial
            && self.merchant.trusts(digest_of(given).as_bytes(), get(given, "signature"))
    }

    /// Fields with certificate and signature.
    pub(super) fn sealed(&self, mut fields: Fields, by_stranger: bool) -> Fields {
        let (signer, certificate): (&Signer, _) = match by_stranger {
            true => (&self.stranger, &self.setup.stranger_certificate),
            false => (&self.own, &self.setup.platform_certificate),
        };
        fields.insert("version".into(), "5.1.0".into());
        fields.insert("signMethod".into(), "01".into());
        fields.insert("merId".into(), self.setup.merchant_id.clone());
        fields.insert("signPubKeyCert".into(), certificate.trim_end().replace('\n', "\r\n"));
        let signature = signer.sign(digest_of(&fields).as_bytes());
        fields.insert("signature".into(), signature);
        fields
    }

    /// A reply: what was asked, the code, and more. Values are not escaped.
    pub(super) fn say<const N: usize>(
        &self,
        given: &Fields,
        said: &Said,
        more: [(&str, String); N],
    ) -> Response<Vec<u8>> {
        let echoed = ["txnType", "txnSubType", "bizType", "orderId", "txnTime", "txnAmt", "reqReserved", "origQryId"];
        let mut fields: Fields =
            echoed.iter().filter_map(|name| Some(((*name).to_owned(), given.get(*name)?.clone()))).collect();
        fields.insert("respCode".into(), said.0.into());
        fields.insert("respMsg".into(), said.1.into());
        fields.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
        fields.retain(|_, value| !value.is_empty());
        let pairs: Vec<_> = self.sealed(fields, false).iter().map(|(name, value)| format!("{name}={value}")).collect();
        Response::new(pairs.join("&").into_bytes())
    }
}
