//! X.509 certificates: the numbers channels know them by, and who signed whom.

use crate::der::{self, BIT_STRING, INTEGER, Object, SEQUENCE, VERSION, object, take};
use num_bigint::BigUint;
use ring::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use yuanlu_domain::time::Instant;

const OID: u8 = 0x06;
const SET: u8 = 0x31;
/// Where the identifiers of RSA signatures begin.
const RSA_FAMILY: &str = "1.2.840.113549.1.1.";
const RSA_WITH_SHA1: &str = "1.2.840.113549.1.1.5";
const RSA_WITH_SHA256: &str = "1.2.840.113549.1.1.11";

/// A certificate, taken apart. Its key need not be an RSA key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// Serial number, decimal.
    pub(crate) serial: String,
    /// Who signed it: `CN=…,OU=…,O=…,C=…`, the most special first.
    pub(crate) issuer: String,
    /// The common name of whom it is about; empty where it has none.
    pub(crate) common_name: String,
    /// First and last instant at which it counts.
    pub(crate) valid: (Instant, Instant),
    /// Its `RSAPublicKey`, if it is one.
    pub(crate) key: Option<Vec<u8>>,
    algorithm: String,
    signed: Vec<u8>,
    signature: Vec<u8>,
    issuer_bytes: Vec<u8>,
    subject_bytes: Vec<u8>,
}

impl Certificate {
    /// Every certificate of a PEM text, in order; `None` when one cannot be read or there is none.
    pub(crate) fn all(text: &str) -> Option<Vec<Self>> {
        let blocks = der::blocks(text)?.into_iter().filter(|(label, _)| label.is_empty() || label == "CERTIFICATE");
        let read: Option<Vec<_>> = blocks.map(|(_, bytes)| Self::read(&bytes)).collect();
        read.filter(|all| !all.is_empty())
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut outer = object(bytes).filter(|o| o.tag == SEQUENCE && o.rest.is_empty())?.content;
        let signed = take(&mut outer, SEQUENCE)?;
        let algorithm = oid(take(&mut take(&mut outer, SEQUENCE)?.content, OID)?.content);
        let signature = take(&mut outer, BIT_STRING)?.content.strip_prefix(&[0])?.to_vec();
        let mut body = signed.content;
        take(&mut body, VERSION)?;
        let serial = BigUint::from_bytes_be(take(&mut body, INTEGER)?.content);
        take(&mut body, SEQUENCE)?; // algorithm, again
        let issuer = take(&mut body, SEQUENCE)?;
        let valid = der::validity(take(&mut body, SEQUENCE)?.content)?;
        let subject = take(&mut body, SEQUENCE)?;
        let key = der::rsa_key_of(take(&mut body, SEQUENCE)?.whole);
        let mut names = names(&issuer)?;
        names.reverse();
        let issuer_text: Vec<_> = names.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let common_name = self::names(&subject)?.into_iter().find(|(name, _)| name == "CN");
        Some(Self {
            serial: serial.to_string(),
            issuer: issuer_text.join(","),
            common_name: common_name.map(|(_, value)| value).unwrap_or_default(),
            valid,
            key,
            algorithm,
            signed: signed.whole.to_vec(),
            signature,
            issuer_bytes: issuer.whole.to_vec(),
            subject_bytes: subject.whole.to_vec(),
        })
    }

    /// Signed with RSA.
    pub(crate) fn signed_with_rsa(&self) -> bool {
        self.algorithm.starts_with(RSA_FAMILY)
    }

    /// Whether it counts at this time.
    pub(crate) fn counts(&self, now: Instant) -> bool {
        (self.valid.0..=self.valid.1).contains(&now)
    }

    /// Whether the owner of another certificate signed this one.
    pub(crate) fn signed_by(&self, issuer: &Self) -> bool {
        let parameters: &'static RsaParameters = match self.algorithm.as_str() {
            RSA_WITH_SHA256 => &RSA_PKCS1_2048_8192_SHA256,
            RSA_WITH_SHA1 => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
            _ => return false,
        };
        let Some(key) = &issuer.key else { return false };
        self.issuer_bytes == issuer.subject_bytes
            && UnparsedPublicKey::new(parameters, key).verify(&self.signed, &self.signature).is_ok()
    }
}

/// The names of a distinguished name, in the order they are written.
fn names(name: &Object<'_>) -> Option<Vec<(String, String)>> {
    let mut rest = name.content;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let mut set = take(&mut rest, SET)?.content;
        while !set.is_empty() {
            let mut pair = take(&mut set, SEQUENCE)?.content;
            let kind = oid(take(&mut pair, OID)?.content);
            let value = String::from_utf8(object(pair)?.content.to_vec()).ok()?;
            found.push((short_name(kind), value));
        }
    }
    Some(found)
}

fn short_name(oid: String) -> String {
    let short = match oid.as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "1.2.840.113549.1.9.1" => "E",
        _ => return oid,
    };
    short.to_owned()
}

/// An object identifier in dots.
fn oid(bytes: &[u8]) -> String {
    let mut numbers: Vec<u64> = Vec::new();
    let mut number = 0_u64;
    for byte in bytes {
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                let first = (number / 40).min(2);
                numbers.push(first);
                number -= first * 40;
            }
            numbers.push(number);
            number = 0;
        }
    }
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}
