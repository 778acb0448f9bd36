//! Remittances: transfers to a WeChat user (商家转账), who has to confirm each of them within a day.

use super::answer::{Answer, error_outcome};
use super::{WechatChannel, cut, fen, fitting};
use crate::wire::code;
use crate::{Impossible, Op, Reply};
use http::{Method, Request};
use serde::Deserialize;
use serde_json::json;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

pub(super) const PATH: &str = "/v3/fund-app/mch-transfer/transfer-bills";
/// Below so many fen WeChat takes no name.
const LEAST_WITH_NAME: i64 = 30;

impl WechatChannel {
    pub(super) fn remit_request(&self, op: &Op, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        let Op::Remit { no, payee, amount, reason } = op else { return Err(Impossible::NoSuchOperation) };
        let fen = fen(*amount)?;
        if !(1..=64).contains(&payee.account.len()) || payee.name.trim().is_empty() {
            return Err(Impossible::Text);
        }
        let number = fitting(no)?;
        let mut body = json!({
            "appid": self.config.app_id,
            "out_bill_no": number,
            "transfer_scene_id": self.config.transfer_scene,
            "openid": payee.account,
            "transfer_amount": fen,
            "transfer_remark": cut(reason, 32),
            "notify_url": self.config.notify_url,
            "user_recv_perception": "退款",
            "transfer_scene_report_infos": [{ "info_type": "赔付原因", "info_content": "订单退款" }],
        });
        if fen >= LEAST_WITH_NAME {
            let hidden = self.keys.encrypt(&payee.name, &format!("{number} user_name"), now).ok_or(Impossible::Text)?;
            body["user_name"] = hidden.into();
        }
        Ok(self.keys.request(Method::POST, &self.url(PATH)?, body.to_string().into_bytes(), true, now))
    }

    /// What the payee's page needs to ask for his confirmation, from the answer to [`Op::Remit`].
    pub fn confirmation(&self, reply: &Reply, now: Instant) -> Option<String> {
        match super::answer::read(&self.keys, reply, now) {
            Answer::Done(bytes) => serde_json::from_slice::<TransferBody>(bytes).ok()?.package_info,
            _ => None,
        }
    }
}

/// A transfer as WeChat describes it. The answer to a transfer names no amount; what is asked about does.
#[derive(Deserialize)]
pub(super) struct TransferBody {
    pub(super) out_bill_no: String,
    transfer_bill_no: String,
    state: String,
    #[serde(default)]
    transfer_amount: Option<i64>,
    #[serde(default)]
    fail_reason: Option<String>,
    #[serde(default)]
    package_info: Option<String>,
}

impl TransferBody {
    pub(super) fn amount(&self) -> Option<Money> {
        self.transfer_amount.filter(|fen| *fen > 0).map(|fen| Money::new(fen, Currency::Cny))
    }

    pub(super) fn outcome(self) -> Outcome {
        let channel_ref = self.transfer_bill_no;
        match self.state.as_str() {
            "SUCCESS" => Outcome::Arrived { channel_ref },
            "ACCEPTED" | "PROCESSING" | "WAIT_USER_CONFIRM" | "TRANSFERING" | "CANCELING" => {
                Outcome::Accepted { channel_ref }
            }
            "FAIL" => Outcome::OtherRoute { code: self.fail_reason.as_deref().map_or("FAIL".to_owned(), code) },
            "CANCELLED" => Outcome::OtherRoute { code: "CANCELLED".to_owned() },
            state => Outcome::Unknown { code: format!("state_{}", code(state)) },
        }
    }
}

pub(super) fn outcome(answer: Answer<'_>, no: &ChannelNumber, amount: Money, asked: bool) -> Outcome {
    let unknown = |code: &str| Outcome::Unknown { code: code.to_owned() };
    match answer {
        Answer::Nothing(outcome) => outcome,
        Answer::Error { status, code } => error_outcome(status, code, asked),
        Answer::Done(bytes) => match serde_json::from_slice::<TransferBody>(bytes) {
            Err(_) => unknown("unreadable"),
            Ok(body) if body.out_bill_no != no.as_str() => unknown("other_number"),
            Ok(body) if body.amount().is_some_and(|named| named != amount) || (asked && body.amount().is_none()) => {
                Outcome::FixRequest { code: "other_amount".to_owned() }
            }
            Ok(body) => body.outcome(),
        },
    }
}
