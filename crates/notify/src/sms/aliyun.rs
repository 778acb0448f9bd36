//! Aliyun: `SendSms` of 2017-05-25, signed with ACS3-HMAC-SHA256.

use super::{Sms, SmsSettings};
use crate::Outcome;
use crate::encode::{hex, hmac_sha256, percent, sha256_hex};
use http::Request;
use serde::Deserialize;
use std::collections::BTreeMap;
use yuanlu_domain::time::Instant;

const ALGORITHM: &str = "ACS3-HMAC-SHA256";
const VERSION: &str = "2017-05-25";

/// What a signature is about.
struct Signed<'a> {
    host: &'a str,
    action: &'a str,
    version: &'a str,
    date: &'a str,
    nonce: &'a str,
    query: &'a str,
    body: &'a [u8],
}

impl Signed<'_> {
    fn authorization(&self, key_id: &str, key_secret: &str) -> String {
        let body = sha256_hex(self.body);
        let headers = [
            ("host", self.host),
            ("x-acs-action", self.action),
            ("x-acs-content-sha256", &body),
            ("x-acs-date", self.date),
            ("x-acs-signature-nonce", self.nonce),
            ("x-acs-version", self.version),
        ];
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names = headers.map(|(name, _)| name).join(";");
        let canonical = format!("POST\n/\n{}\n{lines}\n{names}\n{body}", self.query);
        let text = format!("{ALGORITHM}\n{}", sha256_hex(canonical.as_bytes()));
        let signature = hex(hmac_sha256(key_secret.as_bytes(), text.as_bytes()).as_ref());
        format!("{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}")
    }
}

fn query(parameters: &[(&str, &str)]) -> String {
    let sorted: BTreeMap<_, _> = parameters.iter().copied().collect();
    let pairs: Vec<_> = sorted.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
    pairs.join("&")
}

pub(super) fn request(settings: &SmsSettings, sms: &Sms, now: Instant, nonce: &str) -> Option<Request<Vec<u8>>> {
    let values: serde_json::Map<_, _> =
        sms.values.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let values = serde_json::Value::Object(values).to_string();
    // Numbers of the mainland go without a country, all others with it and no plus sign.
    let to = sms.to.as_str();
    let to = to.strip_prefix("+86").unwrap_or_else(|| to.trim_start_matches('+'));
    let query = query(&[
        ("PhoneNumbers", to),
        ("SignName", &settings.sign_name),
        ("TemplateCode", &sms.template),
        ("TemplateParam", &values),
        ("OutId", &sms.id),
    ]);
    let date = utc_text(now)?;
    let signed = Signed {
        host: settings.host(),
        action: "SendSms",
        version: VERSION,
        date: &date,
        nonce,
        query: &query,
        body: b"",
    };
    Request::post(format!("{}/?{query}", settings.base))
        .header("host", settings.host())
        .header("x-acs-action", signed.action)
        .header("x-acs-version", signed.version)
        .header("x-acs-date", &date)
        .header("x-acs-signature-nonce", nonce)
        .header("x-acs-content-sha256", sha256_hex(b""))
        .header("authorization", signed.authorization(&settings.key_id, settings.key_secret.expose()))
        .body(Vec::new())
        .ok()
}

fn utc_text(now: Instant) -> Option<String> {
    let at = jiff::Timestamp::from_second(now.micros().div_euclid(1_000_000)).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "BizId")]
    biz_id: Option<String>,
}

pub(super) fn read(status: u16, body: &[u8]) -> Outcome {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        return Outcome::Unknown(format!("http_{status}"));
    };
    let code: String =
        answer.code.chars().filter(|c| c.is_ascii_alphanumeric() || "._".contains(*c)).take(60).collect();
    match code.as_str() {
        "OK" => Outcome::Accepted(answer.biz_id),
        "isv.MOBILE_NUMBER_ILLEGAL" | "isv.MOBILE_COUNT_OVER_LIMIT" => Outcome::Nobody(code),
        "isv.BUSINESS_LIMIT_CONTROL" | "isv.AMOUNT_NOT_ENOUGH" | "isv.DAY_LIMIT_CONTROL" | "ServiceUnavailable" => {
            Outcome::Later(code)
        }
        _ if code.starts_with("Throttling") => Outcome::Later(code),
        "isp.SYSTEM_ERROR" | "InternalError" => Outcome::Unknown(code),
        _ => Outcome::Never(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_published_example() {
        let query =
            query(&[("RegionId", "cn-shanghai"), ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd")]);
        let signed = Signed {
            host: "ecs.cn-shanghai.aliyuncs.com",
            action: "RunInstances",
            version: "2014-05-26",
            date: "2023-10-26T10:22:32Z",
            nonce: "3156853299f313e23d1673dc12e1703d",
            query: &query,
            body: b"",
        };
        let authorization = signed.authorization("YourAccessKeyId", "YourAccessKeySecret");
        assert!(
            authorization.ends_with(",Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"),
            "{authorization}"
        );
    }

    #[test]
    fn answers_are_read() {
        let read = |text: &str| read(200, text.as_bytes());
        assert_eq!(read(r#"{"Code":"OK","BizId":"9^0","Message":"OK"}"#), Outcome::Accepted(Some("9^0".to_owned())));
        assert!(matches!(read(r#"{"Code":"isv.BUSINESS_LIMIT_CONTROL"}"#), Outcome::Later(_)));
        assert!(matches!(read(r#"{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}"#), Outcome::Nobody(_)));
        assert!(matches!(read(r#"{"Code":"SignatureDoesNotMatch"}"#), Outcome::Never(_)));
        assert!(matches!(read("<html>"), Outcome::Unknown(_)));
    }
}
