//! Disputes at Stripe: the card holder's bank takes the money back, and evidence decides whether it returns.

use super::answer::{self, Answer};
use super::checkout::IntentBody;
use super::{StripeChannel, money};
use crate::complaint::{ComplaintFile, ComplaintOp, ComplaintWord, MOST_EVIDENCE_FILE, fitting, from_seconds, key};
use crate::multipart::Part;
use crate::wire::code;
use crate::{Impossible, Reply};
use http::Request;
use serde::Deserialize;
use serde_json::Value;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::outside_complaint::{
    CallOutcome, HeardComplaint, HeardMoney, OrderFacts, OutsideResult, Saying, Stage,
};
use yuanlu_domain::payout::Outcome;

const PATH: &str = "/v1/disputes";
/// As much text as one field of evidence holds.
const MOST_EVIDENCE: usize = 20_000;

#[derive(Deserialize)]
struct Uploaded {
    id: String,
    #[serde(default)]
    purpose: String,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Dispute>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
pub(super) struct Dispute {
    pub(super) id: String,
    amount: i64,
    currency: String,
    status: String,
    created: i64,
    #[serde(default)]
    reason: String,
    /// A number, or the whole of it where it was asked for.
    #[serde(default)]
    payment_intent: Value,
    #[serde(default)]
    evidence_details: Details,
}

#[derive(Default, Deserialize)]
struct Details {
    #[serde(default)]
    due_by: Option<i64>,
    #[serde(default)]
    submission_count: u32,
}

impl Dispute {
    fn stage(&self) -> Stage {
        match self.status.as_str() {
            "won" => Stage::Over(OutsideResult::NotUpheld),
            "lost" => Stage::Over(OutsideResult::Upheld),
            "warning_closed" | "prevented" => Stage::Over(OutsideResult::Ended),
            "under_review" | "warning_under_review" | "appeal_under_review" => Stage::InProgress,
            _ => Stage::WantsReply,
        }
    }

    /// An inquiry takes no money; a dispute takes it at once and a win gives it back.
    fn money(&self) -> Option<HeardMoney> {
        match self.status.as_str() {
            "won" => Some(HeardMoney::Returned),
            "prevented" => None,
            status if status.starts_with("warning_") => None,
            _ => money(self.amount, &self.currency).filter(|m| m.minor() > 0).map(HeardMoney::Taken),
        }
    }

    fn heard(self) -> HeardComplaint {
        let intent = serde_json::from_value::<IntentBody>(self.payment_intent.clone()).ok();
        let no = intent.map(|intent| intent.no().to_owned()).filter(|no| !no.is_empty());
        HeardComplaint {
            received_at: from_seconds(self.created),
            reply_by: self.evidence_details.due_by.map(from_seconds),
            complainant: None,
            words: code(&self.reason),
            payments: no.map(ChannelNumber::new).into_iter().collect(),
            claimed: money(self.amount, &self.currency),
            stage: self.stage(),
            money: self.money(),
            status: code(&self.status),
            number: self.id,
        }
    }
}

/// Fields of evidence that the record fills.
fn told(facts: &OrderFacts) -> impl Iterator<Item = (&'static str, &str)> {
    [
        ("evidence[product_description]", facts.product.as_str()),
        ("evidence[service_date]", &facts.delivered_on),
        ("evidence[access_activity_log]", &facts.access),
        ("evidence[refund_policy_disclosure]", &facts.terms),
    ]
    .into_iter()
    .filter(|(_, value)| (1..=MOST_EVIDENCE).contains(&value.chars().count()))
}

impl StripeChannel {
    fn evidence_file(&self, number: &str, file: &ComplaintFile) -> Result<Request<Vec<u8>>, Impossible> {
        let file = file.fitting(&["application/pdf", "image/jpeg", "image/png"], MOST_EVIDENCE_FILE)?;
        let digest = crate::wire::hex(ring::digest::digest(&ring::digest::SHA256, &file.content).as_ref());
        let parts = [
            Part { name: "purpose", file: None, media_type: None, content: b"dispute_evidence" },
            Part { name: "file", file: Some(&file.name), media_type: Some(&file.media_type), content: &file.content },
        ];
        self.upload(&parts, &key(number, Saying::Reply, "", &[digest]))
    }

