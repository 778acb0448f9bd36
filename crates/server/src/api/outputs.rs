//! What programs are told, where it is not a view of the use cases.

use serde::Serialize;
use utoipa::ToSchema;
use yuanlu_app::views::{CashierView, OrderView, PaymentToMake, PersonView, When};
use yuanlu_app::{Grant, Principal, TotpEnrolment};

/// Access that was granted. Send the token as `Authorization: Bearer …`.
#[derive(Clone, Serialize, ToSchema)]
pub struct GrantView {
    /// The token. It is shown once.
    pub token: String,
    /// From then on it opens nothing.
    pub expires_at: When,
    /// The only order it opens, for guests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

impl From<&Grant> for GrantView {
    fn from(grant: &Grant) -> Self {
        let order = match &grant.principal {
            Principal::Guest(order) => Some(order.to_string()),
            Principal::Anonymous | Principal::Person(_) | Principal::Program => None,
        };
        Self { token: grant.token.expose().clone(), expires_at: grant.expires.into(), order }
    }
}

/// A placed order.
#[derive(Clone, Serialize, ToSchema)]
pub struct PlacedView {
    /// The order.
    pub order: OrderView,
    /// A guest's access to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<GrantView>,
}

/// A payment to make.
#[derive(Clone, Serialize, ToSchema)]
pub struct PaymentLinkView {
    /// The payment.
    pub payment: PaymentToMake,
    /// Send the payer there; absent where `cashier` has another way, or has none yet.
    pub cashier_url: Option<String>,
    /// How the payer gets to the cashier. While its `state` is `asked`, look again with
    /// `GET /orders/{order}/cashier`.
    pub cashier: CashierView,
}

/// A revealed code.
#[derive(Clone, Serialize, ToSchema)]
pub struct CodeView {
    /// Number of the unit.
    pub unit: u16,
    /// The code.
    pub code: String,
}

/// A second factor to set up.
#[derive(Clone, Serialize, ToSchema)]
pub struct TotpView {
    /// The secret in base 32.
    pub secret: String,
    /// The same for authenticator apps.
    pub otpauth_url: String,
}

impl From<&TotpEnrolment> for TotpView {
    fn from(enrolment: &TotpEnrolment) -> Self {
        Self { secret: enrolment.secret_base32.expose().clone(), otpauth_url: enrolment.otpauth_url.expose().clone() }
    }
}

/// A second factor about to be set up.
#[derive(Clone, Serialize, ToSchema)]
pub struct PendingTotpView {
    /// Give it back with the first code.
    pub token: String,
    /// What to put into the authenticator.
    pub totp: TotpView,
}

/// What a one-time link offers.
#[derive(Clone, Serialize, ToSchema)]
pub struct LinkOfferView {
    /// Whose access it sets up.
    pub login: String,
    /// Role codes.
    pub roles: Vec<&'static str>,
    /// The second factor to set up, where a role needs one.
    pub totp: Option<TotpView>,
}

/// A one-time link.
#[derive(Clone, Serialize, ToSchema)]
pub struct OneTimeLinkView {
    /// Hand it to the person; it works once.
    pub url: String,
}

/// An invited person.
#[derive(Clone, Serialize, ToSchema)]
pub struct InvitedView {
    /// The person.
    pub person: PersonView,
    /// Hand it to the person; it works once.
    pub url: String,
}

/// How many cases wait at a desk.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QueueView {
    /// `review`, `senior` or `risk`.
    pub desk: &'static str,
    /// Cases that wait, counted as far as 1,000.
    pub waiting: u64,
}

/// The time by the shop's clock.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// Now.
    pub now: When,
}

/// An uploaded file, as a form.
#[derive(ToSchema)]
pub struct EvidenceForm {
    /// Order number. Send it before the file.
    pub order: String,
    /// Code of the evidence type. Send it before the file.
    pub kind: String,
    /// The amount its uploader sees in it, as decimal text. Send it before the file.
    pub seen_amount: Option<String>,
    /// The number of order or payment he sees in it. Send it before the file.
    pub seen_number: Option<String>,
    /// The time of payment he sees in it, Shanghai time (`2026-03-10 10:05`). Send it before the file.
    pub seen_at: Option<String>,
    /// The file: JPEG, PNG, WebP, PDF or plain text, at most 10 MB.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// A file for a tip-off, as a form.
#[derive(ToSchema)]
pub struct TipOffFileForm {
    /// Of strangers. Send it before the file.
    pub query_password: Option<String>,
    /// Code of the evidence type. Send it before the file.
    pub kind: String,
    /// The file: JPEG, PNG, WebP, PDF or plain text, at most 10 MB.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// A file for an application to sell, as a form.
#[derive(ToSchema)]
pub struct ProofForm {
    /// Code of the evidence type. Send it before the file.
    pub kind: String,
    /// The file: JPEG, PNG, WebP, PDF or plain text, at most 10 MB.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// A webhook with its secret.
#[derive(Clone, Serialize, ToSchema)]
pub struct NewWebhookView {
    /// The webhook.
    pub webhook: yuanlu_app::views::WebhookView,
    /// The secret of its signatures. It is shown once.
    pub secret: String,
}
