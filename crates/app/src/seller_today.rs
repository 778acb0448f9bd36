//! What a seller has before him today, beside the answers that are due: stock that runs low, and what is left to set up.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::Page;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::seller::own_seller;
use crate::views::{LowStockView, SetUpStep};
use yuanlu_domain::catalogue::DeliveryMode;
use yuanlu_domain::ids::ProductId;
use yuanlu_storage::{product, stock, stock_alert};

/// Codes from which on a product counts as running low where its seller says nothing else.
const LOW: u32 = 3;
const MOST_LEAST: u32 = 100_000;
/// Products looked through for those that run low.
const MOST_PRODUCTS: u32 = 500;

impl App {
    /// Products on sale with as few codes as their seller wants to be told of, the fewest first.
    pub fn low_stock(&self, who: &Principal) -> Result<Vec<LowStockView>> {
        let seller = own_seller(who)?;
        self.db().snapshot(|db| {
            let mut found = product::list_of_seller(db, &seller, "", MOST_PRODUCTS)?;
            found.retain(|one| one.on_sale && one.offer.terms.delivery == DeliveryMode::Code);
            let ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
            let wanted = stock_alert::list(db, &ids)?;
            let least =
                |id: &ProductId| wanted.iter().find(|(wanted, _)| *wanted == *id).map_or(LOW, |(_, least)| *least);
            // One more than runs low is enough to know that it does not.
            let most: Vec<_> = found.iter().map(|one| (&one.id, least(&one.id).saturating_add(1))).collect();
            let each = found.iter().zip(stock::count_free(db, &most)?).map(|(one, left)| {
                let (product, title) = (one.id.to_string(), one.page.title.clone());
                LowStockView { product, title, left, least: least(&one.id) }
            });
            let mut low: Vec<LowStockView> = each.filter(|one| one.left <= one.least && one.least > 0).collect();
            low.sort_by_key(|one| one.left);
            Ok(low)
        })
    }

    /// From how few codes on one's product counts as running low.
    pub fn stock_threshold(&self, who: &Principal, id: &ProductId) -> Result<u32> {
        let found = self.db().read(|db| product::find(db, id))?.ok_or(AppError::NotFound)?;
        permit(who, Action::ViewShop, &Object::Shop(&found.offer.seller))?;
        let wanted = self.db().read(|db| stock_alert::list(db, &[id.as_str()]))?;
        Ok(wanted.first().map_or(LOW, |(_, least)| *least))
    }

    /// Sets it; zero for never.
    pub fn set_stock_threshold(&self, who: &Principal, id: &ProductId, least: u32) -> Result<()> {
        let found = self.db().read(|db| product::find(db, id))?.ok_or(AppError::NotFound)?;
        permit(who, Action::ManageProducts, &Object::Shop(&found.offer.seller))?;
        if least > MOST_LEAST {
            return Err(AppError::invalid("least", "too_large"));
        }
        let id = id.clone();
        self.write(move |tx, now| Ok(stock_alert::put(tx, &id, least, now)?))
    }

    /// What a shop needs before it can sell and be paid, and what of it is done.
    pub fn set_up_steps(&self, who: &Principal) -> Result<Vec<SetUpStep>> {
        let account = self.own_seller_account(who)?;
        let first = Page { cursor: None, limit: Some(100) };
        let products = self.list_own_products(who, &first)?.items;
        let sells = products.iter().any(|one| one.on_sale);
        let stocked = products.iter().any(|one| one.in_stock.is_none_or(|left| left > 0));
        let rules = self.seller_rules(who)?;
        Ok(vec![
            SetUpStep { step: "approved", done: true, needed: true },
            SetUpStep { step: "deposit", done: account.lacking_deposit.is_zero(), needed: true },
            SetUpStep { step: "payout_account", done: account.payout_account.is_some(), needed: true },
            SetUpStep { step: "product", done: sells, needed: true },
            SetUpStep { step: "codes", done: sells && stocked, needed: true },
            SetUpStep { step: "rule", done: rules.iter().any(|rule| rule.ended_at.is_none()), needed: false },
        ])
    }
}
