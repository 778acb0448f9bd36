//! Alipay's gateway as a merchant meets it: payments by page or code, refunds, remittances, bills, callbacks. Signatures,
//! forms and bills are written here a second time, on purpose: they share nothing with the client.
//!
//! What it answers comes from a [`Bank`], so that every [`Behaviour`](crate::Behaviour) is there, in Alipay's way: a
//! refund that does not succeed is not told at all, a closed account is an error, a stuck one is a deposit-back in
//! progress (`P`), and one that a bank sends back lies in the payer's Alipay balance (`F`).

mod bill;
mod complaint;
pub(crate) mod form;
mod fund;
mod news;
mod trade;
pub(crate) mod zip;

use crate::bank::{Bank, Manner, SECOND};
use crate::behaviour::Chooser;
use crate::loopback::Provider;
use crate::multipart::{self, Uploads, Way};
use crate::rsa::{Signer, Verifier};
use crate::wechat::Late;
use crate::{BadSetup, page};
use form::{fields, signed_text};
use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Refunds of one trade wait so long for each other.
const TRADE_LOCK: i64 = 3 * SECOND;
/// A request whose time is further from ours is refused.
const WINDOW: i64 = 900 * SECOND;

/// The numbers of certificate mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Serials {
    /// Of the merchant's certificate.
    pub app: String,
    /// Of Alipay's certificate.
    pub alipay: String,
    /// Of the roots.
    pub root: String,
}

/// How a simulator of Alipay is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AlipaySetup {
    /// The merchant's app.
    pub app_id: String,
    /// The merchant.
    pub seller_id: String,
    /// The merchant's public key or certificate (PEM).
    pub merchant_key: String,
    /// The platform's private key (PEM).
    pub platform_key: String,
    /// A private key of nobody (PEM), for forgeries.
    pub stranger_key: String,
    /// In certificate mode, the numbers that must be said.
    pub serials: Option<Serials>,
    /// Where it is reached, for the addresses of bills.
    pub base_url: String,
    /// Where callbacks go of which no payment said where.
    pub notify_url: String,
    /// How refunds behave.
    pub chooser: Chooser,
}

/// What Alipay remembers beside the bank.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Desk {
    /// Where payers are sent in this simulation; empty: to the provider itself, where a simulation cannot follow.
    #[serde(default)]
    cashier_url: String,
    /// Where news of a payment goes.
    notify: BTreeMap<String, String>,
    /// When a trade last saw a refund, and which.
    locks: BTreeMap<String, (i64, String)>,
    /// Bills that can be fetched: token, until when, kind, first instant of the day.
    bills: Vec<(String, i64, String, i64)>,
    /// Complaints of payers.
    #[serde(default)]
    complaints: Vec<complaint::Complaint>,
    /// Answers about complaints that will get lost.
    #[serde(default)]
    lost_answers: u32,
    /// Pictures that the merchant uploaded: id and SHA-256.
    #[serde(default)]
    pictures: BTreeMap<String, String>,
    /// What becomes of the next uploads.
    #[serde(default)]
    uploads: Uploads,
}

/// The simulated Alipay.
pub struct AlipaySimulator {
    setup: AlipaySetup,
    merchant: Verifier,
    own: Signer,
    stranger: Signer,
    desk: Desk,
    bank: Bank,
}

/// An error as Alipay says it: code, and code of the business.
struct Fault(&'static str, &'static str);

/// What a method answers, without the codes.
type Said = Result<Map<String, Value>, Fault>;

const INVALID: Fault = Fault("40004", "ACQ.INVALID_PARAMETER");

impl AlipaySimulator {
    /// An empty one.
    ///
    /// # Errors
    /// Keys that cannot be read.
    pub fn new(setup: AlipaySetup) -> Result<Self, BadSetup> {
        let bank = Bank::new("2026112222001", setup.chooser);
        Self::of(setup, Desk::default(), bank)
    }

