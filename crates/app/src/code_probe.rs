//! Asking issuers whether a code was used (R25): where each product's issuer is asked, what is due to be asked, and what
//! the answers become.
//!
//! Addresses are safe by permission: only hosts that the operator named are ever asked, when a product's issuer is set
//! and again before each question.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::CodeProbeInput;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::random;
use crate::views::{CaseView, CodeProbeView, MoneyView, ProbeSettingView, When};
use serde_json::json;
use std::collections::BTreeSet;
use yuanlu_blobs::{Place, Secret, from_hex, to_hex};
use yuanlu_domain::Actor;
use yuanlu_domain::case::Case;
use yuanlu_domain::code_probe::{ProbeAct, ProbeAnswer, ProbeOutcome, ProbeState, ProbeWord};
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::ids::{CaseId, OrderId, ProductId, StockId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_money::Money;
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::code_probe::{self, ProbeRow};
use yuanlu_storage::product::{self, Product};
use yuanlu_storage::{Reader, order_file, stock};

const MOST_URL: usize = 300;

/// A question that is due.
#[derive(Clone, Debug)]
pub struct DueProbe {
    /// Where the issuer is asked.
    pub url: String,
    /// Its host, as the breaker counts by it.
    pub host: String,
    /// The issuer's public key.
    pub issuer_key: Vec<u8>,
    /// The code.
    pub code: Secret<String>,
    /// Fresh.
    pub nonce: String,
    /// The attempt that will be made.
    pub attempt: u16,
}

/// What an issuer said, read and believed, or why nothing was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeHeard {
    /// A believed answer.
    Said {
        /// What.
        word: ProbeWord,
        /// What the code is worth there.
        face: Option<Money>,
        /// The answer and what is needed to check it again.
        text: String,
    },
    /// None.
    Failed {
        /// What was seen.
        code: String,
    },
}

impl App {
    /// Where a product's issuer is asked, if it can be.
    pub fn product_probe(&self, who: &Principal, id: &ProductId) -> Result<Option<ProbeSettingView>> {
        self.probed_product(who, Action::ViewShop, id)?;
        let found = self.db().read(|db| code_probe::find(db, id))?;
        Ok(found.map(|row| ProbeSettingView {
            host_approved: approved_host(&row.url, &self.config().probe_hosts).is_some(),
            url: row.url,
            issuer_key: row.issuer_key,
            set_at: When(row.set_at),
        }))
    }

    /// Whether issuers can be asked here at all: the operator named hosts.
    pub fn asks_issuers(&self) -> bool {
        !self.config().probe_hosts.is_empty()
    }

    /// Sets where a product's issuer is asked: its seller, or an administrator.
    pub fn set_product_probe(&self, who: &Principal, id: &ProductId, input: &CodeProbeInput) -> Result<()> {
        let found = self.probed_product(who, Action::ManageProducts, id)?;
        if found.offer.terms.delivery != yuanlu_domain::catalogue::DeliveryMode::Code {
            return Err(AppError::invalid("url", "wrong_type"));
        }
        let url = input.url.trim().to_owned();
        if url.is_empty() {
            return Err(AppError::invalid("url", "required"));
        }
        approved_host(&url, &self.config().probe_hosts).ok_or(AppError::invalid("url", "host_not_approved"))?;
        let key = from_hex(input.issuer_key.trim()).filter(|key| key.len() == 32);
        let key = key.ok_or(AppError::invalid("issuer_key", "unreadable"))?;
        let set_by = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let row = ProbeRow { product: id.clone(), url, issuer_key: to_hex(&key), set_at: self.now(), set_by };
        let audit = self.audit_row(who, "set_product_probe", id.as_str(), json!({ "url": row.url }))?;
        self.write(move |tx, _| {
            tx.run(&audit)?;
            Ok(code_probe::put(tx, &row)?)
        })
    }

