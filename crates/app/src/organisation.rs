//! Outside organisations that the platform registers: anybody may see which, administrators keep the list.

use crate::app::App;
use crate::auth::taken;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::OrganisationInput;
use crate::lookup::Lookup;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::text;
use crate::views::{OrganisationRef, OrganisationView};
use serde_json::json;
use yuanlu_domain::ids::OrganisationId;
use yuanlu_storage::organisation::{self, Organisation};
use yuanlu_storage::{Read, audit};

impl App {
    /// Registered organisations whose arbitrators are drawn, for everybody.
    pub fn organisations(&self) -> Result<Vec<OrganisationView>> {
        let mut found = self.db().snapshot(|db| views(db))?;
        found.retain(|organisation| organisation.active);
        found.iter_mut().for_each(|organisation| organisation.contact = None);
        Ok(found)
    }

    /// Every organisation, for administrators.
    pub fn list_organisations(&self, who: &Principal) -> Result<Vec<OrganisationView>> {
        permit(who, Action::ManageOrganisations, &Object::Nothing)?;
        self.db().snapshot(|db| views(db))
    }

    /// Arbitrators who can be invited to judge: account, name, organisation.
    pub fn arbitrators(&self, who: &Principal) -> Result<Vec<(String, String, OrganisationRef)>> {
        permit(who, Action::ViewQueue, &Object::Nothing)?;
        self.db().snapshot(|db| {
            let mut lookup = Lookup::default();
            let found = organisation::eligible_arbitrators(db)?;
            found
                .iter()
                .map(|(account, organisation)| {
                    let name = lookup.login(db, account)?;
                    Ok((account.to_string(), name, lookup.organisation(db, organisation)?))
                })
                .collect()
        })
    }

    /// Registers an organisation.
    pub fn register_organisation(&self, who: &Principal, input: &OrganisationInput) -> Result<OrganisationView> {
        permit(who, Action::ManageOrganisations, &Object::Nothing)?;
        let now = self.now();
        let new = Organisation { id: self.ids().text(now).into(), created_at: now, ..read(input)? };
        let audit = self.audit(who, "register_organisation", new.id.as_str(), detail(&new));
        let id = new.id.clone();
        self.write(move |tx, _| {
            taken(organisation::insert(tx, &new), "registration_no")?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        self.organisation(&id)
    }

    /// Changes an organisation. One that is no longer active keeps its people, but none of them is drawn.
    pub fn change_organisation(
        &self,
        who: &Principal,
        id: &OrganisationId,
        input: &OrganisationInput,
    ) -> Result<OrganisationView> {
        permit(who, Action::ManageOrganisations, &Object::Nothing)?;
        let before = self.db().read(|db| organisation::find(db, id))?.ok_or(AppError::NotFound)?;
        let after = Organisation { id: before.id, created_at: before.created_at, ..read(input)? };
        let audit = self.audit(who, "change_organisation", id.as_str(), detail(&after));
        self.write(move |tx, _| {
            taken(organisation::update(tx, &after), "registration_no")?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        self.organisation(id)
    }

    fn organisation(&self, id: &OrganisationId) -> Result<OrganisationView> {
        let found = self.db().snapshot(|db| views(db))?;
        found.into_iter().find(|organisation| organisation.id == id.as_str()).ok_or(AppError::NotFound)
    }
}

fn read(input: &OrganisationInput) -> Result<Organisation> {
    let registration_no = text::line("registration_no", &input.registration_no, 4, 40)?.to_uppercase();
    if !registration_no.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(AppError::invalid("registration_no", "unreadable"));
    }
    Ok(Organisation {
        id: OrganisationId::new(""),
        name_zh: text::line("name_zh", &input.name_zh, 2, 80)?,
        name_en: text::line("name_en", &input.name_en, 2, 120)?,
        registration_no,
        contact: text::line("contact", &input.contact, 3, 120)?,
        active: input.active,
        created_at: yuanlu_domain::time::Instant::default(),
    })
}

/// The contact may be a person's: it stays out of the audit log.
fn detail(organisation: &Organisation) -> serde_json::Value {
    let Organisation { name_zh, registration_no, active, .. } = organisation;
    json!({ "name": name_zh, "registration_no": registration_no, "active": active })
}

fn views(db: &impl Read) -> Result<Vec<OrganisationView>> {
    let arbitrators = organisation::eligible_arbitrators(db)?;
    let view = |found: Organisation| OrganisationView {
        arbitrators: arbitrators.iter().filter(|(_, own)| *own == found.id).count() as u64,
        id: found.id.to_string(),
        name_zh: found.name_zh,
        name_en: found.name_en,
        registration_no: found.registration_no,
        contact: Some(found.contact),
        active: found.active,
        since: found.created_at.into(),
    };
    Ok(organisation::list(db)?.into_iter().map(view).collect())
}
