//! The platform certificates that WeChat signs with just now: fetched by an operator who changes over, and by whoever
//! wants to know whether keys and settings work without moving money.

use super::WechatChannel;
use super::sign::pem;
use crate::wire::code;
use crate::{Impossible, Reply, der};
use http::Request;
use serde::Deserialize;
use yuanlu_domain::time::Instant;

/// A certificate of WeChat's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformCertificate {
    /// Its serial number.
    pub serial: String,
    /// First and last instant at which it counts.
    pub valid: (Instant, Instant),
    /// For the setting `platform_certificates`.
    pub pem: String,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    encrypt_certificate: Sealed,
}

#[derive(Deserialize)]
struct Sealed {
    ciphertext: String,
    nonce: String,
    #[serde(default)]
    associated_data: String,
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
}

impl WechatChannel {
    /// Asks for the certificates that count now.
    ///
    /// # Errors
    /// Never with settings that were checked.
    pub fn certificates_request(&self, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        self.get("/v3/certificates", now)
    }

    /// The certificates in an answer. They may be the ones that signed it, so what proves them is that they were
    /// encrypted with our APIv3 key.
    ///
    /// # Errors
    /// WeChat's code, or what was seen: `not_for_us` says that the APIv3 key is another.
    pub fn certificates(&self, reply: &Reply) -> Result<Vec<PlatformCertificate>, String> {
        let bytes = match reply {
            Reply::Http { status: 200, body, .. } => body,
            Reply::Http { status, body, .. } => {
                let said = serde_json::from_slice::<ErrorBody>(body);
                return Err(said.map_or(format!("http_{status}"), |error| code(&error.code)));
            }
            Reply::TimedOut => return Err("timed_out".to_owned()),
            Reply::ConnectionLost => return Err("connection_lost".to_owned()),
            Reply::NotSent => return Err("not_sent".to_owned()),
        };
        let list: List = serde_json::from_slice(bytes).map_err(|_| "unreadable")?;
        let each = list.data.into_iter().map(|item| {
            let sealed = item.encrypt_certificate;
            let plain = self.keys.open(&sealed.ciphertext, &sealed.nonce, &sealed.associated_data);
            let text = String::from_utf8(plain.ok_or("not_for_us")?).map_err(|_| "unreadable")?;
            let (_, bytes) = der::blocks(&text).and_then(|all| all.into_iter().next()).ok_or("unreadable")?;
            let read = der::certificate(&bytes).ok_or("unreadable")?;
            Ok(PlatformCertificate { serial: read.serial, valid: read.valid, pem: pem("CERTIFICATE", &bytes) })
        });
        each.collect::<Result<_, &str>>().map_err(str::to_owned)
    }
}
