//! What the record of an order says, for the fields of evidence that a bank's form has for it.

/// Facts of an order in dispute, in plain English; empty where there is none to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFacts {
    /// What was sold.
    pub product: String,
    /// The day of the first delivery, such as `2026-03-10`.
    pub delivered_on: String,
    /// When each unit was delivered, seen and used.
    pub access: String,
    /// Where the refund terms stood before payment.
    pub terms: String,
}
