//! Short messages by two providers. Neither takes free text: a message is a template approved there and its values.

pub mod aliyun;
pub mod tencent;

use crate::{Outcome, Phone, Secret};
use http::Request;
use yuanlu_domain::time::Instant;

/// A short message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    /// Ours, and the same at every attempt.
    pub id: String,
    /// To whom.
    pub to: Phone,
    /// The provider's template.
    pub template: String,
    /// Its values, by name, in the order of the template.
    pub values: Vec<(String, String)>,
}

/// A provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Aliyun SMS.
    Aliyun,
    /// Tencent Cloud SMS.
    Tencent,
}

/// How to speak to a provider.
#[derive(Clone, Debug)]
pub struct SmsSettings {
    /// Which one.
    pub provider: Provider,
    /// Where it is reached, without a slash at the end.
    pub base: String,
    /// Public half of the key.
    pub key_id: String,
    /// Secret half.
    pub key_secret: Secret,
    /// What stands in front of every message.
    pub sign_name: String,
    /// Region (Tencent).
    pub region: String,
    /// Application (Tencent).
    pub app_id: String,
    /// The template that carries a code that proves a number, whose only value is the code.
    pub code_template: String,
}

impl SmsSettings {
    /// The signed request. `nonce` is never used twice.
    pub fn request(&self, sms: &Sms, now: Instant, nonce: &str) -> Option<Request<Vec<u8>>> {
        match self.provider {
            Provider::Aliyun => aliyun::request(self, sms, now, nonce),
            Provider::Tencent => tencent::request(self, sms, now),
        }
    }

    /// What an answer means.
    pub fn read(&self, status: u16, body: &[u8]) -> Outcome {
        match self.provider {
            Provider::Aliyun => aliyun::read(status, body),
            Provider::Tencent => tencent::read(status, body),
        }
    }

    fn host(&self) -> &str {
        self.base.split_once("://").map_or(self.base.as_str(), |(_, host)| host)
    }
}