    /// A product's issuer is not asked any more.
    pub fn remove_product_probe(&self, who: &Principal, id: &ProductId) -> Result<()> {
        self.probed_product(who, Action::ManageProducts, id)?;
        let audit = self.audit_row(who, "remove_product_probe", id.as_str(), json!({}))?;
        let id = id.clone();
        self.write(move |tx, _| {
            if code_probe::drop(tx, &id)? {
                tx.run(&audit)?;
            }
            Ok(())
        })
    }

    /// The product, for its seller or an administrator.
    fn probed_product(&self, who: &Principal, action: Action, id: &ProductId) -> Result<Product> {
        let found = self.db().read(|db| product::find(db, id))?.ok_or(AppError::NotFound)?;
        permit(who, action, &Object::Shop(&found.offer.seller))
            .or_else(|error| permit(who, Action::ManageSellers, &Object::Nothing).map_err(|_| error))?;
        Ok(found)
    }

    /// Whoever judges a case has the issuers of its codes asked.
    pub fn ask_issuers(&self, who: &Principal, case: &CaseId) -> Result<CaseView> {
        self.judge(who, case, "ask_issuers", None, |case| Ok((OrderAct::Probe(ProbeAct::Ask { case }), None)))?;
        self.load_case(who, case)
    }

    /// A question that is due; `None` when it is not due, or cannot be asked.
    pub fn due_probe(&self, order: &OrderId, probe: u16) -> Result<Option<DueProbe>> {
        let now = self.now();
        let file = self.db().read(|db| order_file::find(db, order))?.ok_or(AppError::NotFound)?.aggregate;
        let Some(found) = file.probe(probe) else { return Ok(None) };
        if !matches!(found.state, ProbeState::Due { at } if at <= now) {
            return Ok(None);
        }
        let product = file.unit(found.unit).and_then(|unit| file.item_of(unit)).map(|item| &item.terms.product);
        let product = product.ok_or(AppError::NotFound)?;
        let Some(row) = self.db().read(|db| code_probe::find(db, product))? else { return Ok(None) };
        let Some(host) = approved_host(&row.url, &self.config().probe_hosts) else {
            tracing::warn!("an issuer is not asked: its host is not among those that are approved");
            return Ok(None);
        };
        let Some(issuer_key) = from_hex(&row.issuer_key) else { return Ok(None) };
        Ok(Some(DueProbe {
            host,
            issuer_key,
            code: self.code_of(&found.stock)?,
            nonce: to_hex(&random::bytes::<16>()?),
            attempt: found.attempts + 1,
            url: row.url,
        }))
    }

    /// Signs a question to an issuer with the key of the seals.
    pub fn sign_probe(&self, question: &[u8]) -> Result<Vec<u8>> {
        Ok(self.seal_key()?.sign(question).as_ref().to_vec())
    }

    /// Keeps what an issuer said. What nobody waits for any more is not heard.
    pub fn probe_heard(&self, order: &OrderId, probe: u16, attempt: u16, heard: ProbeHeard) -> Result<()> {
        let (row, outcome) = match heard {
            ProbeHeard::Failed { code } => (None, ProbeOutcome::Failed { code }),
            ProbeHeard::Said { word, face, text } => {
                // Word for word: with anything masked, the signature would not fit.
                let kept = self.personal_of(Kind::Order, order.as_str(), "probe_answer", &text)?;
                let (row, text) = kept.unzip();
                (row, ProbeOutcome::Answered(ProbeAnswer { word, face, text }))
            }
        };
        let act = OrderAct::Probe(ProbeAct::Record { probe, attempt, outcome });
        self.order_request(&Principal::Program, Actor::Program, order, act).with(row).send().map(drop)
    }

    /// Products of a file whose issuer can be asked.
    pub(crate) fn probed_of(&self, db: &Reader<'_>, file: &OrderFile) -> Result<BTreeSet<ProductId>> {
        if !self.asks_issuers() {
            return Ok(BTreeSet::new());
        }
        Ok(code_probe::probed(db, file.items.iter().map(|item| &item.terms.product))?)
    }

