//! WeChat Pay v3 as a merchant meets it: payments by code, page or inside WeChat, refunds, transfers to users, bills,
//! encrypted callbacks. Its signatures, its encryption and its bills are written here a second time, on purpose: they
//! share nothing with the client.
//!
//! What it answers comes from a [`Bank`], so that every [`Behaviour`](crate::Behaviour) is there. A payer's closed
//! account is an error that records nothing; a bounce is seen in the bill of funds alone, for a refund that WeChat calls
//! `SUCCESS` stays one.

mod bill;
mod complaint;
mod news;
mod pay;
mod refund;
mod seal;
mod transfer;

use crate::bank::{Bank, Manner, SECOND};
use crate::behaviour::Chooser;
use crate::loopback::Provider;
use crate::multipart::Uploads;
use crate::{BadSetup, clock, page};
use http::{Method, Request, Response};
use seal::Seal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How a simulator of WeChat is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WechatSetup {
    /// The merchant's number.
    pub merchant_id: String,
    /// The app.
    pub app_id: String,
    /// Serial number of the merchant's certificate.
    pub merchant_serial: String,
    /// The merchant's public key, or its certificate (PEM).
    pub merchant_key: String,
    /// The key of 32 characters that callbacks are encrypted with.
    pub api_key: String,
    /// The platform's private key (PEM).
    pub platform_key: String,
    /// The number of that key: `PUB_KEY_ID_…`, or the certificate's serial number.
    pub platform_serial: String,
    /// The platform's certificate (PEM); empty in public-key mode.
    pub platform_certificate: String,
    /// A private key of nobody (PEM), for forgeries.
    pub stranger_key: String,
    /// Where it is reached, for the addresses of bills.
    pub base_url: String,
    /// How refunds behave.
    pub chooser: Chooser,
}

/// What WeChat remembers beside the bank.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Desk {
    /// Where payers are sent in this simulation; empty: to the provider itself, where a simulation cannot follow.
    #[serde(default)]
    cashier_url: String,
    /// Where news of a payment, a refund or a transfer goes.
    notify: BTreeMap<String, String>,
    /// Transfers that failed at once: amount and reason.
    failed: BTreeMap<String, (i64, String)>,
    /// Bills that can be fetched: token, until when, text.
    bills: Vec<(String, i64, String)>,
    /// Complaints of payers.
    #[serde(default)]
    complaints: Vec<complaint::Complaint>,
    /// News of them that nobody was told: number, event, action.
    #[serde(default)]
    complaint_news: Vec<(String, String, String)>,
    /// Where news of complaints goes; empty: nowhere.
    #[serde(default)]
    complaint_url: String,
    /// Answers about complaints that will get lost.
    #[serde(default)]
    lost_answers: u32,
    /// Pictures that the merchant uploaded: name and SHA-256.
    #[serde(default)]
    pictures: BTreeMap<String, String>,
    /// What becomes of the next uploads.
    #[serde(default)]
    uploads: Uploads,
}

/// An answer comes with this when nobody is going to wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late;

/// The simulated WeChat Pay.
#[derive(Debug)]
pub struct WechatSimulator {
    setup: WechatSetup,
    seal: Seal,
    desk: Desk,
    bank: Bank,
}

/// An error as WeChat says it.
struct Fault(u16, &'static str, &'static str);

/// What is answered: a status and a body, or a fault.
type Said = Result<Value, Fault>;

const PARAM_ERROR: Fault = Fault(400, "PARAM_ERROR", "参数错误");

impl WechatSimulator {
    /// An empty one.
    ///
    /// # Errors
    /// Keys that cannot be read.
    pub fn new(setup: WechatSetup) -> Result<Self, BadSetup> {
        let bank = Bank::new("42", setup.chooser);
        Ok(Self { seal: Seal::new(&setup)?, setup, desk: Desk::default(), bank })
    }

