//! What people send about messages.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What one wants to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoicesInput {
    /// Ways (`mail`, `sms`) by topic; a topic that is absent goes the usual way.
    pub topics: BTreeMap<String, Vec<String>>,
    /// Begin of the quiet hours: `22:00`.
    pub quiet_from: Option<String>,
    /// Their end.
    pub quiet_until: Option<String>,
    /// Their zone; `Asia/Shanghai` when absent.
    pub zone: Option<String>,
}

/// Which words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateKey {
    /// Code of the notice.
    pub kind: String,
    /// `mail` or `sms`.
    pub way: String,
    /// `zh` or `en`.
    pub language: String,
}

/// Words of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateInput {
    /// Which.
    #[serde(flatten)]
    pub key: TemplateKey,
    /// Subject; of a short message the provider's template.
    pub subject: String,
    /// Text; of a short message one value a line.
    pub body: String,
}
