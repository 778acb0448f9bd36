//! What a platform has to show of itself (S25): who runs it, its filings, and its agreements, of which every version is
//! kept and orders keep the ones they were bought under. And the check-list of a first run.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::AgreementInput;
use crate::lookup::Lookup;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::random;
use crate::text;
use crate::views::{AgreementView, Operator, PlatformView, SetupStepView, SetupView, When};
use serde::{Deserialize, Serialize};
use serde_json::json;
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;
use yuanlu_storage::agreement::{self, Agreement};
use yuanlu_storage::{Read, setting};

const OPERATOR: &str = "operator";
const KEY_COPY: &str = "key_copy";
/// Which agreements there are.
pub const AGREEMENTS: [&str; 3] = ["user", "refund", SELLERS];
/// The one with sellers, to which only they agree.
pub const SELLERS: &str = "seller";
/// Days for which a changed agreement stands in public before it holds (E-commerce law, article 34).
pub const NOTICE_DAYS: i64 = 7;
const MOST_TEXT: usize = 60_000;

/// That somebody keeps a copy of the key elsewhere.
#[derive(Serialize, Deserialize)]
struct KeyCopy {
    /// Which key: a hash of what only it opens.
    key: String,
    by: AccountId,
    at: Instant,
}

impl App {
    /// Who runs the platform, and by which agreements.
    pub fn platform(&self) -> Result<PlatformView> {
        let now = self.now();
        self.db().snapshot(|db| {
            let mut agreements = Vec::new();
            for kind in AGREEMENTS {
                let in_force = agreement::in_force(db, kind, now)?.map(|one| one.hash);
                let versions = agreement::list(db, kind)?;
                agreements.extend(versions.into_iter().map(|one| view(kind, one, in_force.as_deref(), now, false)));
            }
            Ok(PlatformView { name: self.config().platform_name.clone(), operator: operator(db)?, agreements })
        })
    }

    /// The ICP filing, which stands at the foot of every page. Where it cannot be read, the page goes without.
    pub fn filing(&self) -> Option<String> {
        self.db().read(|db| operator(db)).ok().flatten().map(|operator| operator.icp)
    }

    /// A version of an agreement, with its texts.
    pub fn agreement(&self, hash: &str) -> Result<AgreementView> {
        let now = self.now();
        self.db().snapshot(|db| {
            let found = agreement::find(db, hash)?.ok_or(AppError::NotFound)?;
            let kind = AGREEMENTS.into_iter().find(|kind| *kind == found.kind).ok_or(AppError::NotFound)?;
            let in_force = agreement::in_force(db, kind, now)?.map(|one| one.hash);
            Ok(view(kind, found, in_force.as_deref(), now, true))
        })
    }

    /// The version of an agreement that holds now.
    pub fn agreement_in_force(&self, kind: &str) -> Result<Option<AgreementView>> {
        let now = self.now();
        let kind = AGREEMENTS.into_iter().find(|known| *known == kind).ok_or(AppError::NotFound)?;
        let found = self.db().read(|db| agreement::in_force(db, kind, now))?;
        Ok(found.map(|one| {
            let hash = one.hash.clone();
            view(kind, one, Some(&hash), now, true)
        }))
    }

