//! What a message says, and to whom it goes: found when it is sent, so that nothing is said that is over, and no address
//! is used that was erased.

use super::payload_place;
use super::spread;
use crate::app::App;
use crate::errors::{AppError, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use yuanlu_blobs::Place;
use yuanlu_domain::ids::{AccountId, CaseId, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::Destination;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};
use yuanlu_notify::sms::Sms;
use yuanlu_notify::template::{self, Text, Values};
use yuanlu_notify::{Address, Mail, Phone, Secret, Way, guard, webhook as signed, words};
use yuanlu_storage::dispatch::Dispatch;
use yuanlu_storage::notice::Notice;
use yuanlu_storage::{account, contact, guest_access, notice_template, order_file, webhook};

/// A provider's template and what goes into its places.
type SmsWords = (String, Vec<(String, String)>);

/// A message on its way: an attempt of it is committed.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id, the same at every attempt.
    pub id: String,
    /// Which attempt this is.
    pub attempt: u32,
    /// How it goes.
    pub way: Way,
    /// What is sent.
    pub carriage: Carriage,
}

/// What is sent.
#[derive(Clone, Debug)]
pub enum Carriage {
    /// A mail.
    Mail(Mail),
    /// A call to the provider of short messages.
    Sms(http::Request<Vec<u8>>),
    /// A call to a seller's own program.
    Webhook(http::Request<Vec<u8>>),
}

/// Why a message is not sent: the state it ends in, and a code.
pub(super) type Ended = (&'static str, &'static str);

/// Words of one message only, kept encrypted until it is sent.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Sealed {
    to: String,
    values: BTreeMap<String, String>,
}

impl Sealed {
    pub(super) fn new(to: &str, values: &[(&str, String)]) -> Self {
        Self {
            to: to.to_owned(),
            values: values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        }
    }

    pub(super) fn code(to: &str, code: &str, minutes: i64) -> Self {
        Self::new(to, &[("code", code.to_owned()), ("minutes", minutes.to_string())])
    }
}

/// Where a message goes, and in which language.
struct Reached {
    text: String,
    index: String,
    hint: String,
    language: String,
}

impl App {
    /// A message to an account about nothing but itself.
    pub(super) fn own_message(
        &self,
        account: &AccountId,
        way: Way,
        kind: &str,
        payload: &Sealed,
        hint: &str,
    ) -> Result<Dispatch> {
        let now = self.now();
        let told = Notice {
            recipient: String::new(),
            id: String::new(),
            kind: kind.to_owned(),
            order: String::new(),
            case: None,
            amount_minor: None,
            currency: String::new(),
            due: None,
            at: now,
            read_at: None,
        };
        let mut new = spread::message(&told, format!("acct:{account}"), way, now, now, &mut self.ids());
        let plain = serde_json::to_vec(payload).map_err(|_| AppError::Unavailable)?;
        let sealed = self.vault().seal(payload_place(&new.id), &plain).map_err(|_| AppError::Unavailable)?;
        new.payload = Some(sealed.ciphertext);
        new.key_version = sealed.key_version;
        new.hint = hint.to_owned();
        Ok(new)
    }