    fn code_of(&self, id: &StockId) -> Result<Secret<String>> {
        let row = self.db().read(|db| stock::find(db, id))?.ok_or(AppError::Unavailable)?;
        let version = u32::try_from(row.key_version).map_err(|_| AppError::Unavailable)?;
        let place = Place { table: "stock", row: id.as_str() };
        let opened = self.vault().open_bytes(place, version, &row.ciphertext).map_err(|_| AppError::Unavailable)?;
        String::from_utf8(opened.expose().clone()).map(Secret::new).map_err(|_| AppError::Unavailable)
    }
}

/// What issuers said about the codes of a case.
pub(crate) fn probe_views(file: &OrderFile, case: &Case, texts: &crate::case_view::Texts) -> Vec<CodeProbeView> {
    file.probes_of(case.ordinal)
        .map(|probe| {
            let (answered_at, answer, before_reveal) = match &probe.state {
                ProbeState::Answered { at, answer, before_reveal } => (Some(When(*at)), Some(answer), *before_reveal),
                _ => (None, None, None),
            };
            let used_at = answer.and_then(|answer| match answer.word {
                ProbeWord::Used { since } => Some(since),
                ProbeWord::Unused | ProbeWord::Unknown => None,
            });
            CodeProbeView {
                unit: probe.unit,
                state: probe.state.code(),
                asked_at: When(probe.asked_at),
                answered_at,
                used_at: used_at.map(When),
                before_reveal,
                face: answer.and_then(|answer| answer.face).map(|face| MoneyView::new(face.minor(), face.currency())),
                answer: answer.and_then(|answer| answer.text.as_ref()).and_then(|text| texts.get(&text.id).cloned()),
            }
        })
        .collect()
}

/// The host of an address that may be asked: `https`, and one of those that the operator approved, written as
/// `host` or `host:port`. An approved host that is written `http://host:port` is asked in the clear: for practice on one
/// machine.
pub(crate) fn approved_host(url: &str, hosts: &[String]) -> Option<String> {
    if url.len() > MOST_URL || !url.bytes().all(|b| b.is_ascii_graphic()) || url.contains(['@', '\\', '#', '?']) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.is_empty() || path.split('/').any(|part| part == ".." || part.contains('%')) {
        return None;
    }
    let host = host.to_ascii_lowercase();
    let named = match scheme {
        "https" => host.strip_suffix(":443").unwrap_or(&host).to_owned(),
        "http" => format!("http://{host}"),
        _ => return None,
    };
    hosts.iter().any(|approved| approved.trim().to_ascii_lowercase() == named).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::approved_host;

    #[test]
    fn only_what_the_operator_named_is_asked() {
        let hosts: Vec<String> =
            ["probe.issuer.example", "b.example:8443", "http://127.0.0.1:9"].map(str::to_owned).into();
        for good in [
            "https://probe.issuer.example/v1/used",
            "https://PROBE.issuer.example",
            "https://probe.issuer.example:443/x",
            "https://b.example:8443/a",
            "http://127.0.0.1:9/issuer",
        ] {
            assert!(approved_host(good, &hosts).is_some(), "{good}");
        }
        for bad in [
            "http://probe.issuer.example/v1",
            "https://127.0.0.1:9/issuer",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/",
            "https://[::1]/",
            "https://probe.issuer.example@evil.example/",
            "https://evil.example/probe.issuer.example",
            "https://probe.issuer.example.evil.example/",
            "https://b.example/",
            "https://probe.issuer.example\\@evil.example/",
            "https://probe.issuer.example/../x",
            "https://probe.issuer.example/%2e%2e",
            "https://probe.issuer.example/a?code=1",
            "https://probe.issuer.example/a b",
            "file:///etc/passwd",
            "gopher://probe.issuer.example/",
            "https://",
            "",
        ] {
            assert!(approved_host(bad, &hosts).is_none(), "{bad}");
        }
        assert!(approved_host("https://probe.issuer.example/", &[]).is_none());
    }
}
