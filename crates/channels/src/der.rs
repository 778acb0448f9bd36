//! As much of PEM, DER and X.509 as reading a public key needs. Nothing here decides whom to trust.

use crate::base64;
use yuanlu_domain::time::Instant;

/// An object of DER: its tag, what is in it, the whole of it, and what follows.
pub(crate) struct Object<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
    pub(crate) rest: &'a [u8],
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const VERSION: u8 = 0xa0;

/// The object at the front.
pub(crate) fn object(bytes: &[u8]) -> Option<Object<'_>> {
    let [tag, first, tail @ ..] = bytes else { return None };
    let (length, tail) = match usize::from(*first) {
        short @ ..=0x7f => (short, tail),
        long @ 0x81..=0x84 => {
            let (digits, tail) = tail.split_at_checked(long - 0x80)?;
            (digits.iter().fold(0, |n, b| n << 8 | usize::from(*b)), tail)
        }
        _ => return None,
    };
    let (content, rest) = tail.split_at_checked(length)?;
    Some(Object { tag: *tag, content, whole: &bytes[..bytes.len() - rest.len()], rest })
}

/// Takes the object with this tag off the front.
pub(crate) fn take<'a>(bytes: &mut &'a [u8], tag: u8) -> Option<Object<'a>> {
    let found = object(bytes).filter(|found| found.tag == tag)?;
    *bytes = found.rest;
    Some(found)
}

/// The armoured blocks of a PEM text: label and bytes. Text without armour is taken for one block without a label,
/// for keys are often handed out like that.
pub(crate) fn blocks(text: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let joined = |lines: &str| lines.split_whitespace().collect::<String>();
    if !text.contains("-----") {
        return Some(vec![(String::new(), base64::decode(&joined(text))?)]);
    }
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        let (label, body) = begun.split_once("-----")?;
        let (body, after) = body.split_once(&format!("-----END {label}-----"))?;
        found.push((label.to_owned(), base64::decode(&joined(body))?));
        rest = after;
    }
    Some(found)
}

/// Modulus and exponent of an `RSAPublicKey`.
pub(crate) fn rsa_numbers(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = object(key).filter(|o| o.tag == SEQUENCE && o.rest.is_empty())?.content;
    let modulus = take(&mut fields, INTEGER)?.content;
    let exponent = take(&mut fields, INTEGER)?.content;
    fields.is_empty().then_some((modulus, exponent))
}

/// The `RSAPublicKey` inside a `SubjectPublicKeyInfo`.
pub(crate) fn rsa_key_of(info: &[u8]) -> Option<Vec<u8>> {
    let mut fields = object(info).filter(|o| o.tag == SEQUENCE && o.rest.is_empty())?.content;
    take(&mut fields, SEQUENCE)?;
    let key = take(&mut fields, BIT_STRING)?.content.strip_prefix(&[0])?;
    rsa_numbers(key).map(|_| key.to_vec())
}

/// What is wanted of a certificate.
pub(crate) struct Certificate {
    /// Serial number, upper-case hexadecimal without leading zeros.
    pub(crate) serial: String,
    /// First and last instant at which it counts.
    pub(crate) valid: (Instant, Instant),
    /// Its `RSAPublicKey`.
    pub(crate) key: Vec<u8>,
}

/// Reads an X.509 certificate of an RSA key. Its own signature is not looked at: who configures it trusts it.
pub(crate) fn certificate(bytes: &[u8]) -> Option<Certificate> {
    let outer = object(bytes).filter(|o| o.tag == SEQUENCE && o.rest.is_empty())?;
    let mut body = object(outer.content).filter(|o| o.tag == SEQUENCE)?.content;
    take(&mut body, VERSION)?;
    let serial = take(&mut body, INTEGER)?.content;
    take(&mut body, SEQUENCE)?; // algorithm
    take(&mut body, SEQUENCE)?; // issuer
    let valid = validity(take(&mut body, SEQUENCE)?.content)?;
    take(&mut body, SEQUENCE)?; // subject
    let key = rsa_key_of(take(&mut body, SEQUENCE)?.whole)?;
    Some(Certificate { serial: serial_text(&crate::wire::hex(serial)), valid, key })
}

/// First and last instant of a `Validity`.
pub(crate) fn validity(mut content: &[u8]) -> Option<(Instant, Instant)> {
    let mut next = || {
        let time = object(content)?;
        content = time.rest;
        instant(time.tag, time.content)
    };
    Some((next()?, next()?))
}

/// A serial number as it is compared: upper case, no leading zeros.
pub(crate) fn serial_text(hex: &str) -> String {
    hex.trim_start_matches('0').to_ascii_uppercase()
}

fn instant(tag: u8, text: &[u8]) -> Option<Instant> {
    let text = std::str::from_utf8(text).ok()?;
    let full = match tag {
        // Two digits of the year: 50 and above are of the last century (RFC 5280).
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let digits = full.strip_suffix('Z').filter(|d| d.len() == 14 && d.bytes().all(|b| b.is_ascii_digit()))?;
    let part = |from: usize| &digits[from..from + 2];
    let written = format!("{}-{}-{} {}:{}:{}", &digits[..4], part(4), part(6), part(8), part(10), part(12));
    // Written in UTC, read as Shanghai: eight hours ahead.
    Instant::parse_shanghai(&written).map(|read| read.plus_seconds(8 * 3600))
}