    fn of(setup: AlipaySetup, desk: Desk, bank: Bank) -> Result<Self, BadSetup> {
        let bad = |what: &str| BadSetup(format!("the key of {what} cannot be read"));
        Ok(Self {
            merchant: Verifier::read(&setup.merchant_key).ok_or_else(|| bad("the merchant"))?,
            own: Signer::read(&setup.platform_key).ok_or_else(|| bad("the platform"))?,
            stranger: Signer::read(&setup.stranger_key).ok_or_else(|| bad("the stranger"))?,
            setup,
            desk,
            bank,
        })
    }

    /// Reads what [`AlipaySimulator::save`] wrote.
    ///
    /// # Errors
    /// Text of another program, and keys that cannot be read.
    pub fn load(text: &str) -> Result<Self, BadSetup> {
        let (setup, desk, bank) = serde_json::from_str(text).map_err(|e| BadSetup(e.to_string()))?;
        Self::of(setup, desk, bank)
    }

    /// The whole state as text.
    pub fn save(&self) -> String {
        serde_json::to_string(&(&self.setup, &self.desk, &self.bank)).expect("maps with text keys are JSON")
    }

    /// Payments, refunds and books.
    pub fn bank(&self) -> &Bank {
        &self.bank
    }

    /// Sends payers to a cashier of the simulation's own from now on, at this address.
    pub fn set_cashier_url(&mut self, url: &str) {
        url.clone_into(&mut self.desk.cashier_url);
    }

    /// To pay, to script behaviours and errors of bills, to top up.
    pub fn bank_mut(&mut self) -> &mut Bank {
        &mut self.bank
    }

    /// Moves to another address: the one it was given, once it is known.
    pub fn set_base_url(&mut self, url: &str) {
        url.clone_into(&mut self.setup.base_url);
    }

