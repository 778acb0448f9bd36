//! Flags of what people wrote, which a person judges afterwards.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::credit::name_of;
use crate::errors::{AppError, Result};
use crate::inputs::{FindingInput, Page};
use crate::lookup::Lookup;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::text;
use crate::views::{ConductFlagView, CreditEventView, Listing};
use serde_json::json;
use std::collections::BTreeSet;
use yuanlu_domain::credit::FlagKind;
use yuanlu_domain::ids::PersonalId;
use yuanlu_storage::conduct_flag::{self, Flag, NewFlag};
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::{Read, Stmt, audit, personal};

/// Where a text was written: what a flag says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    /// Whose words: a buyer's party, or `seller:<id>`.
    pub(crate) subject: &'a str,
    /// In which order.
    pub(crate) order: &'a str,
    /// In which case; empty before there is one.
    pub(crate) case: &'a str,
}

impl App {
    /// Rows that flag a text, for the commit in which it is kept.
    pub(crate) fn flag_words(&self, written: Written<'_>, row: Option<&PersonalRow>) -> Vec<Stmt> {
        let Some(row) = row else { return Vec::new() };
        // A buyer may leave his number to whomever he likes; leading others away is the seller's temptation.
        let is_seller = written.subject.starts_with("seller:");
        let kinds = self.read_text(&row.content, self.now()).warnings.into_iter().map(|warning| warning.kind.flag());
        let kinds: BTreeSet<FlagKind> = kinds.filter(|kind| is_seller || *kind != FlagKind::Contact).collect();
        kinds.into_iter().map(|kind| self.flag(written, kind, row.id.as_str())).collect()
    }

    /// A row that flags something, for the commit in which it happens.
    pub(crate) fn flag(&self, written: Written<'_>, kind: FlagKind, message: &str) -> Stmt {
        let at = self.now();
        conduct_flag::adding(&NewFlag {
            id: self.ids().text(at),
            subject: written.subject.to_owned(),
            order: written.order.to_owned(),
            case: written.case.to_owned(),
            kind,
            at,
            message: message.to_owned(),
        })
    }

    /// Flags that wait for somebody, the oldest first.
    pub fn conduct_flags(&self, who: &Principal, page: &Page) -> Result<Listing<ConductFlagView>> {
        permit(who, Action::ViewConduct, &Object::Nothing)?;
        let after = page.cursor.as_deref().unwrap_or_default();
        self.db().snapshot(|db| {
            let mut found = conduct_flag::list_open(db, after, page.rows() + 1)?;
            let next = text::cut(&mut found, page, |flag| flag.new.id.clone());
            let mut lookup = Lookup::default();
            let items = found.iter().map(|flag| flag_view(db, &mut lookup, flag)).collect::<Result<_>>()?;
            Ok(Listing { items, next })
        })
    }

    /// How many flags wait.
    pub fn count_conduct_flags(&self, who: &Principal) -> Result<u64> {
        permit(who, Action::ViewConduct, &Object::Nothing)?;
        Ok(u64::try_from(self.db().read(|db| conduct_flag::count_open(db))?).unwrap_or_default())
    }

    /// Makes a finding of a flag. Subject and case are the flag's.
    pub fn confirm_flag(&self, who: &Principal, flag: &str, words: &str) -> Result<CreditEventView> {
        permit(who, Action::RecordFinding, &Object::Nothing)?;
        let found = self.db().read(|db| conduct_flag::find(db, flag))?.ok_or(AppError::NotFound)?;
        let ground = found.new.kind.finding().ok_or(AppError::invalid("ground", "unknown"))?;
        let input = FindingInput {
            subject: String::new(),
            ground: ground.code().to_owned(),
            words: words.to_owned(),
            case: None,
            flag: Some(flag.to_owned()),
        };
        self.record_finding(who, &input)
    }

    /// Finds nothing wrong in what was flagged.
    pub fn dismiss_flag(&self, who: &Principal, flag: &str) -> Result<()> {
        permit(who, Action::RecordFinding, &Object::Nothing)?;
        let by = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let found = self.db().read(|db| conduct_flag::find(db, flag))?.ok_or(AppError::NotFound)?;
        permit(who, Action::RecordFinding, &Object::Credit(&found.new.subject))?;
        let audit = self.audit_row_of(who, "dismiss_flag", flag, json!({ "kind": found.new.kind.code() }));
        let id = flag.to_owned();
        self.write(move |tx, now| {
            conduct_flag::decide(tx, &id, &by, now, None)?;
            Ok(audit::insert(tx, &audit)?)
        })
    }
}

fn flag_view(db: &impl Read, lookup: &mut Lookup, flag: &Flag) -> Result<ConductFlagView> {
    let new = &flag.new;
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Ok(ConductFlagView {
        flag: new.id.clone(),
        name: name_of(db, lookup, &new.subject)?,
        subject: new.subject.clone(),
        order: given(&new.order),
        case: given(&new.case),
        kind: new.kind.code(),
        at: new.at.into(),
        text: if new.message.is_empty() { None } else { personal::find(db, &PersonalId::from(new.message.as_str()))? },
        state: flag.state.clone(),
        ground: new.kind.finding().map(|ground| ground.code()),
    })
}
