//! Tencent Cloud: `SendSms` of 2021-01-11, signed with TC3-HMAC-SHA256.

use super::{Sms, SmsSettings};
use crate::Outcome;
use crate::encode::{hex, hmac_sha256, sha256_hex};
use http::Request;
use serde::Deserialize;
use serde_json::json;
use yuanlu_domain::time::Instant;

const ALGORITHM: &str = "TC3-HMAC-SHA256";
const CONTENT_TYPE: &str = "application/json; charset=utf-8";
const ACTION: &str = "SendSms";
const VERSION: &str = "2021-01-11";

/// The value of `Authorization`. `headers` are in lower case and sorted.
fn authorization(
    key: (&str, &str),
    service: &str,
    headers: &[(&str, &str)],
    payload: &[u8],
    seconds: i64,
) -> Option<String> {
    let (key_id, key_secret) = key;
    let date = jiff::Timestamp::from_second(seconds).ok()?.strftime("%Y-%m-%d").to_string();
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", sha256_hex(payload));
    let scope = format!("{date}/{service}/tc3_request");
    let text = format!("{ALGORITHM}\n{seconds}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
    let steps = [date.as_str(), service, "tc3_request", &text];
    let signature = steps.iter().fold(format!("TC3{key_secret}").into_bytes(), |key, step| {
        hmac_sha256(&key, step.as_bytes()).as_ref().to_vec()
    });
    Some(format!("{ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={names}, Signature={}", hex(&signature)))
}

pub(super) fn request(settings: &SmsSettings, sms: &Sms, now: Instant) -> Option<Request<Vec<u8>>> {
    let seconds = now.micros().div_euclid(1_000_000);
    let body = json!({
        "PhoneNumberSet": [sms.to.as_str()],
        "SmsSdkAppId": settings.app_id,
        "SignName": settings.sign_name,
        "TemplateId": sms.template,
        "TemplateParamSet": sms.values.iter().map(|(_, value)| value).collect::<Vec<_>>(),
        "SessionContext": sms.id,
    });
    let body = body.to_string().into_bytes();
    let action = ACTION.to_ascii_lowercase();
    let headers = [("content-type", CONTENT_TYPE), ("host", settings.host()), ("x-tc-action", &action)];
    let key = (settings.key_id.as_str(), settings.key_secret.expose());
    Request::post(format!("{}/", settings.base))
        .header("content-type", CONTENT_TYPE)
        .header("host", settings.host())
        .header("x-tc-action", ACTION)
        .header("x-tc-version", VERSION)
        .header("x-tc-timestamp", seconds.to_string())
        .header("x-tc-region", &settings.region)
        .header("authorization", authorization(key, "sms", &headers, &body, seconds)?)
        .body(body)
        .ok()
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Response")]
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    #[serde(rename = "SendStatusSet", default)]
    statuses: Vec<Status>,
    #[serde(rename = "Error")]
    error: Option<Status>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(rename = "Code")]
    code: String,
    #[serde(rename = "SerialNo")]
    serial_no: Option<String>,
}

pub(super) fn read(status: u16, body: &[u8]) -> Outcome {
    let answer = serde_json::from_slice::<Answer>(body).ok();
    let found = answer.and_then(|answer| answer.response.error.or(answer.response.statuses.into_iter().next()));
    let Some(found) = found else { return Outcome::Unknown(format!("http_{status}")) };
    let code: String = found.code.chars().filter(|c| c.is_ascii_alphanumeric() || "._".contains(*c)).take(80).collect();
    match code.as_str() {
        "Ok" => Outcome::Accepted(found.serial_no),
        "FailedOperation.PhoneNumberInBlacklist" | "InvalidParameterValue.IncorrectPhoneNumber" => {
            Outcome::Nobody(code)
        }
        "InternalError.OtherError"
        | "InternalError"
        | "InternalError.Timeout"
        | "InternalError.RequestTimeException" => Outcome::Unknown(code),
        "FailedOperation.InsufficientBalanceInSmsPackage" => Outcome::Later(code),
        _ if code.starts_with("LimitExceeded") || code.starts_with("RequestLimitExceeded") => Outcome::Later(code),
        _ => Outcome::Never(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &str = r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;

    /// Two published versions of one example: with and without the action among the signed headers.
    #[test]
    fn the_signature_is_that_of_the_published_examples() {
        let content = ("content-type", CONTENT_TYPE);
        let host = ("host", "cvm.tencentcloudapi.com");
        let stars = "*".repeat(32);
        type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);
        let cases: [Case<'_>; 2] = [
            (
                &[content, host],
                "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
                "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
            ),
            (
                &[content, host, ("x-tc-action", "describeinstances")],
                &stars,
                "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
            ),
        ];
        for (headers, secret, signature) in cases {
            let found = authorization(("AKID", secret), "cvm", headers, PAYLOAD.as_bytes(), 1_551_113_065).unwrap();
            assert!(found.ends_with(&format!(", Signature={signature}")), "{found}");
            assert!(found.contains("Credential=AKID/2019-02-25/cvm/tc3_request, "));
        }
    }

    #[test]
    fn answers_are_read() {
        let read = |text: &str| read(200, text.as_bytes());
        let ok = r#"{"Response":{"SendStatusSet":[{"SerialNo":"5:1","Code":"Ok","Fee":1}],"RequestId":"r"}}"#;
        assert_eq!(read(ok), Outcome::Accepted(Some("5:1".to_owned())));
        let full = r#"{"Response":{"SendStatusSet":[{"Code":"LimitExceeded.PhoneNumberDailyLimit"}]}}"#;
        assert!(matches!(read(full), Outcome::Later(_)));
        let key = r#"{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"m"},"RequestId":"r"}}"#;
        assert_eq!(read(key), Outcome::Never("AuthFailure.SignatureFailure".to_owned()));
        assert!(matches!(read(r#"{"Response":{"RequestId":"r"}}"#), Outcome::Unknown(_)));
    }
}