    /// Answers a request; `None` when the connection drops, which may be before or after it acted.
    pub fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        self.bank.advance(now);
        if let Some(page) = page::visit(&mut self.bank, request, now) {
            return Some(page);
        }
        let query = request.uri().query().unwrap_or_default();
        if request.uri().path().ends_with("/bill") {
            return Some(self.bill_file(query, now));
        }
        let mut given = fields(query);
        let visit = given.get("method").is_some_and(|m| m.ends_with("page.pay") || m.ends_with("wap.pay"));
        let parts = multipart::parts(request);
        if let Some(parts) = &parts {
            // Everything but files is signed.
            let text = parts.iter().filter(|part| part.file.is_none());
            given.extend(text.map(|part| (part.name.clone(), String::from_utf8_lossy(part.content).into_owned())));
        } else if !visit && request.method() == Method::POST {
            given.extend(fields(&String::from_utf8_lossy(request.body())));
        }
        if !self.trusts(&given, now) {
            return Some(gateway_error("40002", "isv.invalid-signature"));
        }
        let content: Value = serde_json::from_str(given.get("biz_content").map_or("{}", String::as_str)).ok()?;
        if visit {
            return Some(self.visit(request, &given, &content, now));
        }
        let method = given.get("method").cloned().unwrap_or_default();
        let mut manner = Manner::Prompt;
        let said = match method.as_str() {
            "alipay.trade.precreate" => self.precreate(&given, &content),
            "alipay.trade.query" => self.tell_trade(&content),
            "alipay.trade.close" => self.close(&content),
            "alipay.trade.refund" => self.refund(&content, &mut manner, now),
            "alipay.trade.fastpay.refund.query" => self.tell_refund(&content),
            "alipay.fund.trans.uni.transfer" => self.transfer(&content, &mut manner, now),
            "alipay.fund.trans.common.query" => self.tell_transfer(&content),
            "alipay.data.dataservice.bill.downloadurl.query" => self.bill_address(&content, now),
            "alipay.merchant.image.upload" => {
                let way = self.desk.uploads.next();
                if way == Way::Dropped {
                    return None;
                }
                let said = self.keep_picture(&given, parts.as_deref().unwrap_or_default());
                match way {
                    Way::Dropped | Way::Unanswered => return None,
                    Way::Late => manner = Manner::Late,
                    Way::Well => {}
                }
                said
            }
            "alipay.merchant.tradecomplain.batchquery" => self.list_complaints(&content),
            "alipay.merchant.tradecomplain.query" => self.tell_complaint(&content),
            "alipay.merchant.tradecomplain.feedback.submit" => {
                let (lost, said) = self.take_feedback(&content, now);
                if lost {
                    return None;
                }
                said
            }
            _ => Err(Fault("40002", "isv.invalid-method")),
        };
        let mut response = match manner {
            Manner::Dropped => return None,
            Manner::SystemError => self.say(&method, Err(Fault("20000", "isp.unknow-error"))),
            Manner::Unsigned => unsigned(&method),
            Manner::Prompt | Manner::Late => self.say(&method, said),
        };
        if manner == Manner::Late {
            response.extensions_mut().insert(Late);
        }
        Some(response)
    }

    /// Whether parameters are the merchant's, unchanged and of now.
    fn trusts(&self, given: &BTreeMap<String, String>, now: i64) -> bool {
        let get = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
        let serials = self.setup.serials.as_ref();
        let numbered = serials.map(|s| (s.app.as_str(), s.root.as_str()));
        let at = crate::clock::from_rfc3339(&format!("{}+08:00", get("timestamp").replace(' ', "T")));
        get("app_id") == self.setup.app_id
            && get("sign_type") == "RSA2"
            && get("charset").eq_ignore_ascii_case("utf-8")
            && get("version") == "1.0"
            && numbered.is_none_or(|both| both == (get("app_cert_sn"), get("alipay_root_cert_sn")))
            && at.is_some_and(|at| (now - at).abs() <= WINDOW)
            && self.merchant.trusts(signed_text(given, &["sign"]).as_bytes(), get("sign"))
    }

    /// A signed answer: what the merchant verifies is the text between the braces, byte by byte.
    fn say(&self, method: &str, said: Said) -> Response<Vec<u8>> {
        let node = match said {
            Ok(mut node) => {
                node.insert("code".into(), json!("10000"));
                node.insert("msg".into(), json!("Success"));
                Value::Object(node)
            }
            Err(Fault(code, sub)) => fault(code, sub),
        };
        let node = node.to_string();
        let sign = self.own.sign(node.as_bytes());
        let number = self.setup.serials.as_ref().map(|serials| format!("\"alipay_cert_sn\":\"{}\",", serials.alipay));
        let name = method.replace('.', "_");
        let body = format!("{{\"{name}_response\":{node},{}\"sign\":\"{sign}\"}}", number.unwrap_or_default());
        json_response(body)
    }
}

fn fault(code: &str, sub: &str) -> Value {
    let message = if code == "40004" { "Business Failed" } else { "Service Currently Unavailable" };
    json!({ "code": code, "msg": message, "sub_code": sub, "sub_msg": "模拟的错误" })
}

fn json_response(body: String) -> Response<Vec<u8>> {
    let mut response = Response::new(body.into_bytes());
    let kind = http::HeaderValue::from_static("text/html;charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    response
}

/// What the gateway complains about, unsigned.
fn gateway_error(code: &str, sub: &str) -> Response<Vec<u8>> {
    json_response(json!({ "error_response": fault(code, sub) }).to_string())
}

/// An answer that claims everything and has no signature.
fn unsigned(method: &str) -> Response<Vec<u8>> {
    let name = format!("{}_response", method.replace('.', "_"));
    json_response(json!({ name: { "code": "10000", "msg": "Success", "fund_change": "Y" } }).to_string())
}

impl Provider for AlipaySimulator {
    fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        Self::handle(self, request, now)
    }
}
