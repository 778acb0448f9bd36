//! Who runs the platform, and by which agreements.

use super::When;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who runs the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The company's name, as registered.
    #[schema(example = "上海原路网络科技有限公司")]
    pub name: String,
    /// Its name in English; may be empty.
    #[serde(default)]
    pub name_en: String,
    /// Its unified social credit code.
    #[schema(example = "91310000MA1FL00000")]
    pub registration_no: String,
    /// The ICP filing of the site.
    #[schema(example = "沪ICP备2026000000号-1")]
    pub icp: String,
    /// Its licence for value-added telecommunication services; may be empty.
    #[serde(default)]
    pub licence: String,
    /// Where it can be found.
    pub address: String,
    /// Where complaints are taken by telephone.
    pub telephone: String,
    /// Where complaints are taken by mail.
    pub email: String,
}

/// What the platform shows of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlatformView {
    /// What it calls itself.
    pub name: String,
    /// Who runs it; absent until an administrator has said so.
    pub operator: Option<Operator>,
    /// Every version of every agreement, the newest first.
    pub agreements: Vec<AgreementView>,
}

/// A version of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgreementView {
    /// Which: `user`, `refund` or `seller`.
    pub kind: &'static str,
    /// Which version, from 1.
    pub version: i64,
    /// SHA-256 of its kind and both its texts; orders and applications to sell name it by this.
    pub hash: String,
    /// When it was published.
    pub published_at: When,
    /// From when it holds for new orders and applications.
    pub in_force_at: When,
    /// `coming`, `in_force` or `past`.
    pub standing: &'static str,
    /// In Chinese; absent in lists.
    pub zh: Option<String>,
    /// In English; absent in lists.
    pub en: Option<String>,
}

/// What a new platform needs before it opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SetupView {
    /// Everything is done.
    pub done: bool,
    /// The steps, in the order in which they are best done.
    pub steps: Vec<SetupStepView>,
    /// Who confirmed that a copy of the key is kept elsewhere, of this very key.
    pub key_copied_by: Option<String>,
    /// When.
    pub key_copied_at: Option<When>,
}

/// A step of setting up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SetupStepView {
    /// `operator`, `filing`, `agreements`, `address`, `channel`, `mail` or `key`.
    pub step: &'static str,
    /// The program sees that it is done.
    pub done: bool,
    /// The page on which it is done; absent where it is a setting of the program.
    pub at: Option<&'static str>,
    /// The settings of the program it is about.
    pub settings: Vec<&'static str>,
}
