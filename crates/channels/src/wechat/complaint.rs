//! Complaints of WeChat Pay (消费者投诉 2.0). Granting a refund here moves no money; the refund does.

use super::WechatChannel;
use super::answer::{self, Answer};
use crate::complaint::{
    ComplaintFile, ComplaintOp, ComplaintWord, MOST_PICTURE, NewsOp, NewsWord, PICTURES, fitting, from_rfc3339,
    pictures, words,
};
use crate::multipart::{self, Part};
use crate::wire::{code, hex};
use crate::{Impossible, Reply};
use http::Request;
use serde::Deserialize;
use serde_json::json;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::outside_complaint::{CallOutcome, HeardComplaint, OutsideResult, Saying, Stage};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

const PATH: &str = "/v3/merchant-service/complaints-v2";
const UPLOAD_PATH: &str = "/v3/merchant-service/images/upload";
const PAGE: u32 = 50;
const NEWS_PATH: &str = "/v3/merchant-service/complaint-notifications";
/// The longest address it takes.
const MOST_URL: usize = 255;

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    data: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    complaint_id: String,
    complaint_time: String,
    complaint_state: String,
    #[serde(default)]
    complaint_detail: String,
    #[serde(default)]
    problem_description: String,
    #[serde(default)]
    complaint_order_info: Vec<OrderInfo>,
    #[serde(default)]
    incoming_user_response: bool,
    #[serde(default)]
    apply_refund_amount: Option<i64>,
    #[serde(default)]
    user_complaint_times: u32,
}

#[derive(Deserialize)]
struct OrderInfo {
    #[serde(default)]
    out_trade_no: String,
    #[serde(default)]
    amount: i64,
}

#[derive(Deserialize)]
struct History {
    #[serde(default)]
    data: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    operate_type: String,
    #[serde(default)]
    operate_details: Option<String>,
}

impl Record {
    /// What it is; `None` for what cannot be read.
    fn heard(self) -> Option<HeardComplaint> {
        let stage = match (self.complaint_state.as_str(), self.incoming_user_response) {
            ("PROCESSED", _) => Stage::Over(OutsideResult::Settled),
            ("PROCESSING", false) => Stage::InProgress,
            _ => Stage::WantsReply,
        };
        let asked = self.apply_refund_amount.unwrap_or(0);
        let paid: i64 = self.complaint_order_info.iter().map(|info| info.amount).sum();
        let minor = if asked > 0 { asked } else { paid };
        // A payer who writes again changes nothing but these two; both are part of how it stands.
        let status = match (self.user_complaint_times, self.incoming_user_response) {
            (0 | 1, false) => code(&self.complaint_state),
            (times, false) => format!("{} {times}", code(&self.complaint_state)),
            (times, true) => format!("{} {times} waiting", code(&self.complaint_state)),
        };
        Some(HeardComplaint {
            received_at: from_rfc3339(&self.complaint_time)?,
            reply_by: None,
            // The payer's telephone comes encrypted, and is better left so.
            complainant: None,
            words: [self.problem_description, self.complaint_detail].join("\n").trim().to_owned(),
            payments: self
                .complaint_order_info
                .into_iter()
                .filter(|info| !info.out_trade_no.is_empty())
                .map(|info| ChannelNumber::new(info.out_trade_no))
                .collect(),
            claimed: (minor > 0).then(|| Money::new(minor, Currency::Cny)),
            status,
            stage,
            money: None,
            number: self.complaint_id,
        })
    }
}

/// What a saying is called in the history of a complaint.
fn operate_types(saying: Saying) -> &'static [&'static str] {
    match saying {
        Saying::Reply => &["MERCHANT_RESPONSE"],
        Saying::Complete => &["MERCHANT_CONFIRM_COMPLETE"],
        Saying::ApproveRefund => &["MERCHANT_APPROVE_REFUND"],
        // Misspelt there, and perhaps not for ever.
        Saying::RejectRefund => &["MERCHANT_REFUSE_RERUND", "MERCHANT_REFUSE_REFUND", "MERCHANT_REJECT_REFUND"],
        Saying::Concede => &[],
    }
}

#[derive(Deserialize)]
struct Uploaded {
    #[serde(default)]
    media_id: String,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    url: String,
}

impl WechatChannel {
    /// Where news of complaints goes: one address a merchant.
    pub(super) fn complaint_news(&self, op: NewsOp, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        let url = &self.config.notify_url;
        let body = json!({ "url": url });
        match op {
            NewsOp::Ask => self.get(NEWS_PATH, now),
            NewsOp::Begin | NewsOp::Change if url.len() > MOST_URL => Err(Impossible::Text),
            NewsOp::Begin => self.post(NEWS_PATH, &body, now),
            NewsOp::Change => self.put(NEWS_PATH, &body, now),
        }
    }

    pub(super) fn complaint_news_answer(&self, reply: &Reply, now: Instant) -> NewsWord {
        let failed = |code: String| NewsWord::Failed { code };
        match answer::read(&self.keys, reply, now) {
            Answer::Done(bytes) => match serde_json::from_slice::<Told>(bytes) {
                Ok(told) if told.url.is_empty() => NewsWord::Nobody,
                Ok(told) => NewsWord::At(told.url),
                Err(_) => failed("unreadable".to_owned()),
            },
            Answer::Error { status: 404, .. } => NewsWord::Nobody,
            Answer::Error { code, .. } => failed(code),
            Answer::Nothing(
                Outcome::FixRequest { code } | Outcome::Unknown { code } | Outcome::RetrySameId { code },
            ) => failed(code),
            Answer::Nothing(_) => failed("unreadable".to_owned()),
        }
    }