    /// Makes a message; otherwise how it ends instead.
    pub(super) fn compose(&self, one: &Dispatch, now: Instant) -> Result<std::result::Result<Composed, Ended>> {
        if let Some(id) = one.target.strip_prefix("webhook:") {
            return self.compose_call(one, id, now);
        }
        let payload = match &one.payload {
            Some(ciphertext) => {
                let sealed = yuanlu_blobs::Sealed { ciphertext: ciphertext.clone(), key_version: one.key_version };
                let open = self.vault().open_record(payload_place(&one.id), &sealed);
                let open = open.map_err(|_| AppError::Unavailable)?;
                serde_json::from_slice(open.expose()).map_err(|_| AppError::Unavailable)?
            }
            None => Sealed::default(),
        };
        let Some(way) = Way::parse(&one.way) else { return Ok(Err(("dropped", "no_way"))) };
        let Some(to) = self.reach(one, way, &payload)? else { return Ok(Err(("dropped", "no_address"))) };
        if self.db().read(|db| contact::suppressed(db, &to.index, way.code()))?.is_some() {
            return Ok(Err(("suppressed", "bounced_before")));
        }
        let mut values = self.values(one, &to.language)?;
        for (name, value) in payload.values {
            // Names of own words are those of their template.
            if let Some(known) = template::variables(&one.kind).into_iter().find(|known| known.name == name) {
                values.insert(known.name, value);
            }
        }
        let settings = &self.config().notify;
        let carriage = match way {
            Way::Mail => {
                let Some(address) = Address::parse(&to.text).filter(|_| settings.mail.is_some()) else {
                    return Ok(Err(("dropped", "no_address")));
                };
                let shown = self.words(&one.kind, &to.language, &values)?;
                let preferences =
                    one.target.starts_with("acct:").then(|| format!("{}/account/notices", self.config().public_url));
                Carriage::Mail(Mail {
                    message_id: format!("{}@{}", one.id, self.public_host()),
                    to: address,
                    subject: shown.subject,
                    body: shown.body,
                    language: to.language,
                    preferences,
                })
            }
            Way::Sms => {
                let (Some(sms), Some(phone)) = (&settings.sms, Phone::parse(&to.text)) else {
                    return Ok(Err(("dropped", "no_address")));
                };
                let Some((template, values)) = self.sms_words(&one.kind, &to.language, &values)? else {
                    return Ok(Err(("dropped", "no_template")));
                };
                let message = Sms { id: one.id.clone(), to: phone, template, values };
                let nonce = yuanlu_blobs::to_hex(&crate::random::bytes::<16>()?);
                match sms.request(&message, now, &nonce) {
                    Some(request) => Carriage::Sms(request),
                    None => return Ok(Err(("failed", "unbuildable"))),
                }
            }
            Way::Webhook => return Ok(Err(("dropped", "no_way"))),
        };
        Ok(Ok(Composed { carriage, index: Some(to.index), hint: to.hint }))
    }

    fn reach(&self, one: &Dispatch, way: Way, payload: &Sealed) -> Result<Option<Reached>> {
        let (text, language) = if let Some(id) = one.target.strip_prefix("acct:") {
            let id = AccountId::from(id);
            let Some(person) = self.db().read(|db| account::find(db, &id))? else { return Ok(None) };
            let text = match payload.to.as_str() {
                "" => {
                    let found = self.db().read(|db| contact::list(db, &id))?;
                    let Some(found) = found.into_iter().find(|contact| contact.way == one.way) else { return Ok(None) };
                    self.open_address("contact", &format!("{id}:{}", one.way), &found.address)?
                }
                to => to.to_owned(),
            };
            (text, person.language)
        } else if let Some(order) = one.target.strip_prefix("guest:") {
            let Some(access) = self.db().read(|db| guest_access::find(db, &OrderId::from(order)))? else {
                return Ok(None);
            };
            let sealed = yuanlu_blobs::Sealed { ciphertext: access.contact, key_version: access.key_version };
            let place = Place { table: "guest_access", row: order };
            let open = self.vault().open_record(place, &sealed).map_err(|_| AppError::Unavailable)?;
            (String::from_utf8(open.expose().clone()).map_err(|_| AppError::Unavailable)?, access.language)
        } else {
            return Ok(None);
        };
        let Ok((text, hint)) = super::contact::read_address(way, &text) else { return Ok(None) };
        let index = self.address_index(way, &text);
        Ok(Some(Reached { text, index, hint, language }))
    }

    /// The operator's words, and the program's own where there are none or they fail.
    fn words(&self, kind: &str, language: &str, values: &Values) -> Result<Text> {
        let own = self.db().read(|db| notice_template::find(db, kind, Way::Mail.code(), language))?;
        if let Some(own) = own {
            match template::render(&Text { subject: own.subject, body: own.body }, values) {
                Ok(shown) => return Ok(shown),
                Err(fault) => {
                    tracing::error!(kind, language, %fault, "a changed template fails; the built-in one is used")
                }
            }
        }
        template::render(&template::builtin(kind, language), values).map_err(|fault| {
            tracing::error!(kind, language, %fault, "a template fails");
            AppError::Unavailable
        })
    }

