//! RSA keys: signing and verifying (SHA-256, PKCS #1 v1.5) by `ring`, and encrypting a name for a channel (OAEP).

use crate::{base64, der};
use num_bigint::BigUint;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use std::fmt;
use yuanlu_domain::time::Instant;

/// Our signing key.
pub(crate) struct PrivateKey(KeyPair);

impl PrivateKey {
    /// Reads PKCS #8 or PKCS #1, as PEM or as bare base64.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (_, bytes) = der::blocks(text)?.into_iter().next()?;
        KeyPair::from_pkcs8(&bytes).or_else(|_| KeyPair::from_der(&bytes)).ok().map(Self)
    }

    /// The signature of these bytes, in base64. The same bytes give the same signature.
    pub(crate) fn sign(&self, bytes: &[u8]) -> String {
        let mut signature = vec![0; self.0.public().modulus_len()];
        // This padding draws nothing; the generator is there for others.
        let done = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature);
        done.expect("a key that was read signs, into as many bytes as it has");
        base64::encode(&signature)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

/// A key of the other side: verifies, and encrypts for it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// `RSAPublicKey`, DER.
    bytes: Vec<u8>,
    /// From a certificate: its serial number, and when it counts.
    pub(crate) certificate: Option<(String, Instant, Instant)>,
}

impl PublicKey {
    /// Reads a certificate, a `PUBLIC KEY` or an `RSA PUBLIC KEY`, as PEM; or one of the latter two as bare base64.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (label, bytes) = der::blocks(text)?.into_iter().next()?;
        if label.ends_with("CERTIFICATE") {
            let found = der::certificate(&bytes)?;
            let (from, until) = found.valid;
            return Some(Self { bytes: found.key, certificate: Some((found.serial, from, until)) }).filter(Self::fits);
        }
        let bytes = der::rsa_key_of(&bytes).or_else(|| der::rsa_numbers(&bytes).map(|_| bytes.clone()))?;
        Some(Self { bytes, certificate: None }).filter(Self::fits)
    }

    /// From 2048 to 8192 bits: what `ring` verifies with.
    fn fits(&self) -> bool {
        (256..=1024).contains(&self.length())
    }

    fn length(&self) -> usize {
        der::rsa_numbers(&self.bytes).map_or(0, |(modulus, _)| modulus.iter().skip_while(|b| **b == 0).count())
    }

    /// Whether a signature (base64) is this key's over these bytes.
    pub(crate) fn verify(&self, bytes: &[u8], signature: &str) -> bool {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.bytes);
        base64::decode(signature).is_some_and(|signature| key.verify(bytes, &signature).is_ok())
    }

    /// Encrypts with OAEP (SHA-1, MGF1 with SHA-1, no label), in base64; `None` when the text is too long for the key.
    /// `seed` must be unpredictable for anyone without our keys, and another one for every text.
    pub(crate) fn encrypt(&self, plain: &[u8], seed: &[u8; 20]) -> Option<String> {
        let (modulus, exponent) = der::rsa_numbers(&self.bytes)?;
        let length = self.length();
        let filling = length.checked_sub(2 * HASH + 2 + plain.len())?;
        let mut data = sha1(b"");
        data.resize(HASH + filling, 0);
        data.push(1);
        data.extend_from_slice(plain);
        mask(&mut data, seed);
        let mut hidden = seed.to_vec();
        mask(&mut hidden, &data);
        let message = BigUint::from_bytes_be(&[&[0][..], &hidden, &data].concat());
        let power = message.modpow(&BigUint::from_bytes_be(exponent), &BigUint::from_bytes_be(modulus));
        let power = power.to_bytes_be();
        let mut block = vec![0; length.checked_sub(power.len())?];
        block.extend_from_slice(&power);
        Some(base64::encode(&block))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

const HASH: usize = 20;

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

/// Covers bytes with the mask that MGF1 makes of a seed.
fn mask(bytes: &mut [u8], seed: &[u8]) {
    for (counter, block) in (0_u32..).zip(bytes.chunks_mut(HASH)) {
        let cover = sha1(&[seed, &counter.to_be_bytes()].concat());
        block.iter_mut().zip(cover).for_each(|(byte, cover)| *byte ^= cover);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use yuanlu_simulator::practice::{
        MERCHANT_KEY, PLATFORM_CERTIFICATE, PLATFORM_KEY, PLATFORM_PUBLIC, PLATFORM_SERIAL,
    };

    #[test]
    fn keys_are_read_in_every_form() {
        let key = PrivateKey::read(PLATFORM_KEY).unwrap();
        let bare: String = PLATFORM_KEY.lines().filter(|line| !line.starts_with('-')).collect();
        let signature = key.sign(b"text");
        assert_eq!(PrivateKey::read(&bare).unwrap().sign(b"text"), signature);
        let by_key = PublicKey::read(PLATFORM_PUBLIC).unwrap();
        let by_certificate = PublicKey::read(PLATFORM_CERTIFICATE).unwrap();
        let (serial, from, until) = by_certificate.certificate.clone().unwrap();
        assert_eq!(serial, PLATFORM_SERIAL);
        assert!(from < until);
        for public in [by_key, by_certificate] {
            assert!(public.verify(b"text", &signature));
            assert!(!public.verify(b"test", &signature));
            assert!(!public.verify(b"text", &PrivateKey::read(MERCHANT_KEY).unwrap().sign(b"text")));
        }
        assert!(PrivateKey::read(PLATFORM_PUBLIC).is_none() && PublicKey::read(PLATFORM_KEY).is_none());
    }

    #[test]
    fn the_same_text_is_hidden_differently_under_another_seed() {
        let key = PublicKey::read(PLATFORM_PUBLIC).unwrap();
        let sealed = key.encrypt("张三".as_bytes(), &[1; 20]).unwrap();
        assert_eq!(sealed.len(), 344);
        assert_ne!(key.encrypt("张三".as_bytes(), &[2; 20]).unwrap(), sealed);
        assert!(key.encrypt(&[0; 214], &[1; 20]).is_some() && key.encrypt(&[0; 215], &[1; 20]).is_none());
    }

    proptest! {
        #[test]
        fn noise_is_no_key(bytes: Vec<u8>, text: String) {
            prop_assert!(PublicKey::read(&base64::encode(&bytes)).is_none());
            prop_assert!(PrivateKey::read(&text).is_none());
            let begun = format!("-----BEGIN CERTIFICATE-----\n{text}");
            prop_assert!(PublicKey::read(&begun).is_none());
        }

        /// A certificate that was cut or changed is read or not, and nothing breaks.
        #[test]
        fn a_broken_certificate_breaks_nothing(place: prop::sample::Index, to: u8, keep: prop::sample::Index) {
            let (_, mut bytes) = der::blocks(PLATFORM_CERTIFICATE).unwrap().remove(0);
            prop_assert!(der::certificate(&bytes[..keep.index(bytes.len())]).is_none());
            let place = place.index(bytes.len());
            bytes[place] = to;
            let _ = der::certificate(&bytes);
        }
    }
}
