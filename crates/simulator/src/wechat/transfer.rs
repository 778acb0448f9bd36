//! Transfers of WeChat to its users.

use super::refund::refusal;
use super::{Fault, PARAM_ERROR, Said, WechatSimulator};
use crate::bank::{Order, Payee, Refund, Status, Why};
use crate::clock;
use http::{Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// From so many fen on the name must be given, and below so many none may be.
const NAME_NEEDED: i64 = 200_000;
const NAME_ALLOWED: i64 = 30;

#[derive(Deserialize)]
struct Ask {
    appid: String,
    out_bill_no: String,
    transfer_scene_id: String,
    openid: String,
    #[serde(default)]
    user_name: Option<String>,
    transfer_amount: i64,
    transfer_remark: String,
    #[serde(default)]
    notify_url: Option<String>,
    transfer_scene_report_infos: Vec<Info>,
}

#[derive(Deserialize)]
struct Info {
    info_type: String,
    info_content: String,
}

impl WechatSimulator {
    fn read_transfer(&self, request: &Request<Vec<u8>>) -> Result<(Ask, String), Fault> {
        let ask: Ask = serde_json::from_slice(request.body()).map_err(|_| PARAM_ERROR)?;
        let number =
            (1..=32).contains(&ask.out_bill_no.len()) && ask.out_bill_no.bytes().all(|b| b.is_ascii_alphanumeric());
        let fits = |info: &Info| info.info_type.chars().count() <= 15 && info.info_content.chars().count() <= 32;
        let told = !ask.transfer_scene_report_infos.is_empty() && ask.transfer_scene_report_infos.iter().all(fits);
        let remark = (1..=32).contains(&ask.transfer_remark.chars().count());
        if !number || !told || !remark || ask.transfer_scene_id.len() != 4 || ask.appid != self.setup.app_id {
            return Err(PARAM_ERROR);
        }
        let name = match &ask.user_name {
            None if ask.transfer_amount < NAME_NEEDED => String::new(),
            Some(sealed) if ask.transfer_amount >= NAME_ALLOWED && self.seal.is_addressed(request.headers()) => {
                self.seal.open(sealed).ok_or(Fault(400, "PARAM_ERROR", "user_name解密失败"))?
            }
            _ => return Err(PARAM_ERROR),
        };
        Ok((ask, name))
    }

    /// `POST /v3/fund-app/mch-transfer/transfer-bills`.
    pub(super) fn take_transfer(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        let (ask, name) = match self.read_transfer(request) {
            Ok(read) => read,
            Err(fault) => return Some(self.fault(&fault, now)),
        };
        let no = ask.out_bill_no.clone();
        let payee = Payee { account: ask.openid, name };
        let answer = self.bank.take(
            Order {
                no: no.clone(),
                payment_no: String::new(),
                payment_ref: String::new(),
                payee: Some(payee),
                amount_minor: ask.transfer_amount,
                total_minor: None,
                currency: "CNY".to_owned(),
                note: ask.transfer_remark,
            },
            now,
        );
        if let Some(url) = ask.notify_url {
            self.desk.notify.insert(no.clone(), url);
        }
        let said = match answer.taken {
            // Taken, and failed by the checks that follow.
            Err(why @ (Why::NoSuchAccount | Why::OtherName)) => {
                let reason = if why == Why::OtherName { "REAL_NAME_CHECK_FAIL" } else { "OPENID_INVALID" };
                self.desk.failed.insert(no.clone(), (ask.transfer_amount, reason.to_owned()));
                self.tell_transfer(&no)
            }
            Err(why) => Err(refusal(why)),
            Ok(_) => self.tell_transfer(&no),
        };
        let said = said.map(|mut body| {
            // The answer to the transfer itself names no amount.
            let _ = body.as_object_mut().map(|fields| fields.remove("transfer_amount"));
            body
        });
        let lie = |mut body: Value| {
            body["state"] = "SUCCESS".into();
            body
        };
        self.say(answer.manner, said, lie, now)
    }

    /// `GET …/transfer-bills/out-bill-no/{no}`.
    pub(super) fn tell_transfer(&self, no: &str) -> Said {
        if let Some((amount, reason)) = self.desk.failed.get(no) {
            return Ok(json!({
                "mch_id": self.setup.merchant_id, "out_bill_no": no, "transfer_bill_no": format!("133{no}"),
                "state": "FAIL", "fail_reason": reason, "transfer_amount": amount,
            }));
        }
        let found = self.bank.refund(no).filter(|refund| refund.payee.is_some());
        found.map(|transfer| self.transfer_body(transfer)).ok_or(Fault(404, "NOT_FOUND", "记录不存在"))
    }

    /// A transfer in WeChat's words.
    pub(super) fn transfer_body(&self, transfer: &Refund) -> Value {
        let state = state(transfer.status);
        let mut body = json!({
            "mch_id": self.setup.merchant_id,
            "out_bill_no": transfer.no,
            "transfer_bill_no": transfer.channel_ref,
            "appid": self.setup.app_id,
            "state": state,
            "transfer_amount": transfer.amount_minor,
            "transfer_remark": transfer.note,
            "openid": transfer.payee.as_ref().map(|payee| payee.account.clone()),
            "create_time": clock::rfc3339(transfer.taken_at),
            "update_time": clock::rfc3339(transfer.changed_at),
        });
        match state {
            "FAIL" => body["fail_reason"] = "PAYEE_ACCOUNT_ABNORMAL".into(),
            "WAIT_USER_CONFIRM" => {
                body["package_info"] = format!("affffddafdfafddffda=={}", transfer.channel_ref).into()
            }
            _ => {}
        }
        body
    }
}

/// WeChat's word for a state.
pub(super) fn state(status: Status) -> &'static str {
    match status {
        Status::Accepted => "WAIT_USER_CONFIRM",
        Status::Arrived | Status::Bounced => "SUCCESS",
        Status::Refused => "FAIL",
        Status::Abnormal => "TRANSFERING",
        Status::Reversing => "REVERSING",
    }
}