    fn upload(&self, file: &ComplaintFile, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        let file = file.fitting(&PICTURES, MOST_PICTURE)?;
        let sha256 = hex(ring::digest::digest(&ring::digest::SHA256, &file.content).as_ref());
        let meta = json!({ "filename": file.name, "sha256": sha256 }).to_string();
        let parts = [
            Part { name: "meta", file: None, media_type: Some("application/json"), content: meta.as_bytes() },
            Part { name: "file", file: Some(&file.name), media_type: Some(&file.media_type), content: &file.content },
        ];
        Ok(self.keys.upload(&self.url(UPLOAD_PATH)?, &meta, multipart::body(&parts), now))
    }

    pub(super) fn complaint(&self, op: &ComplaintOp, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        let merchant = &self.config.merchant_id;
        match op {
            ComplaintOp::List { from, until, page, .. } => {
                let (begin, end) = (from.date(), until.date());
                let path = format!(
                    "{PATH}?limit={PAGE}&offset={}&begin_date={begin}&end_date={end}&complainted_mchid={merchant}",
                    page * PAGE
                );
                self.get(&path, now)
            }
            ComplaintOp::Detail { number } => {
                self.get(&format!("{PATH}/{}", fitting(number).ok_or(Impossible::Number)?), now)
            }
            ComplaintOp::Said { number, .. } => {
                let number = fitting(number).ok_or(Impossible::Number)?;
                self.get(&format!("{PATH}/{number}/negotiation-historys?limit=100&offset=0"), now)
            }
            ComplaintOp::Upload { file, .. } => self.upload(file, now),
            ComplaintOp::Say { number, saying, words: text, files, .. } => {
                let number = fitting(number).ok_or(Impossible::Number)?;
                let text = || words(text).ok_or(Impossible::Text);
                let files = pictures(files)?;
                if !files.is_empty() && !matches!(saying, Saying::Reply | Saying::RejectRefund) {
                    return Err(Impossible::File);
                }
                let (what, mut body) = match saying {
                    Saying::Reply => {
                        ("response", json!({ "complainted_mchid": merchant, "response_content": text()? }))
                    }
                    Saying::Complete => ("complete", json!({ "complainted_mchid": merchant })),
                    Saying::ApproveRefund => {
                        ("update-refund-progress", json!({ "action": "APPROVE", "launch_refund_day": 0 }))
                    }
                    Saying::RejectRefund => {
                        ("update-refund-progress", json!({ "action": "REJECT", "reject_reason": text()? }))
                    }
                    Saying::Concede => return Err(Impossible::NoSuchOperation),
                };
                if !files.is_empty() {
                    let name = if *saying == Saying::Reply { "response_images" } else { "reject_media_list" };
                    body[name] = json!(files);
                }
                self.post(&format!("{PATH}/{number}/{what}"), &body, now)
            }
        }
    }

    pub(super) fn complaint_answer(&self, op: &ComplaintOp, reply: &Reply, now: Instant) -> ComplaintWord {
        let bytes = match answer::read(&self.keys, reply, now) {
            Answer::Done(bytes) => bytes,
            Answer::Error { status: 429, code } => return ComplaintWord::unknown(op, code),
            Answer::Error { code, .. }
                if matches!(
                    code.as_str(),
                    "SYSTEM_ERROR" | "FREQUENCY_LIMITED" | "FREQUENCY_LIMIT_EXCEED" | "RATELIMIT_EXCEEDED"
                ) =>
            {
                return ComplaintWord::unknown(op, code);
            }
            Answer::Error { code, .. } => return ComplaintWord::refused(op, code),
            Answer::Nothing(Outcome::RetrySameId { code }) if code == "not_sent" => return ComplaintWord::not_sent(op),
            Answer::Nothing(Outcome::FixRequest { code }) => return ComplaintWord::refused(op, code),
            Answer::Nothing(Outcome::Unknown { code } | Outcome::RetrySameId { code }) => {
                return ComplaintWord::unknown(op, code);
            }
            Answer::Nothing(_) => return ComplaintWord::unknown(op, "unreadable".to_owned()),
        };
        let unreadable = || ComplaintWord::unknown(op, "unreadable".to_owned());
        match op {
            ComplaintOp::List { .. } => serde_json::from_slice::<List>(bytes).map_or_else(
                |_| unreadable(),
                |list| ComplaintWord::Heard {
                    more: list.data.len() >= PAGE as usize,
                    complaints: list.data.into_iter().filter_map(Record::heard).collect(),
                },
            ),
            ComplaintOp::Detail { number } => {
                let record = serde_json::from_slice::<Record>(bytes).ok().and_then(Record::heard);
                match record.filter(|record| record.number == *number) {
                    Some(record) => ComplaintWord::Heard { complaints: vec![record], more: false },
                    None => unreadable(),
                }
            }
            ComplaintOp::Upload { .. } => match serde_json::from_slice::<Uploaded>(bytes) {
                Ok(uploaded) => ComplaintWord::uploaded(op, &uploaded.media_id),
                Err(_) => unreadable(),
            },
            ComplaintOp::Say { .. } => ComplaintWord::Call(CallOutcome::Done),
            ComplaintOp::Said { saying, words, .. } => {
                let Ok(history) = serde_json::from_slice::<History>(bytes) else { return unreadable() };
                let ours = |step: &Step| {
                    operate_types(*saying).contains(&step.operate_type.as_str())
                        && (*saying != Saying::Reply
                            || step.operate_details.as_deref().is_some_and(|told| told.trim() == words.trim()))
                };
                let found = history.data.iter().any(ours);
                ComplaintWord::Call(if found { CallOutcome::Done } else { CallOutcome::Missing })
            }
        }
    }
}