    fn sms_words(&self, kind: &str, language: &str, values: &Values) -> Result<Option<SmsWords>> {
        let code_template = self.config().notify.sms.as_ref().map(|sms| sms.code_template.clone()).unwrap_or_default();
        if kind == "contact_code" {
            let code = values.get("code").cloned().unwrap_or_default();
            return Ok((!code_template.is_empty()).then(|| (code_template, vec![("code".to_owned(), code)])));
        }
        let Some(own) = self.db().read(|db| notice_template::find(db, kind, Way::Sms.code(), language))? else {
            return Ok(None);
        };
        match template::mapped(&own.body, values) {
            Ok(values) => Ok(Some((own.subject, values))),
            Err(fault) => {
                tracing::error!(kind, language, %fault, "the values of a short message fail");
                Ok(None)
            }
        }
    }

    /// What templates may name. Amounts, codes and instants: no words of people, no card codes.
    fn values(&self, one: &Dispatch, language: &str) -> Result<Values> {
        let config = self.config();
        let mut values = template::blank(&one.kind);
        values.insert("platform", config.platform_name.clone());
        values.insert("sentence", template::sentence(&one.kind, language).to_owned());
        values.insert("link", format!("{}{}", config.public_url, path(one)));
        let about_desk =
            ["tip_off", "outside_", "review_", "admission_"].iter().any(|begin| one.kind.starts_with(begin))
                || (one.kind.starts_with("incident_") && one.case.is_none());
        if !about_desk {
            values.insert("order", one.order.clone());
        }
        if let Some(minor) = one.amount_minor {
            values.insert("amount", money_text(minor, &one.currency));
        }
        if let Some(until) = one.until {
            values.insert("due", until.plus_micros(-1).minute_text());
        }
        if let Some(ordinal) = one.case {
            let order = OrderId::from(one.order.as_str());
            values.insert("case", CaseId::of(&order, ordinal).to_string());
            if matches!(one.kind.as_str(), "case_approved" | "case_rejected" | "incident_refund")
                && let Some(stored) = self.db().read(|db| order_file::find(db, &order))?
            {
                say_decision(&stored.aggregate, ordinal, language, &mut values);
            }
        }
        Ok(values)
    }

    fn compose_call(&self, one: &Dispatch, id: &str, now: Instant) -> Result<std::result::Result<Composed, Ended>> {
        let Some(hook) = self.db().read(|db| webhook::find(db, id))? else { return Ok(Err(("dropped", "no_address"))) };
        if hook.stopped.is_some() {
            return Ok(Err(("dropped", "stopped")));
        }
        let Ok(url) = guard::check_url(&hook.url, self.config().notify.reach) else {
            return Ok(Err(("failed", "private_address")));
        };
        let sealed = yuanlu_blobs::Sealed { ciphertext: hook.secret, key_version: hook.key_version };
        let place = Place { table: "webhook", row: id };
        let secret = self.vault().open_record(place, &sealed).map_err(|_| AppError::Unavailable)?;
        let secret = String::from_utf8(secret.expose().clone()).map_err(|_| AppError::Unavailable)?;
        let order = OrderId::from(one.order.as_str());
        let amount = one.amount_minor.zip(Currency::parse(&one.currency).ok());
        let body = serde_json::json!({
            "type": one.kind,
            "timestamp": *one.created_at.to_rfc3339(),
            "data": {
                "order": Some(&one.order).filter(|order| !order.is_empty()),
                "case": one.case.map(|ordinal| CaseId::of(&order, ordinal).to_string()),
                "amount_minor": amount.map(|(minor, _)| minor),
                "currency": amount.map(|(_, currency)| currency.code()),
                "until": one.until.map(|until| until.to_rfc3339().to_string()),
                "link": format!("{}{}", self.config().public_url, path(one)),
            },
        });
        let request = signed::request(&url, &Secret::from(secret), &one.id, now, body.to_string().into_bytes());
        let Some(request) = request else { return Ok(Err(("failed", "unbuildable"))) };
        let hint = url.host().unwrap_or_default().to_owned();
        Ok(Ok(Composed { carriage: Carriage::Webhook(request), index: None, hint }))
    }
}