    /// Reads what [`WechatSimulator::save`] wrote.
    ///
    /// # Errors
    /// Text of another program, and keys that cannot be read.
    pub fn load(text: &str) -> Result<Self, BadSetup> {
        let (setup, desk, bank) = serde_json::from_str(text).map_err(|e| BadSetup(e.to_string()))?;
        Ok(Self { seal: Seal::new(&setup)?, setup, desk, bank })
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

    /// Answers a request; `None` when the connection drops, which may be before or after it acted.
    fn answer(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        self.bank.advance(now);
        if let Some(page) = page::visit(&mut self.bank, request, now) {
            return Some(page);
        }
        let parts = crate::multipart::parts(request);
        // Of a request with a file only its description is signed.
        let signed = match &parts {
            Some(parts) => parts.iter().find(|part| part.name == "meta").map_or(&[][..], |part| part.content),
            None => request.body(),
        };
        if !self.seal.trusts(request, signed, &self.setup, now) {
            // Said at the gate: without a signature.
            let body = json!({ "code": "SIGN_ERROR", "message": "签名错误" }).to_string().into_bytes();
            return Some(with_status(Response::new(body), 401));
        }
        let uploaded = parts;
        let path = request.uri().path();
        // It may stand below another address.
        let path = path.find("/v3/").map_or(path, |at| &path[at..]).to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let get = request.method() == Method::GET;
        if let ["v3", "merchant-service", "complaints-v2", rest @ ..] = parts.as_slice() {
            return self.complaints(request, rest, &query, now);
        }
        if let (false, ["v3", "merchant-service", "images", "upload"]) = (get, parts.as_slice()) {
            return self.take_picture(uploaded.as_deref(), now);
        }
        let said = match (get, parts.as_slice()) {
            (false, ["v3", "pay", "transactions", trade @ ("native" | "h5" | "jsapi")]) => {
                self.prepare(trade, request.body())
            }
            (true, ["v3", "pay", "transactions", "out-trade-no", no]) => self.tell_payment(no),
            (false, ["v3", "pay", "transactions", "out-trade-no", no, "close"]) => {
                return Some(match self.close(no) {
                    Ok(()) => self.sealed(204, Vec::new(), now),
                    Err(fault) => self.fault(&fault, now),
                });
            }
            (false, ["v3", "refund", "domestic", "refunds"]) => return self.take_refund(request.body(), now),
            (true, ["v3", "refund", "domestic", "refunds", no]) => self.tell_refund(no),
            (false, ["v3", "refund", "domestic", "refunds", reference, "apply-abnormal-refund"]) => {
                self.finish_abnormal(reference, request, now)
            }
            (false, ["v3", "fund-app", "mch-transfer", "transfer-bills"]) => return self.take_transfer(request, now),
            (true, ["v3", "fund-app", "mch-transfer", "transfer-bills", "out-bill-no", no]) => self.tell_transfer(no),
            (_, ["v3", "merchant-service", "complaint-notifications"]) => self.complaint_address(request),
            (true, ["v3", "certificates"]) => self.certificates(now),
            (true, ["v3", "bill", kind @ ("tradebill" | "fundflowbill")]) => self.offer_bill(kind, &query, now),
            (true, ["v3", "billdownload", "file"]) => return Some(self.bill_file(&query, now)),
            _ => Err(Fault(404, "RESOURCE_NOT_EXISTS", "没有这个接口")),
        };
        Some(match said {
            Ok(body) => self.sealed(200, body.to_string().into_bytes(), now),
            Err(fault) => self.fault(&fault, now),
        })
    }

    fn sealed(&mut self, status: u16, body: Vec<u8>, now: i64) -> Response<Vec<u8>> {
        let serial = self.bank.serial();
        let mut response = with_status(Response::new(body), status);
        self.seal.put(&mut response, serial, now);
        response
    }

    fn fault(&mut self, fault: &Fault, now: i64) -> Response<Vec<u8>> {
        let body = json!({ "code": fault.1, "message": fault.2, "detail": {} });
        self.sealed(fault.0, body.to_string().into_bytes(), now)
    }

    /// Says it in the manner of the bank's answer.
    fn say(
        &mut self,
        manner: Manner,
        said: Said,
        lie: impl FnOnce(Value) -> Value,
        now: i64,
    ) -> Option<Response<Vec<u8>>> {
        let mut answer = match (manner, said) {
            (Manner::Dropped, _) => return None,
            (Manner::SystemError, _) => self.fault(&Fault(500, "SYSTEM_ERROR", "系统异常"), now),
            (Manner::Unsigned, Ok(body)) => Response::new(lie(body).to_string().into_bytes()),
            (_, Ok(body)) => self.sealed(200, body.to_string().into_bytes(), now),
            (_, Err(fault)) => self.fault(&fault, now),
        };
        if manner == Manner::Late {
            answer.extensions_mut().insert(Late);
        }
        Some(answer)
    }

    /// `/v3/merchant-service/complaint-notifications`: one address, set once and changed afterwards.
    fn complaint_address(&mut self, request: &Request<Vec<u8>>) -> Said {
        let known = !self.desk.complaint_url.is_empty();
        match (request.method(), known) {
            (&Method::GET, false) | (&Method::PUT, false) => {
                return Err(Fault(404, "RESOURCE_NOT_EXISTS", "未设置投诉通知地址"));
            }
            (&Method::POST, true) => return Err(Fault(400, "RESOURCE_ALREADY_EXISTS", "投诉通知地址已存在")),
            (&Method::POST | &Method::PUT, _) => {
                let body: Value = serde_json::from_slice(request.body()).map_err(|_| PARAM_ERROR)?;
                let url = body["url"].as_str().filter(|url| url.starts_with("https://") && url.len() <= 255);
                url.ok_or(PARAM_ERROR)?.clone_into(&mut self.desk.complaint_url);
            }
            _ => {}
        }
        Ok(json!({ "mchid": self.setup.merchant_id, "url": self.desk.complaint_url }))
    }

    /// `GET /v3/certificates`.
    fn certificates(&mut self, now: i64) -> Said {
        if self.setup.platform_certificate.is_empty() {
            return Err(Fault(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全使用微信支付公钥"));
        }
        let serial = self.bank.serial();
        let certificate = self.seal.close(&self.setup.platform_certificate, "certificate", serial);
        Ok(json!({ "data": [{
            "serial_no": self.setup.platform_serial,
            "effective_time": clock::rfc3339(now - SECOND),
            "expire_time": clock::rfc3339(now + 100_000 * SECOND),
            "encrypt_certificate": certificate,
        }] }))
    }
}

impl Provider for WechatSimulator {
    fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        self.answer(request, now)
    }
}

fn with_status(mut response: Response<Vec<u8>>, status: u16) -> Response<Vec<u8>> {
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let json = http::HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert("content-type", json);
    response
}

/// A value of a query.
fn field<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}
