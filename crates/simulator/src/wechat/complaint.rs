//! Complaints of payers (消费者投诉 2.0), as the merchant and the payer see them.

use super::{Fault, Late, PARAM_ERROR, Said, WechatSimulator, field};
use crate::clock;
use crate::multipart::{self, Part, Uploads, Way};
use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One complaint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Complaint {
    id: String,
    at: i64,
    state: String,
    words: String,
    payment: String,
    transaction: String,
    amount: i64,
    times: u32,
    waiting: bool,
    history: Vec<(String, String, i64)>,
    /// Pictures that went along, by the place of what was said in the history.
    #[serde(default)]
    pictures: BTreeMap<usize, Vec<String>>,
}

/// The largest picture.
const MOST_PICTURE: usize = 2 * 1024 * 1024;
/// The most pictures that go along with something said.
const MOST_PICTURES: usize = 4;

impl WechatSimulator {
    /// The payer of a payment complains; answers the number of the complaint.
    pub fn complain(&mut self, payment: &str, words: &str, now: i64) -> String {
        let id = format!("2000000202611220000{:05}", self.desk.complaints.len() + 1);
        let found = self.bank.payment(payment);
        let transaction = found.and_then(|p| p.transactions.first()).map(|t| t.channel_ref.clone()).unwrap_or_default();
        let amount = found.map_or(0, |p| p.amount_minor);
        self.desk.complaints.push(Complaint {
            id: id.clone(),
            at: now,
            state: "PENDING".into(),
            words: words.into(),
            payment: payment.into(),
            transaction,
            amount,
            times: 1,
            waiting: false,
            history: vec![("USER_CREATE_COMPLAINT".into(), words.into(), now)],
            pictures: BTreeMap::new(),
        });
        self.desk.complaint_news.push((id.clone(), "COMPLAINT.CREATE".into(), "CREATE_COMPLAINT".into()));
        id
    }

    /// The payer is not content and complains again.
    pub fn complain_again(&mut self, id: &str, words: &str, now: i64) {
        if let Some(found) = self.desk.complaints.iter_mut().find(|c| c.id == id) {
            found.state = "PENDING".into();
            found.times += 1;
            found.history.push(("USER_CONTINUE_COMPLAINT".into(), words.into(), now));
            self.desk.complaint_news.push((id.into(), "COMPLAINT.STATE_CHANGE".into(), "CONTINUE_COMPLAINT".into()));
        }
    }

    /// The answers to so many of the next posts about complaints get lost after they were acted on.
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

