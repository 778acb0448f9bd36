//! How a payer gets to a channel's cashier.

use super::When;
use serde::Serialize;
use utoipa::ToSchema;

/// A form that the payer's browser posts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CashierForm {
    /// Where to.
    pub action: String,
    /// Names and values, in order.
    pub fields: Vec<(String, String)>,
}

/// How a payer gets to a channel's cashier. `ready` has one of `url`, `qr`, `form`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CashierView {
    /// `asked`: the channel has not answered yet, look again; `ready`; `refused`: not this way.
    pub state: &'static str,
    /// Where the payer sits, as the channel was told: `page`, `mobile`, `qr`.
    pub scene: String,
    /// The cashier's address.
    pub url: Option<String>,
    /// Text to be drawn as a QR code, which the channel's app scans.
    pub qr: Option<String>,
    /// A form to be posted by the payer's browser.
    pub form: Option<CashierForm>,
    /// The channel was asked in vain so far; it is asked again, but another way may be quicker.
    pub struggling: bool,
    /// From when this no longer leads to the cashier and is asked for anew.
    pub expires_at: Option<When>,
}
