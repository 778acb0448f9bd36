//! Requests of an S3-compatible store, signed by AWS Signature Version 4. No IO: a request is a value, time an argument.

use crate::{Secret, to_hex};
use ring::digest::{SHA256, digest};
use ring::hmac;
use std::fmt::Write;

/// A bucket and who we are to it. Objects are addressed by path, as every compatible store understands.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Scheme and host with port, without a slash at the end: `https://s3.example.com`.
    pub endpoint: String,
    /// Region of the signature: `us-east-1` where the store does not say.
    pub region: String,
    /// Name of the bucket.
    pub name: String,
    /// What stands before every object's name; may be empty.
    pub prefix: String,
    /// Key id.
    pub key_id: String,
    /// Its secret.
    pub secret: Secret<String>,
}

/// A signed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Request {
    /// Method.
    pub method: &'static str,
    /// Whole address.
    pub url: String,
    /// Headers, the signature among them; `host` is left to the client.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Bucket {
    /// The request for one object. `at` is seconds since 1970 UTC.
    pub fn request(&self, method: &'static str, object: &str, body: Vec<u8>, at: i64) -> S3Request {
        let path = format!("/{}/{}{}", escaped(&self.name), escaped(&self.prefix), escaped(object));
        let hash = to_hex(digest(&SHA256, &body).as_ref());
        let headers = self.sign(method, &path, &[], &hash, &stamp(at));
        S3Request { method, url: format!("{}{path}", self.endpoint), headers, body }
    }

    fn sign(
        &self,
        method: &str,
        path: &str,
        more: &[(&'static str, &str)],
        hash: &str,
        stamp: &str,
    ) -> Vec<(&'static str, String)> {
        let host = self.endpoint.split_once("://").map_or(self.endpoint.as_str(), |(_, host)| host);
        let mut signed = vec![("host", host), ("x-amz-content-sha256", hash), ("x-amz-date", stamp)];
        signed.extend(more);
        signed.sort_unstable();
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = signed.iter().fold(String::new(), |mut lines, (name, value)| {
            let _ = writeln!(lines, "{name}:{value}");
            lines
        });
        let canonical = format!("{method}\n{path}\n\n{lines}\n{names}\n{hash}");
        let (day, region) = (&stamp[..8], &self.region);
        let scope = format!("{day}/{region}/s3/aws4_request");
        let hashed = to_hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}");
        let key = [day, region, "s3", "aws4_request"]
            .iter()
            .fold(format!("AWS4{}", self.secret.expose()).into_bytes(), |key, part| mac(&key, part));
        let signature = to_hex(&mac(&key, &text));
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}", self.key_id);
        vec![
            ("authorization", authorization),
            ("x-amz-content-sha256", hash.to_owned()),
            ("x-amz-date", stamp.to_owned()),
        ]
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// A path as it is signed: everything but unreserved characters and slashes by its bytes.
fn escaped(path: &str) -> String {
    path.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

/// `20130524T000000Z`. Days are counted in eras of 400 years that begin in March.
fn stamp(at: i64) -> String {
    let (days, second) = (at.div_euclid(86_400), at.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the signature's own description: reading `test.txt` of `examplebucket`.
    #[test]
    fn the_published_example_is_signed_alike() {
        let bucket = Bucket {
            endpoint: "https://examplebucket.s3.amazonaws.com".to_owned(),
            region: "us-east-1".to_owned(),
            name: String::new(),
            prefix: String::new(),
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        };
        let empty = to_hex(digest(&SHA256, b"").as_ref());
        let headers = bucket.sign("GET", "/test.txt", &[("range", "bytes=0-9")], &empty, &stamp(1_369_353_600));
        assert_eq!(
            headers[0].1,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
             SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
             Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (at, text) in [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"),
            (1_798_761_599, "20261231T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
        ] {
            assert_eq!(stamp(at), text);
        }
    }

    #[test]
    fn objects_stand_in_the_path_and_the_secret_nowhere() {
        let bucket = Bucket {
            endpoint: "http://127.0.0.1:9000".to_owned(),
            region: "us-east-1".to_owned(),
            name: "evidence".to_owned(),
            prefix: "yuanlu/".to_owned(),
            key_id: "id".to_owned(),
            secret: "hidden secret".into(),
        };
        let request = bucket.request("PUT", "ab cd", b"x".to_vec(), 0);
        assert_eq!((request.method, request.url.as_str()), ("PUT", "http://127.0.0.1:9000/evidence/yuanlu/ab%20cd"));
        assert!(!format!("{request:?}{bucket:?}").contains("hidden"));
    }
}
