//! What people see of messages.

use super::When;
use serde::Serialize;
use utoipa::ToSchema;

/// One's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactsView {
    /// Ways the platform sends by: `mail`, `sms`.
    pub ways: Vec<&'static str>,
    /// Proved addresses.
    pub contacts: Vec<ContactView>,
    /// Addresses that wait for their code.
    pub claims: Vec<ClaimView>,
}

impl ContactsView {
    /// The proved address of a way.
    pub fn of(&self, way: &str) -> Option<&ContactView> {
        self.contacts.iter().find(|contact| contact.way == way)
    }

    /// The address of a way that waits for its code.
    pub fn waiting(&self, way: &str) -> Option<&ClaimView> {
        self.claims.iter().find(|claim| claim.way == way)
    }
}

/// A proved address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactView {
    /// `mail` or `sms`.
    pub way: String,
    /// Enough to recognise it.
    pub hint: String,
    /// Since when.
    pub verified_at: When,
    /// Nothing is sent there any more, and why.
    pub stopped: Option<String>,
}

/// An address that waits for its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClaimView {
    /// `mail` or `sms`.
    pub way: String,
    /// Enough to recognise it.
    pub hint: String,
    /// Until when the code is good.
    pub until: When,
}

/// What one wants to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChoicesView {
    /// By topic.
    pub topics: Vec<TopicView>,
    /// Ways there are.
    pub ways: Vec<&'static str>,
    /// Begin of the quiet hours: `22:00`.
    pub quiet_from: Option<String>,
    /// Their end.
    pub quiet_until: Option<String>,
    /// Their zone.
    pub zone: String,
}

/// What one wants to be told of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopicView {
    /// `decision`, `money`, `deadline`, `order`, `message`, `digest` or `desk`.
    pub topic: &'static str,
    /// It cannot be silenced.
    pub must_reach: bool,
    /// By which ways it comes.
    pub ways: Vec<&'static str>,
}

impl TopicView {
    /// Whether it comes by a way.
    pub fn by(&self, way: &str) -> bool {
        self.ways.contains(&way)
    }
}

/// A message, as the log shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DispatchView {
    /// Its id, which goes along with every attempt.
    pub id: String,
    /// `mail`, `sms` or `webhook`.
    pub way: String,
    /// Code of what happened.
    pub code: String,
    /// Order it is about.
    pub order: Option<String>,
    /// Enough of the address to recognise it.
    pub to: String,
    /// `waiting`, `retrying`, `sent`, `failed`, `suppressed`, `capped` or `dropped`.
    pub state: String,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is tried next.
    pub next: Option<When>,
    /// Since when.
    pub at: When,
    /// When it was over.
    pub done_at: Option<When>,
    /// What went wrong last.
    pub why: Option<String>,
}

/// An address nothing is sent to any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SuppressionView {
    /// Keyed hash of the address.
    pub address: String,
    /// `mail` or `sms`.
    pub way: String,
    /// Enough to recognise it.
    pub hint: String,
    /// Why.
    pub code: String,
    /// Since when.
    pub at: When,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookView {
    /// Its id.
    pub id: String,
    /// What is called.
    pub url: String,
    /// Why it is not called any more: `gone`, `failing`.
    pub stopped: Option<String>,
    /// Messages in a row that were given up.
    pub failures: u32,
    /// Since when.
    pub created_at: When,
}

/// A kind of message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TemplateRow {
    /// Its code.
    pub kind: String,
    /// What was changed: `mail.zh`, `sms.en`, …
    pub changed: Vec<String>,
}

/// Words of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TemplateView {
    /// Of which kind.
    pub kind: String,
    /// `mail` or `sms`.
    pub way: &'static str,
    /// `zh` or `en`.
    pub language: String,
    /// Whether they were changed.
    pub changed: bool,
    /// By whom.
    pub changed_by: Option<String>,
    /// When.
    pub changed_at: Option<When>,
    /// Subject; of a short message the provider's template.
    pub subject: String,
    /// Text; of a short message one value a line.
    pub body: String,
    /// What it looks like.
    pub preview: TemplatePreview,
    /// Names it may use.
    pub variables: Vec<VariableView>,
}

/// What words look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TemplatePreview {
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// What is wrong, and where.
    pub fault: Option<TemplateFault>,
}

/// What is wrong with words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TemplateFault {
    /// `subject` or `body`.
    pub part: &'static str,
    /// In which line.
    pub line: Option<u32>,
    /// A stable code.
    pub code: &'static str,
    /// The name or place it is about.
    pub detail: String,
}

/// A name that words may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VariableView {
    /// The name.
    pub name: &'static str,
    /// What stands there in a preview.
    pub sample: &'static str,
}