    /// `POST /v3/merchant-service/images/upload`: a description and a file that must fit it.
    pub(super) fn take_picture(&mut self, parts: Option<&[Part<'_>]>, now: i64) -> Option<Response<Vec<u8>>> {
        let way = self.desk.uploads.next();
        if way == Way::Dropped {
            return None;
        }
        let mut answer = match self.keep_picture(parts.unwrap_or_default()) {
            Ok(name) => self.sealed(200, json!({ "media_id": name }).to_string().into_bytes(), now),
            Err(fault) => self.fault(&fault, now),
        };
        match way {
            Way::Dropped | Way::Unanswered => return None,
            Way::Late => drop(answer.extensions_mut().insert(Late)),
            Way::Well => {}
        }
        Some(answer)
    }

    fn keep_picture(&mut self, parts: &[Part<'_>]) -> Result<String, Fault> {
        let part = |name: &str| parts.iter().find(|part| part.name == name).ok_or(PARAM_ERROR);
        let (meta, file) = (part("meta")?, part("file")?);
        let meta: Value = serde_json::from_slice(meta.content).map_err(|_| PARAM_ERROR)?;
        let sha256 = multipart::sha256(file.content);
        let kind = multipart::kind(file.content).filter(|kind| ["jpg", "png", "bmp"].contains(kind));
        let kind = kind.ok_or(Fault(400, "PARAM_ERROR", "图片格式不支持"))?;
        let name = meta["filename"].as_str().unwrap_or_default();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase().replace("jpeg", "jpg"));
        if ending.as_deref() != Some(kind) || file.file.as_deref() != Some(name) {
            return Err(Fault(400, "PARAM_ERROR", "文件名与图片不符"));
        }
        if meta["sha256"].as_str() != Some(&sha256) {
            return Err(Fault(400, "PARAM_ERROR", "图片摘要不符"));
        }
        if file.content.len() > MOST_PICTURE {
            return Err(Fault(400, "PARAM_ERROR", "图片超过2M"));
        }
        let id = format!("file{:05}_{}", self.desk.pictures.len() + 1, &sha256[..8]);
        self.desk.pictures.insert(id.clone(), sha256);
        Ok(id)
    }

    /// What was said about a complaint: kind and words.
    pub fn negotiation(&self, id: &str) -> Vec<(String, String)> {
        let found = self.desk.complaints.iter().find(|c| c.id == id);
        found.into_iter().flat_map(|c| &c.history).map(|(kind, words, _)| (kind.clone(), words.clone())).collect()
    }

    /// News of complaints to be posted there; by a stranger, when they are forged.
    pub fn complaint_callbacks(&mut self, url: &str, now: i64, forged: bool) -> Vec<Request<Vec<u8>>> {
        let news = std::mem::take(&mut self.desk.complaint_news);
        news.into_iter()
            .map(|(id, event, action)| {
                let serial = self.bank.serial();
                let plain = json!({ "complaint_id": id, "action_type": action });
                let resource = self.seal.close(&plain.to_string(), "complaint", serial);
                let body = super::news::envelope(&format!("c{serial}"), &event, &resource, now);
                self.post(url, body, serial, now, forged)
            })
            .collect()
    }

    /// `/v3/merchant-service/complaints-v2…`
    pub(super) fn complaints(
        &mut self,
        request: &Request<Vec<u8>>,
        parts: &[&str],
        query: &str,
        now: i64,
    ) -> Option<Response<Vec<u8>>> {
        let get = request.method() == Method::GET;
        let said: Said = match (get, parts) {
            (true, []) => self.list_complaints(query),
            (true, [id]) => self.complaint(id).map(record),
            (true, [id, "negotiation-historys"]) => self.complaint(id).map(|c| {
                let steps: Vec<Value> = c.history.iter().enumerate().rev().map(|(place, (kind, words, at))| {
                    let images = c.pictures.get(&place).cloned().unwrap_or_default();
                    json!({ "image_list": images, "log_id": format!("{at}"), "operator": "", "operate_time": clock::rfc3339(*at), "operate_type": kind, "operate_details": words })
                }).collect();
                json!({ "total_count": steps.len(), "limit": 100, "offset": 0, "data": steps })
            }),
            (false, [id, what]) => {
                let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
                return match self.say_about(id, what, &body, now) {
                    Ok(()) if self.desk.lost_answers > 0 => {
                        self.desk.lost_answers -= 1;
                        None
                    }
                    Ok(()) => Some(self.sealed(204, Vec::new(), now)),
                    Err(fault) => Some(self.fault(&fault, now)),
                };
            }
            _ => Err(Fault(404, "RESOURCE_NOT_EXISTS", "没有这个接口")),
        };
        Some(match said {
            Ok(body) => self.sealed(200, body.to_string().into_bytes(), now),
            Err(fault) => self.fault(&fault, now),
        })
    }

    fn complaint(&self, id: &str) -> Result<&Complaint, Fault> {
        self.desk.complaints.iter().find(|c| c.id == id).ok_or(Fault(404, "RESOURCE_NOT_EXISTS", "投诉单不存在"))
    }

    fn list_complaints(&self, query: &str) -> Said {
        let number = |name: &str| field(query, name).and_then(|text| text.parse::<usize>().ok());
        let day = |name: &str| field(query, name).and_then(clock::day).ok_or(PARAM_ERROR);
        let (from, until) = (day("begin_date")?.0, day("end_date")?.1);
        let (limit, offset) = (number("limit").unwrap_or(10), number("offset").unwrap_or(0));
        if field(query, "complainted_mchid") != Some(&self.setup.merchant_id)
            || !(1..=50).contains(&limit)
            || until - from > 31 * crate::bank::DAY
        {
            return Err(PARAM_ERROR);
        }
        let within: Vec<&Complaint> = self.desk.complaints.iter().filter(|c| (from..until).contains(&c.at)).collect();
        let data: Vec<Value> = within.iter().skip(offset).take(limit).map(|c| record(c)).collect();
        Ok(json!({ "data": data, "limit": limit, "offset": offset, "total_count": within.len() }))
    }

    fn say_about(&mut self, id: &str, what: &str, body: &Value, now: i64) -> Result<(), Fault> {
        self.complaint(id)?;
        let merchant = self.setup.merchant_id.clone();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let named = text("complainted_mchid") == merchant;
        let (kind, words, state) = match (what, text("action").as_str()) {
            ("response", _) if named && (1..=200).contains(&text("response_content").chars().count()) => {
                ("MERCHANT_RESPONSE", text("response_content"), Some("PROCESSING"))
            }
            ("complete", _) if named => ("MERCHANT_CONFIRM_COMPLETE", String::new(), Some("PROCESSED")),
            ("update-refund-progress", "APPROVE") if body.get("launch_refund_day").is_some() => {
                ("MERCHANT_APPROVE_REFUND", String::new(), Some("PROCESSING"))
            }
            ("update-refund-progress", "REJECT")
                if !text("reject_reason").is_empty() && body.get("launch_refund_day").is_none() =>
            {
                ("MERCHANT_REFUSE_RERUND", text("reject_reason"), Some("PROCESSING"))
            }
            _ => return Err(PARAM_ERROR),
        };
        let named = |name: &str| body.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let pictures: Vec<String> = [named("response_images"), named("reject_media_list")]
            .concat()
            .iter()
            .map(|name| name.as_str().unwrap_or_default().to_owned())
            .collect();
        if pictures.len() > MOST_PICTURES || !pictures.iter().all(|name| self.desk.pictures.contains_key(name)) {
            return Err(Fault(400, "PARAM_ERROR", "图片不存在或超过4张"));
        }
        let Some(found) = self.desk.complaints.iter_mut().find(|c| c.id == id) else { return Ok(()) };
        if what == "complete" && found.state == "PENDING" {
            return Err(Fault(400, "INVALID_REQUEST", "请先回复用户"));
        }
        found.waiting = false;
        found.state = state.unwrap_or("PENDING").to_owned();
        if !pictures.is_empty() {
            found.pictures.insert(found.history.len(), pictures);
        }
        found.history.push((kind.to_owned(), words, now));
        Ok(())
    }
}

fn record(c: &Complaint) -> Value {
    json!({
        "complaint_id": c.id,
        "complaint_time": clock::rfc3339(c.at),
        "complaint_detail": c.words,
        "complaint_state": c.state,
        "payer_phone": "sGdNeTHMQGlxCWiUyHu6XNO9GCYln2Luv4HhwJzZBfcL12sB+PgZcS5NhePBog30NgJ1xRaK+gbGDKwpg==",
        "payer_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "complaint_order_info": [{ "transaction_id": c.transaction, "out_trade_no": c.payment, "amount": c.amount }],
        "complaint_full_refunded": false,
        "incoming_user_response": c.waiting,
        "problem_description": "不满意商家服务",
        "problem_type": "REFUND",
        "apply_refund_amount": c.amount,
        "user_complaint_times": c.times,
        "user_tag_list": ["TRUSTED"],
    })
}