    /// Says who runs the platform.
    pub fn set_operator(&self, who: &Principal, input: &Operator) -> Result<PlatformView> {
        permit(who, Action::ManagePlatform, &Object::Nothing)?;
        let registration_no = text::line("registration_no", &input.registration_no, 8, 40)?.to_uppercase();
        if !registration_no.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(AppError::invalid("registration_no", "unreadable"));
        }
        let email = text::line("email", &input.email, 3, 120)?;
        if !email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) {
            return Err(AppError::invalid("email", "unreadable"));
        }
        let telephone = text::line("telephone", &input.telephone, 3, 40)?;
        if !telephone.chars().any(|c| c.is_ascii_digit()) {
            return Err(AppError::invalid("telephone", "unreadable"));
        }
        let operator = Operator {
            name: text::line("name", &input.name, 2, 120)?,
            name_en: text::line("name_en", &input.name_en, 0, 120)?,
            registration_no,
            icp: text::line("icp", &input.icp, 4, 60)?,
            licence: text::line("licence", &input.licence, 0, 60)?,
            address: text::line("address", &input.address, 4, 200)?,
            telephone,
            email,
        };
        let value = serde_json::to_string(&operator).map_err(|_| AppError::Unavailable)?;
        let detail = json!({ "name": operator.name, "icp": operator.icp });
        let audit = self.audit_row(who, "set_operator", OPERATOR, detail)?;
        self.write(move |tx, now| {
            setting::put(tx, OPERATOR, &value, now)?;
            Ok(tx.run(&audit).map(drop)?)
        })?;
        self.platform()
    }

    /// Publishes a version of an agreement. The first holds at once, later ones a week later, for new orders.
    pub fn publish_agreement(&self, who: &Principal, input: &AgreementInput) -> Result<AgreementView> {
        permit(who, Action::ManagePlatform, &Object::Nothing)?;
        let kind = AGREEMENTS.into_iter().find(|kind| *kind == input.kind.trim());
        let kind = kind.ok_or(AppError::invalid("kind", "unknown"))?;
        let zh = text::words("zh", &input.zh, 20, MOST_TEXT)?;
        let en = text::words("en", &input.en, 20, MOST_TEXT)?;
        let hash = random::sha256(format!("{kind}\n{zh}\n{en}").as_bytes());
        let now = self.now();
        let before = self.db().snapshot(|db| {
            let versions = agreement::list(db, kind)?;
            Ok::<_, AppError>((agreement::find(db, &hash)?.is_some(), versions.first().map(|last| last.version)))
        })?;
        let (known, last) = before;
        if known {
            return Err(AppError::invalid("zh", "taken"));
        }
        let new = Agreement {
            hash: hash.clone(),
            kind: kind.to_owned(),
            version: last.unwrap_or(0) + 1,
            zh,
            en,
            published_at: now,
            published_by: who.account().cloned().unwrap_or_else(|| "program".into()),
            in_force_at: if last.is_some() { now.plus_days(NOTICE_DAYS) } else { now },
        };
        let detail = json!({ "version": new.version, "hash": new.hash });
        let audit = self.audit_row(who, "publish_agreement", kind, detail)?;
        self.write(move |tx, _| {
            crate::auth::taken(agreement::insert(tx, &new), "zh")?;
            Ok(tx.run(&audit).map(drop)?)
        })?;
        self.agreement(&hash)
    }

    /// What a new platform still needs. Every step is looked up, none is only believed, but that a copy of the key is kept.
    pub fn setup(&self, who: &Principal) -> Result<SetupView> {
        permit(who, Action::ManagePlatform, &Object::Nothing)?;
        let (now, config) = (self.now(), self.config());
        let key = self.key_in_use();
        self.db().snapshot(|db| {
            let operator = operator(db)?;
            let in_force = |kind| Ok::<_, AppError>(agreement::in_force(db, kind, now)?.is_some());
            let copy = setting::find(db, KEY_COPY)?;
            let copy = copy.and_then(|text| serde_json::from_str::<KeyCopy>(&text).ok()).filter(|copy| copy.key == key);
            let agreed = AGREEMENTS.into_iter().map(in_force).collect::<Result<Vec<_>>>()?.into_iter().all(|one| one);
            let step = |step, done, at, settings: &[&'static str]| SetupStepView {
                step,
                done,
                at,
                settings: settings.to_vec(),
            };
            let steps = vec![
                step("operator", operator.is_some(), Some("/staff/platform"), &["platform_name"]),
                step("filing", operator.is_some_and(|one| !one.icp.is_empty()), Some("/staff/platform"), &[]),
                step("agreements", agreed, Some("/staff/platform#agreements"), &[]),
                step("address", is_public(&config.public_url), None, &["public_url"]),
                step("channel", config.channels.iter().any(|one| one.as_str() != "sim"), None, &["channels"]),
                step("mail", config.notify.mail.is_some(), None, &["mail"]),
                step("key", copy.is_some(), Some("/staff/setup#key"), &["master_key_file"]),
            ];
            let copied_by = copy.as_ref().map(|copy| Lookup::default().login(db, &copy.by)).transpose()?;
            Ok(SetupView {
                done: steps.iter().all(|step| step.done),
                steps,
                key_copied_by: copied_by,
                key_copied_at: copy.map(|copy| When(copy.at)),
            })
        })
    }

    /// A person says that he keeps a copy of this key elsewhere. Another key wants to be copied again.
    pub fn confirm_key_copy(&self, who: &Principal) -> Result<SetupView> {
        permit(who, Action::ManagePlatform, &Object::Nothing)?;
        let by = who.account().cloned().ok_or(AppError::NotSignedIn)?;
        let copy = KeyCopy { key: self.key_in_use(), by, at: self.now() };
        let value = serde_json::to_string(&copy).map_err(|_| AppError::Unavailable)?;
        let audit = self.audit_row(who, "confirm_key_copy", KEY_COPY, json!({}))?;
        self.write(move |tx, now| {
            setting::put(tx, KEY_COPY, &value, now)?;
            Ok(tx.run(&audit).map(drop)?)
        })?;
        self.setup(who)
    }

    fn key_in_use(&self) -> String {
        random::sha256(self.vault().wrapped().as_bytes())
    }
}

fn operator(db: &impl Read) -> Result<Option<Operator>> {
    Ok(setting::find(db, OPERATOR)?.and_then(|text| serde_json::from_str(&text).ok()))
}

fn view(kind: &'static str, one: Agreement, in_force: Option<&str>, now: Instant, with_texts: bool) -> AgreementView {
    let standing = match () {
        () if now < one.in_force_at => "coming",
        () if in_force == Some(one.hash.as_str()) => "in_force",
        () => "past",
    };
    AgreementView {
        kind,
        version: one.version,
        hash: one.hash,
        published_at: one.published_at.into(),
        in_force_at: one.in_force_at.into(),
        standing,
        zh: with_texts.then_some(one.zh),
        en: with_texts.then_some(one.en),
    }
}

/// Whether people outside reach this address, and nobody reads along.
fn is_public(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    host.contains('.') && host.parse::<std::net::IpAddr>().is_err() && !host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn a_public_address_has_a_name_and_is_encrypted() {
        assert!(is_public("https://refund.example.com") && is_public("https://yuanlu.cn:8443/"));
        for url in ["http://refund.example.com", "https://127.0.0.1", "https://localhost", "https://[::1]:80", ""] {
            assert!(!is_public(url), "{url}");
        }
    }
}
