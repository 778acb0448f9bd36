//! What people see of admissions of sellers.

use super::{AgreementRef, DueView, EvidenceView, MoneyView, SellerRef, TimelineStep, When};
use serde::Serialize;
use utoipa::ToSchema;

/// What somebody is asked for who wants to sell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AdmissionTerms {
    /// The deposit.
    pub deposit: MoneyView,
    /// Working days in which an application is answered.
    pub answer_working_days: u32,
    /// Working days in which the deposit has to come in after that.
    pub deposit_working_days: u32,
    /// What the platform keeps of each sale, in hundredths of a percent.
    pub commission_basis_points: u32,
    /// Agreements in force, to be agreed to.
    pub agreements: Vec<AgreementRef>,
}

/// An admission in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AdmissionSummary {
    /// Number.
    pub admission: String,
    /// Login of the applicant.
    pub login: String,
    /// How the shop is to be called.
    pub shop: String,
    /// `person` or `company`.
    pub form: &'static str,
    /// `at_staff`, `awaiting_deposit`, `admitted`, `rejected`, `withdrawn` or `lapsed`.
    pub state: &'static str,
    /// Code of the party whose turn it is.
    pub turn_who: Option<&'static str>,
    /// Until when.
    pub due: Option<DueView>,
    /// It is, or was once, overdue.
    pub overdue: bool,
    /// When it was applied for last.
    pub applied_at: When,
    /// When it was over.
    pub ended_at: Option<When>,
    /// How often was applied.
    pub applications: u32,
}

/// Who applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentityView {
    /// Name of the person or company.
    pub name: String,
    /// Number of the identity card or registration.
    pub number: String,
    /// Telephone or e-mail address.
    pub contact: String,
}

/// An admission, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AdmissionView {
    /// As in lists.
    #[serde(flatten)]
    pub summary: AdmissionSummary,
    /// Who applies, with number and contact hidden for the most part; nothing once it was erased.
    pub identity: Option<IdentityView>,
    /// What is to be sold.
    pub goods: Option<String>,
    /// Proof.
    pub evidence: Vec<EvidenceView>,
    /// Agreements that were agreed to.
    pub agreements: Vec<AgreementRef>,
    /// The deposit that is awaited.
    pub deposit: Option<MoneyView>,
    /// Why it was rejected.
    pub words: Option<String>,
    /// What would change it.
    pub mend: Option<String>,
    /// The shop, once it is open.
    pub seller: Option<SellerRef>,
    /// What happened.
    pub timeline: Vec<TimelineStep>,
    /// What the asker may do now: `apply`, `add`, `withdraw`, `approve`, `reject`, `record_deposit`, `open_identity`.
    pub actions: Vec<&'static str>,
}
