//! RSA as this side reads and writes it: SHA-256 with PKCS #1 v1.5 padding, and opening what was encrypted with OAEP.
//! Written for practice: it takes every key apart by its numbers and trusts whatever it is given.

use num_bigint::BigUint;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    let bit = |i: usize| bytes.get(i / 8).map_or(0, |b| usize::from(b >> (7 - i % 8) & 1));
    let digits = (0..(bytes.len() * 8).div_ceil(6)).map(|d| (0..6).fold(0, |n, i| n << 1 | bit(d * 6 + i)));
    let mut text: String = digits.map(|n| char::from(ALPHABET[n])).collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for b in text.trim_end_matches('=').bytes() {
        held = held << 6 | u32::try_from(ALPHABET.iter().position(|digit| *digit == b)?).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 255).ok()?);
        }
    }
    Some(bytes)
}

/// The bytes of the first PEM block; of the whole text where there is no armour.
pub(crate) fn unarmoured(text: &str) -> Option<Vec<u8>> {
    let lines =
        text.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN") && text.contains("-----"));
    let body = lines.skip_while(|line| line.starts_with("-----")).take_while(|line| !line.starts_with("-----"));
    from_base64(&body.collect::<String>())
}

/// Every integer of a structure, however deep, in order.
fn integers(der: &[u8], found: &mut Vec<Vec<u8>>) -> Option<()> {
    let mut rest = der;
    while let [tag, first, tail @ ..] = rest {
        let (length, tail) = match *first {
            short if short < 128 => (usize::from(short), tail),
            long => {
                let count = usize::from(long - 128);
                let digits = tail.get(..count).filter(|_| count <= 4)?;
                (digits.iter().fold(0, |n, b| n * 256 + usize::from(*b)), &tail[count..])
            }
        };
        let content = tail.get(..length)?;
        match tag {
            0x02 => found.push(content.iter().copied().skip_while(|b| *b == 0).collect()),
            0x30 | 0xa0 => integers(content, found)?,
            // A key may be inside, or anything else.
            0x03 | 0x04 => {
                let mut inside = Vec::new();
                let content = content.strip_prefix(&[0]).unwrap_or(content);
                if integers(content, &mut inside).is_some() {
                    found.extend(inside);
                }
            }
            _ => {}
        }
        rest = &tail[length..];
    }
    rest.is_empty().then_some(())
}

/// The big integers of a key or a certificate and what follows: modulus, exponent, private exponent, …
fn numbers(text: &str) -> Option<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    integers(&unarmoured(text)?, &mut all)?;
    let modulus = all.iter().position(|n| n.len() >= 256)?;
    Some(all.split_off(modulus))
}

/// Somebody's public key: of a private key, a public key or a certificate.
pub(crate) struct Verifier(PublicKeyComponents<Vec<u8>>);

impl Verifier {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut numbers = numbers(text)?.into_iter();
        Some(Self(PublicKeyComponents { n: numbers.next()?, e: numbers.next()? }))
    }

    pub(crate) fn trusts(&self, bytes: &[u8], signature: &str) -> bool {
        let signature = from_base64(signature).unwrap_or_default();
        self.0.verify(&RSA_PKCS1_2048_8192_SHA256, bytes, &signature).is_ok()
    }
}

/// A private key.
pub(crate) struct Signer {
    pair: KeyPair,
    modulus: BigUint,
    private: BigUint,
}

impl Signer {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let numbers = numbers(text)?;
        let bytes = unarmoured(text)?;
        Some(Self {
            pair: KeyPair::from_pkcs8(&bytes).or_else(|_| KeyPair::from_der(&bytes)).ok()?,
            modulus: BigUint::from_bytes_be(&numbers[0]),
            private: BigUint::from_bytes_be(numbers.get(2)?),
        })
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> String {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature);
        signed.map(|()| to_base64(&signature)).unwrap_or_default()
    }

    /// Opens what was encrypted for this key (OAEP with SHA-1).
    pub(crate) fn open(&self, sealed: &str) -> Option<String> {
        let length = self.pair.public().modulus_len();
        let sealed = from_base64(sealed).filter(|sealed| sealed.len() == length)?;
        let power = BigUint::from_bytes_be(&sealed).modpow(&self.private, &self.modulus).to_bytes_be();
        // The first byte is zero, so it is not there.
        let block = (power.len() == length - 1).then_some(power)?;
        let (seed, data) = block.split_at(20);
        let seed: Vec<u8> = seed.iter().zip(covering(data, 20)).map(|(b, c)| b ^ c).collect();
        let data: Vec<u8> = data.iter().zip(covering(&seed, data.len())).map(|(b, c)| b ^ c).collect();
        let rest = data.strip_prefix(digest(&SHA1_FOR_LEGACY_USE_ONLY, b"").as_ref())?;
        let begin = rest.iter().position(|b| *b != 0).filter(|at| rest[*at] == 1)?;
        String::from_utf8(rest[begin + 1..].to_vec()).ok()
    }
}

fn covering(seed: &[u8], length: usize) -> Vec<u8> {
    let block = |n: u32| digest(&SHA1_FOR_LEGACY_USE_ONLY, &[seed, &n.to_be_bytes()].concat()).as_ref().to_vec();
    (0..).flat_map(block).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice;

    #[test]
    fn keys_are_found_wherever_they_are_written() {
        let signer = Signer::read(practice::PLATFORM_KEY).unwrap();
        let signature = signer.sign(b"hello");
        for text in [practice::PLATFORM_KEY, practice::PLATFORM_PUBLIC, practice::PLATFORM_CERTIFICATE] {
            assert!(Verifier::read(text).unwrap().trusts(b"hello", &signature));
        }
        assert!(!Verifier::read(practice::MERCHANT_PUBLIC).unwrap().trusts(b"hello", &signature));
        assert!(Verifier::read("nothing").is_none());
        assert_eq!(from_base64(&to_base64(b"any carnal pleas")).as_deref(), Some(&b"any carnal pleas"[..]));
    }
}
