//! Words of messages that an operator reads, tries and changes.

use crate::app::App;
use crate::errors::{AppError, Result};
use crate::inputs::{TemplateInput, TemplateKey};
use crate::principal::Principal;
use crate::text;
use crate::views::{TemplateFault, TemplatePreview, TemplateRow, TemplateView, VariableView};
use serde_json::json;
use yuanlu_notify::Way;
use yuanlu_notify::template::{self, Fault, LANGUAGES, Text};
use yuanlu_storage::notice_template::{self, NoticeTemplate};
use yuanlu_storage::{account, audit};

impl App {
    /// Every kind of message, and which words of it were changed.
    pub fn templates(&self, who: &Principal) -> Result<Vec<TemplateRow>> {
        self.may_manage_notices(who)?;
        let changed = self.db().read(|db| notice_template::list(db))?;
        let row = |kind: &'static str| TemplateRow {
            kind: kind.to_owned(),
            changed: changed
                .iter()
                .filter(|one| one.kind == kind)
                .map(|one| format!("{}.{}", one.way, one.language))
                .collect(),
        };
        Ok(template::kinds().map(row).collect())
    }

    /// Words of one kind, with a preview.
    pub fn template(&self, who: &Principal, key: &TemplateKey) -> Result<TemplateView> {
        self.may_manage_notices(who)?;
        let (kind, way) = known(key)?;
        let own = self.db().read(|db| notice_template::find(db, kind, way.code(), &key.language))?;
        let builtin = match way {
            Way::Mail => template::builtin(kind, &key.language),
            _ => Text { subject: String::new(), body: String::new() },
        };
        let (by, at) = match &own {
            Some(own) => {
                let name = self.db().read(|db| account::find(db, &own.account))?.map(|account| account.login);
                (name, Some(own.changed_at.into()))
            }
            None => (None, None),
        };
        let shown = own.map_or(builtin, |own| Text { subject: own.subject, body: own.body });
        let place = usize::from(key.language != LANGUAGES[0]);
        let variables = template::variables(kind).into_iter();
        Ok(TemplateView {
            kind: kind.to_owned(),
            way: way.code(),
            language: key.language.clone(),
            changed: at.is_some(),
            changed_by: by,
            changed_at: at,
            preview: preview(kind, way, &key.language, &shown),
            subject: shown.subject,
            body: shown.body,
            variables: variables.map(|one| VariableView { name: one.name, sample: one.sample[place] }).collect(),
        })
    }

    /// What changed words would look like; nothing is kept.
    pub fn preview_template(&self, who: &Principal, input: &TemplateInput) -> Result<TemplatePreview> {
        self.may_manage_notices(who)?;
        let (kind, way) = known(&input.key)?;
        Ok(preview(kind, way, &input.key.language, &words(input)))
    }

    /// Changes words. Bad ones are refused, with their line.
    pub fn change_template(
        &self,
        who: &Principal,
        input: &TemplateInput,
    ) -> Result<std::result::Result<TemplateView, TemplateFault>> {
        self.may_manage_notices(who)?;
        let (kind, way) = known(&input.key)?;
        let shown = words(input);
        if let Some(fault) = preview(kind, way, &input.key.language, &shown).fault {
            return Ok(Err(fault));
        }
        let new = NoticeTemplate {
            kind: kind.to_owned(),
            way: way.code().to_owned(),
            language: input.key.language.clone(),
            subject: text::line("subject", &shown.subject, 1, 300)?,
            body: shown.body,
            account: who.account().ok_or(AppError::NotSignedIn)?.clone(),
            changed_at: self.now(),
        };
        let audit = self.audit(who, "change_template", kind, json!({ "way": way.code(), "language": new.language }));
        self.write(move |tx, _| {
            notice_template::put(tx, &new)?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        self.template(who, &input.key).map(Ok)
    }

    /// Goes back to the program's own words.
    pub fn reset_template(&self, who: &Principal, key: &TemplateKey) -> Result<TemplateView> {
        self.may_manage_notices(who)?;
        let (kind, way) = known(key)?;
        let audit = self.audit(who, "reset_template", kind, json!({ "way": way.code(), "language": key.language }));
        let language = key.language.clone();
        self.write(move |tx, _| {
            if notice_template::delete(tx, kind, way.code(), &language)? {
                audit::insert(tx, &audit)?;
            }
            Ok(())
        })?;
        self.template(who, key)
    }
}

fn known(key: &TemplateKey) -> Result<(&'static str, Way)> {
    let kind = template::kinds().find(|kind| *kind == key.kind).ok_or(AppError::NotFound)?;
    let way = Way::parse(&key.way).filter(|way| *way != Way::Webhook).ok_or(AppError::NotFound)?;
    if !LANGUAGES.contains(&key.language.as_str()) {
        return Err(AppError::NotFound);
    }
    Ok((kind, way))
}

fn words(input: &TemplateInput) -> Text {
    Text { subject: input.subject.trim().to_owned(), body: input.body.replace("\r\n", "\n") }
}

fn preview(kind: &str, way: Way, language: &str, shown: &Text) -> TemplatePreview {
    let made = match way {
        Way::Mail => template::check(kind, language, shown).map(|made| (made.subject, made.body)),
        // Nothing was entered yet: nothing is wrong.
        _ if shown.subject.is_empty() && shown.body.is_empty() => Ok((String::new(), String::new())),
        _ => template::mapped(&shown.body, &template::sample(kind, language)).and_then(|values| {
            let named = !shown.subject.is_empty();
            let lines: Vec<_> = values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            let fault = Fault { part: "subject", line: None, code: "empty", detail: String::new() };
            if named { Ok((shown.subject.clone(), lines.join("\n"))) } else { Err(fault) }
        }),
    };
    match made {
        Ok((subject, body)) => TemplatePreview { subject, body, fault: None },
        Err(fault) => TemplatePreview {
            subject: String::new(),
            body: String::new(),
            fault: Some(TemplateFault {
                part: fault.part,
                line: fault.line.and_then(|line| u32::try_from(line).ok()),
                code: fault.code,
                detail: fault.detail,
            }),
        },
    }
}
