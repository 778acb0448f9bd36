//! Complaints about trades (交易投诉), as the merchant and the payer see them.

use super::form::{encoded, signed_text, yuan};
use super::{AlipaySimulator, Fault, Said};
use crate::clock;
use crate::multipart::{self, Part, Uploads};
use http::{Method, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One complaint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Complaint {
    id: String,
    at: i64,
    status: String,
    words: String,
    payment: String,
    trade: String,
    amount: i64,
    replies: Vec<(String, String, i64)>,
    /// Pictures that went along, by the place of the reply.
    #[serde(default)]
    pictures: BTreeMap<usize, Vec<String>>,
}

/// The largest picture.
const MOST_PICTURE: usize = 2 * 1024 * 1024;
/// The most pictures that go along with something said.
const MOST_PICTURES: usize = 4;

impl Complaint {
    fn record(&self) -> Map<String, Value> {
        let replies: Vec<Value> = self
            .replies
            .iter()
            .enumerate()
            .map(|(place, (code, words, at))| {
                let images = self.pictures.get(&place).cloned().unwrap_or_default();
                json!({ "images": images, "replier_role": "MERCHANT", "replier_name": "平台客服", "gmt_create": clock::written(*at), "content": words, "feedback_code": code })
            })
            .collect();
        let record = json!({
            "complain_event_id": self.id,
            "status": self.status,
            "trade_no": self.trade,
            "merchant_order_no": self.payment,
            "gmt_create": clock::written(self.at),
            "gmt_modified": clock::written(self.at),
            "leaf_category_name": "商品/服务问题",
            "complain_reason": "未收到商品",
            "content": self.words,
            "phone_no": "1380013****",
            "trade_amount": yuan(self.amount),
            "reply_detail_infos": replies,
        });
        record.as_object().cloned().unwrap_or_default()
    }
}

impl AlipaySimulator {
    /// The payer of a trade complains; answers the number of the complaint.
    pub fn complain(&mut self, payment: &str, words: &str, now: i64) -> String {
        let id = format!("20261122{:08}", self.desk.complaints.len() + 1);
        let found = self.bank.payment(payment);
        let trade = found.and_then(|p| p.transactions.first()).map(|t| t.channel_ref.clone()).unwrap_or_default();
        let amount = found.map_or(0, |p| p.amount_minor);
        self.desk.complaints.push(Complaint {
            id: id.clone(),
            at: now,
            status: "MERCHANT_PROCESSING".into(),
            words: words.into(),
            payment: payment.into(),
            trade,
            amount,
            replies: Vec::new(),
            pictures: BTreeMap::new(),
        });
        id
    }

    /// Alipay or the payer moves a complaint on.
    pub fn move_complaint(&mut self, id: &str, status: &str) {
        if let Some(found) = self.desk.complaints.iter_mut().find(|c| c.id == id) {
            status.clone_into(&mut found.status);
        }
    }

    /// The answers to so many of the next feedbacks get lost after they were acted on.
    pub fn lose_complaint_answers(&mut self, n: u32) {
        self.desk.lost_answers = n;
    }

    /// So many of the next uploads get lost on the way, so many answers to uploads after that, and so many come late.
    pub fn lose_uploads(&mut self, dropped: u32, unanswered: u32, late: u32) {
        self.desk.uploads = Uploads { dropped, unanswered, late };
    }

    /// SHA-256 (hex) of the pictures that went along with what was said about a complaint, the first first.
    pub fn pictures(&self, id: &str) -> Vec<String> {
        let found = self.desk.complaints.iter().find(|c| c.id == id);
        let names = found.into_iter().flat_map(|c| c.pictures.values().flatten());
        names.filter_map(|name| self.desk.pictures.get(name).cloned()).collect()
    }

    /// `alipay.merchant.image.upload`
    pub(super) fn keep_picture(&mut self, given: &BTreeMap<String, String>, parts: &[Part<'_>]) -> Said {
        const ILLEGAL: Fault = Fault("40004", "PARAM_ILLEGAL");
        let file = parts.iter().find(|part| part.name == "image_content" && part.file.is_some()).ok_or(ILLEGAL)?;
        let kind = multipart::kind(file.content).filter(|kind| ["jpg", "png", "bmp", "gif"].contains(kind));
        let said = given.get("image_type").map(|kind| kind.to_ascii_lowercase().replace("jpeg", "jpg"));
        if kind.is_none() || kind != said.as_deref() || file.content.len() > MOST_PICTURE {
            return Err(ILLEGAL);
        }
        let sha256 = multipart::sha256(file.content);
        let id = format!("{}{:04}", &sha256[..24], self.desk.pictures.len() + 1);
        self.desk.pictures.insert(id.clone(), sha256);
        let mut answer = Map::new();
        answer.insert("image_id".into(), json!(id));
        Ok(answer)
    }

    /// What the merchant said about a complaint: code and words.
    pub fn feedbacks(&self, id: &str) -> Vec<(String, String)> {
        let found = self.desk.complaints.iter().find(|c| c.id == id);
        found.into_iter().flat_map(|c| &c.replies).map(|(code, words, _)| (code.clone(), words.clone())).collect()
    }

    /// The message that something happened to a complaint; by a stranger, when it is forged.
    pub fn complaint_message(&self, id: &str, url: &str, now: i64, forged: bool) -> Request<Vec<u8>> {
        let mut fields: BTreeMap<String, String> = [
            ("notify_id", format!("{now:0>40}")),
            ("app_id", self.setup.app_id.clone()),
            ("charset", "utf-8".to_owned()),
            ("version", "1.1".to_owned()),
            ("utc_timestamp", (now / 1000).to_string()),
            ("msg_method", "alipay.merchant.tradecomplain.changed".to_owned()),
            ("biz_content", json!({ "complain_event_id": id }).to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let signer = if forged { &self.stranger } else { &self.own };
        let sign = signer.sign(signed_text(&fields, &[]).as_bytes());
        fields.insert("sign_type".into(), "RSA2".into());
        fields.insert("sign".into(), sign);
        let mut request = Request::new(encoded(&fields).into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.parse().unwrap_or_default();
        request
    }

    pub(super) fn list_complaints(&self, content: &Value) -> Said {
        let number = |name: &str| content.get(name).and_then(Value::as_u64).unwrap_or(0);
        let at = |name: &str| {
            let text = content.get(name).and_then(Value::as_str).unwrap_or_default();
            clock::from_rfc3339(&format!("{}+08:00", text.replace(' ', "T"))).ok_or(Fault("40004", "PARAM_ILLEGAL"))
        };
        let (from, until) = (at("begin_time")?, at("end_time")?);
        let (page, size) = (number("page_num").max(1), number("page_size").clamp(1, 20));
        let within: Vec<&Complaint> = self.desk.complaints.iter().filter(|c| (from..=until).contains(&c.at)).collect();
        let skip = usize::try_from((page - 1) * size).unwrap_or(0);
        let take = usize::try_from(size).unwrap_or(20);
        let infos: Vec<Value> = within.iter().skip(skip).take(take).map(|c| Value::Object(c.record())).collect();
        let mut answer = Map::new();
        answer.insert("total_num".into(), json!(within.len()));
        answer.insert("total_page_num".into(), json!(within.len().div_ceil(take)));
        answer.insert("trade_complain_infos".into(), json!(infos));
        Ok(answer)
    }

    pub(super) fn tell_complaint(&self, content: &Value) -> Said {
        let id = content.get("complain_event_id").and_then(Value::as_str).unwrap_or_default();
        let found = self.desk.complaints.iter().find(|c| c.id == id).ok_or(Fault("40004", "PARAM_ILLEGAL"))?;
        Ok(found.record())
    }

    /// Whether the answer gets lost, and what it would be.
    pub(super) fn take_feedback(&mut self, content: &Value, now: i64) -> (bool, Said) {
        let text = |name: &str| content.get(name).and_then(Value::as_str).unwrap_or_default();
        let (code, words) = (text("feedback_code"), text("feedback_content"));
        let fits = ["02", "03", "04", "05", "06"].contains(&code)
            && (1..=200).contains(&words.chars().count())
            && text("operator").chars().count() <= 6;
        let pictures: Vec<String> =
            text("feedback_images").split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        let known = pictures.iter().all(|id| self.desk.pictures.contains_key(id));
        let fits = fits && known && pictures.len() <= MOST_PICTURES;
        let Some(found) = self.desk.complaints.iter_mut().find(|c| c.id == text("complain_event_id")).filter(|_| fits)
        else {
            return (false, Err(Fault("40004", "PARAM_ILLEGAL")));
        };
        if matches!(found.status.as_str(), "FINISHED" | "CLOSED" | "CANCELLED") {
            return (false, Err(Fault("40004", "STATUS_NOT_ALLOWED")));
        }
        found.status = "MERCHANT_FEEDBACKED".into();
        if !pictures.is_empty() {
            found.pictures.insert(found.replies.len(), pictures);
        }
        found.replies.push((code.to_owned(), words.to_owned(), now));
        let lost = self.desk.lost_answers > 0;
        self.desk.lost_answers = self.desk.lost_answers.saturating_sub(1);
        (lost, Ok(Map::new()))
    }
}
