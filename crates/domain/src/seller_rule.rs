//! Rules by which a seller agrees to refunds by himself (卖家自动同意规则, S08): what he would say anyway is said at once, in his
//! name, and stays his.

use crate::case::{Case, Reason};
use crate::ids::{AccountId, ProductId};
use crate::order_file::OrderFile;
use serde::{Deserialize, Serialize};
use yuanlu_money::Money;

/// Rules a seller may have at a time.
pub const MOST_RULES: usize = 20;

/// What a seller agrees to without looking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerRule {
    /// Its id.
    pub id: String,
    /// Who of the seller made it.
    pub by: AccountId,
    /// The most that may be claimed.
    pub most: Money,
    /// For which reasons.
    pub reasons: Vec<Reason>,
    /// For which product alone, where it is for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
}

impl SellerRule {
    /// Whether the seller agrees to this case by it. Nobody agrees to what he bought himself.
    pub fn agrees(&self, file: &OrderFile, case: &Case) -> bool {
        let of_product = |product: &ProductId| {
            let units = case.units.iter().filter_map(|no| file.unit(*no)).filter_map(|unit| file.item_of(unit));
            let mut units = units.peekable();
            units.peek().is_some() && units.all(|item| item.terms.product == *product)
        };
        self.most.currency() == file.currency
            && case.claimed_minor <= self.most.minor()
            && self.reasons.contains(&case.reason)
            && self.product.as_ref().is_none_or(of_product)
            && !file.is_buyer(&self.by)
    }
}
