//! Complaints about trades of Alipay (交易投诉). Saying that it is refunded moves no money; the refund does.

use super::Alipay;
use super::answers::money;
use super::sign::NoAnswer;
use crate::complaint::{ComplaintOp, ComplaintWord, MOST_PICTURE, PICTURES, fitting, pictures, without_body, words};
use crate::wire::code;
use crate::{Impossible, Reply};
use serde_json::{Value, json};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::outside_complaint::{CallOutcome, HeardComplaint, OutsideResult, Saying, Stage};
use yuanlu_domain::time::Instant;

const PAGE: u32 = 20;
/// What is said where a saying has no words of its own.
const DEALT_WITH: &str = "已处理完成";
const REFUNDED: &str = "已同意退款，按原支付方式退回";

fn method(op: &ComplaintOp) -> &'static str {
    match op {
        ComplaintOp::List { .. } => "alipay.merchant.tradecomplain.batchquery",
        ComplaintOp::Detail { .. } | ComplaintOp::Said { .. } => "alipay.merchant.tradecomplain.query",
        ComplaintOp::Upload { .. } => "alipay.merchant.image.upload",
        ComplaintOp::Say { .. } => "alipay.merchant.tradecomplain.feedback.submit",
    }
}

/// Codes of feedback: refunded another way, after-sales done, not our duty, anything else.
fn feedback(saying: Saying) -> Option<(&'static str, &'static str)> {
    match saying {
        Saying::Reply => Some(("04", "")),
        Saying::Complete => Some(("05", DEALT_WITH)),
        Saying::ApproveRefund => Some(("02", REFUNDED)),
        Saying::RejectRefund => Some(("06", "")),
        Saying::Concede => None,
    }
}

fn stage(status: &str) -> Stage {
    match status {
        "MERCHANT_FEEDBACKED" | "PLATFORM_PROCESSING" => Stage::InProgress,
        "FINISHED" | "PLATFORM_FINISH" => Stage::Over(OutsideResult::Settled),
        "CANCELLED" => Stage::Over(OutsideResult::Withdrawn),
        "CLOSED" => Stage::Over(OutsideResult::Ended),
        _ => Stage::WantsReply,
    }
}

fn heard(record: &Value) -> Option<HeardComplaint> {
    let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = fitting(text("complain_event_id"))?.to_owned();
    let no = text("merchant_order_no");
    Some(HeardComplaint {
        number,
        received_at: Instant::parse_shanghai(text("gmt_create"))?,
        reply_by: Instant::parse_shanghai(text("gmt_overdue")),
        complainant: Some(text("phone_no").to_owned()).filter(|phone| !phone.is_empty()),
        words: [text("leaf_category_name"), text("complain_reason"), text("content")].join("\n").trim().to_owned(),
        payments: if no.is_empty() { Vec::new() } else { vec![ChannelNumber::new(no)] },
        claimed: money(text("trade_amount")),
        status: code(text("status")),
        stage: stage(text("status")),
        money: None,
    })
}

impl Alipay {
    pub(super) fn complaint(&self, op: &ComplaintOp, now: Instant) -> Result<http::Request<Vec<u8>>, Impossible> {
        let content = match op {
            ComplaintOp::List { from, until, page, .. } => json!({
                "begin_time": from.to_string(),
                "end_time": until.to_string(),
                "page_num": page + 1,
                "page_size": PAGE,
            }),
            ComplaintOp::Detail { number } | ComplaintOp::Said { number, .. } => {
                json!({ "complain_event_id": fitting(number).ok_or(Impossible::Number)? })
            }
            ComplaintOp::Upload { file, .. } => {
                let file = file.fitting(&PICTURES, MOST_PICTURE)?;
                let kind = if file.media_type == "image/png" { "png" } else { "jpg" };
                return Ok(self.upload(method(op), kind, file, now));
            }
            ComplaintOp::Say { number, saying, words: text, files, .. } => {
                let (feedback_code, otherwise) = feedback(*saying).ok_or(Impossible::NoSuchOperation)?;
                let text = if text.is_empty() { otherwise } else { text };
                let mut content = json!({
                    "complain_event_id": fitting(number).ok_or(Impossible::Number)?,
                    "feedback_code": feedback_code,
                    "feedback_content": words(text).ok_or(Impossible::Text)?,
                    "operator": "平台客服",
                });
                if !files.is_empty() {
                    content["feedback_images"] = json!(pictures(files)?.join(","));
                }
                content
            }
        };
        Ok(self.call(method(op), &content, None, now))
    }

    pub(super) fn complaint_answer(&self, op: &ComplaintOp, reply: &Reply, now: Instant) -> ComplaintWord {
        if let Some(word) = without_body(op, reply) {
            return word;
        }
        let answer = match self.answer(method(op), reply, now) {
            Ok(answer) => answer,
            Err(NoAnswer::NotSent) => return ComplaintWord::not_sent(op),
            Err(NoAnswer::Unknown(code)) => return ComplaintWord::unknown(op, code),
        };
        if !answer.is_ok() {
            let told = code(answer.sub_code());
            // Somebody was there between: look again before saying anything.
            let again = answer.text("code") == "20000" || told.ends_with("SYSTEM_ERROR") || told == "STATUS_CHANGED";
            return if again { ComplaintWord::unknown(op, told) } else { ComplaintWord::refused(op, told) };
        }
        match op {
            ComplaintOp::List { page, .. } => {
                let records = answer.0.get("trade_complain_infos").and_then(Value::as_array);
                let total = answer.0.get("total_page_num").and_then(Value::as_u64).unwrap_or(0);
                ComplaintWord::Heard {
                    complaints: records.into_iter().flatten().filter_map(heard).collect(),
                    more: u64::from(page + 1) < total,
                }
            }
            ComplaintOp::Detail { number } => match heard(&answer.0).filter(|record| record.number == *number) {
                Some(record) => ComplaintWord::Heard { complaints: vec![record], more: false },
                None => ComplaintWord::unknown(op, "unreadable".to_owned()),
            },
            ComplaintOp::Upload { .. } => ComplaintWord::uploaded(op, answer.text("image_id")),
            ComplaintOp::Say { .. } => ComplaintWord::Call(CallOutcome::Done),
            ComplaintOp::Said { saying, words, .. } => {
                let (_, otherwise) = feedback(*saying).unwrap_or_default();
                let wanted = if words.is_empty() { otherwise } else { words };
                let told = answer.0.get("reply_detail_infos").and_then(Value::as_array);
                let found = told.into_iter().flatten().any(|reply| {
                    let text = |name: &str| reply.get(name).and_then(Value::as_str).unwrap_or_default();
                    text("replier_role") == "MERCHANT" && text("content").trim() == wanted.trim()
                });
                ComplaintWord::Call(if found { CallOutcome::Done } else { CallOutcome::Missing })
            }
        }
    }
}