/// A message that can be sent.
pub(super) struct Composed {
    pub(super) carriage: Carriage,
    pub(super) index: Option<String>,
    pub(super) hint: String,
}

fn say_decision(file: &OrderFile, ordinal: u16, language: &str, values: &mut Values) {
    let Some(decision) = file.case(ordinal).and_then(|case| case.decisions.last()) else { return };
    if let Some(code) = decision.code {
        let (reason, remedy) = words::rejection(code.code(), language);
        values.insert("reason", reason.to_owned());
        values.insert("remedy", remedy.to_owned());
    }
    let mut routes: Vec<String> = Vec::new();
    for payout in file.payouts_of(ordinal) {
        let code = match &payout.destination {
            Destination::Balance { .. } => "balance",
            Destination::Voucher { .. } => "voucher",
            Destination::Account { .. } => "account",
            Destination::Original { channel, .. } => channel.as_str(),
        };
        let route = words::route(code, language);
        if !routes.contains(&route) {
            routes.push(route);
        }
    }
    if routes.is_empty() {
        routes.push(words::route("", language));
    }
    values.insert("route", routes.join(if language == "zh" { "、" } else { ", " }));
    if let Some(expected) = file.payouts_of(ordinal).map(|payout| payout.expected.too_late_from).max() {
        values.insert("expected", expected.plus_micros(-1).minute_text());
    }
    values.insert("amount", money_text(decision.net_minor(), file.currency.code()));
}

fn money_text(minor: i64, currency: &str) -> String {
    let Ok(currency) = Currency::parse(currency) else { return String::new() };
    let text = Money::new(minor, currency).to_string();
    let number = text.split_whitespace().next_back().unwrap_or_default();
    match currency.code() {
        "CNY" => format!("¥{number}"),
        "USD" => format!("US${number}"),
        "EUR" => format!("€{number}"),
        "HKD" => format!("HK${number}"),
        other => format!("{other} {number}"),
    }
}

/// The page a message leads to.
fn path(one: &Dispatch) -> String {
    let order = OrderId::from(one.order.as_str());
    match one.kind.as_str() {
        "panel_seat" | "panel_votes" | "panel_invited" | "hearing_unclaimed" | "hearing_overdue" => {
            let room = if one.kind.starts_with("panel") { "panel" } else { "staff/cases" };
            one.case.map_or("/account".to_owned(), |ordinal| format!("/{room}/{}", CaseId::of(&order, ordinal)))
        }
        "admission_applied" | "admission_overdue" | "admission_deposit" => format!("/staff/admissions/{}", one.order),
        kind if kind.starts_with("admission_") => "/sell".to_owned(),
        kind if kind.starts_with("review_") => format!("/reviews/{}", one.order),
        kind if kind.starts_with("tip_off") => format!("/tip-off/{}", one.order),
        kind if kind.starts_with("outside_") => format!("/staff/outside/{}", one.order),
        "incident_sum" => "/seller/account".to_owned(),
        kind if kind.starts_with("incident_") && one.case.is_none() => format!("/staff/incidents/{}", one.order),
        kind if kind.starts_with("withdrawal_") && one.target.starts_with("acct:") => "/account".to_owned(),
        kind if kind.starts_with("shop_") || kind.starts_with("listing_") => "/seller/credit".to_owned(),
        kind if kind.starts_with("credit_") || kind == "blocked" => "/account/credit".to_owned(),
        kind if kind.starts_with("de")
            || matches!(kind, "advance_repaid" | "earnings_exchanged" | "payout_account_set") =>
        {
            "/seller/account".to_owned()
        }
        "digest" => "/seller/cases".to_owned(),
        "lot_expiring" | "topped_up" => "/account/balance".to_owned(),
        _ => match one.case {
            Some(ordinal) => format!("/c/{}", CaseId::of(&order, ordinal)),
            None if one.order.is_empty() => "/account".to_owned(),
            None if one.kind == "message" || one.kind.starts_with("offer_") => format!("/orders/{}/thread", one.order),
            None => format!("/o/{}", one.order),
        },
    }
}