    pub(super) fn dispute(&self, op: &ComplaintOp) -> Result<Request<Vec<u8>>, Impossible> {
        let id = |number: &str| fitting(number).map(str::to_owned).ok_or(Impossible::Number);
        match op {
            ComplaintOp::List { from, after, .. } => {
                let since = from.micros().div_euclid(1_000_000);
                let after = match after {
                    Some(after) => format!("&starting_after={}", id(after)?),
                    None => String::new(),
                };
                self.get(&format!("{PATH}?limit=100&created[gte]={since}&expand[]=data.payment_intent{after}"))
            }
            ComplaintOp::Detail { number } | ComplaintOp::Said { number, .. } => {
                self.get(&format!("{PATH}/{}?expand[]=payment_intent", id(number)?))
            }
            ComplaintOp::Upload { number, file } => self.evidence_file(&id(number)?, file),
            ComplaintOp::Say { number, saying: Saying::Reply, words, files, facts } => {
                if words.is_empty() || words.chars().count() > MOST_EVIDENCE {
                    return Err(Impossible::Text);
                }
                let mut fields = vec![("evidence[uncategorized_text]", words.as_str())];
                match files.as_slice() {
                    [] => {}
                    [file] => fields.push(("evidence[uncategorized_file]", file)),
                    _ => return Err(Impossible::File),
                }
                fields.extend(told(facts));
                fields.push(("submit", "true"));
                // Other facts are another request, and a key is good for one.
                let all: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
                self.post(&format!("{PATH}/{}", id(number)?), &fields, &key(number, Saying::Reply, words, &all))
            }
            ComplaintOp::Say { number, saying: Saying::Concede, files, .. } if files.is_empty() => {
                self.post(&format!("{PATH}/{}/close", id(number)?), &[], &key(number, Saying::Concede, "", &[]))
            }
            ComplaintOp::Say { .. } => Err(Impossible::NoSuchOperation),
        }
    }

    pub(super) fn dispute_answer(&self, op: &ComplaintOp, reply: &Reply) -> ComplaintWord {
        let bytes = match answer::read(reply) {
            Answer::Done(bytes) => bytes,
            Answer::Error(turned) => {
                return match turned.outcome() {
                    Outcome::FixRequest { code } => ComplaintWord::refused(op, code),
                    Outcome::Unknown { code } | Outcome::RetrySameId { code } => ComplaintWord::unknown(op, code),
                    _ => ComplaintWord::unknown(op, "unreadable".to_owned()),
                };
            }
            Answer::Nothing(Outcome::RetrySameId { code }) if code == "not_sent" => return ComplaintWord::not_sent(op),
            Answer::Nothing(Outcome::Unknown { code } | Outcome::RetrySameId { code }) => {
                return ComplaintWord::unknown(op, code);
            }
            Answer::Nothing(_) => return ComplaintWord::unknown(op, "unreadable".to_owned()),
        };
        let unreadable = || ComplaintWord::unknown(op, "unreadable".to_owned());
        let number = match op {
            ComplaintOp::List { .. } => {
                return serde_json::from_slice::<List>(bytes).map_or_else(
                    |_| unreadable(),
                    |list| ComplaintWord::Heard {
                        complaints: list.data.into_iter().map(Dispute::heard).collect(),
                        more: list.has_more,
                    },
                );
            }
            ComplaintOp::Upload { .. } => {
                let uploaded = serde_json::from_slice::<Uploaded>(bytes).ok();
                return match uploaded.filter(|file| file.purpose == "dispute_evidence") {
                    Some(file) => ComplaintWord::uploaded(op, &file.id),
                    None => unreadable(),
                };
            }
            ComplaintOp::Detail { number } | ComplaintOp::Say { number, .. } | ComplaintOp::Said { number, .. } => {
                number
            }
        };
        let found = serde_json::from_slice::<Dispute>(bytes).ok().filter(|dispute| dispute.id == *number);
        match (op, found) {
            (_, None) => unreadable(),
            (ComplaintOp::Said { saying, .. }, Some(dispute)) => {
                let said = match saying {
                    Saying::Concede => dispute.status == "lost",
                    _ => dispute.evidence_details.submission_count > 0 || dispute.stage() != Stage::WantsReply,
                };
                ComplaintWord::Call(if said { CallOutcome::Done } else { CallOutcome::Missing })
            }
            (ComplaintOp::Say { .. }, Some(_)) => ComplaintWord::Call(CallOutcome::Done),
            (_, Some(dispute)) => ComplaintWord::Heard { complaints: vec![dispute.heard()], more: false },
        }
    }
}
