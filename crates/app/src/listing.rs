//! Listings of sellers with low credit wait until somebody of staff has looked at them (R23).

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::credit::{score_of, subject_notice};
use crate::errors::{AppError, Result};
use crate::inputs::ReviewListingInput;
use crate::lookup::Lookup;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::text;
use crate::views::HeldListingView;
use serde_json::json;
use yuanlu_domain::ids::{ProductId, SellerId};
use yuanlu_domain::policy::Parameters;
use yuanlu_domain::time::Instant;
use yuanlu_storage::listing_hold::{self, ListingHold};
use yuanlu_storage::{Read, audit, notice, product};

const MOST_HELD: u32 = 200;

impl App {
    /// Whether what this seller puts on sale now waits for a look.
    pub(crate) fn holds_listings(&self, seller: &SellerId, parameters: &Parameters) -> Result<bool> {
        let (now, subject) = (self.now(), format!("seller:{seller}"));
        self.db().read(|db| is_low(db, &subject, now, parameters))
    }

    /// Listings that wait, the oldest first.
    pub fn held_listings(&self, who: &Principal) -> Result<Vec<HeldListingView>> {
        permit(who, Action::ReviewListing, &Object::Nothing)?;
        self.db().snapshot(|db| {
            let found = listing_hold::list_held(db, MOST_HELD)?;
            found.iter().map(|hold| hold_view(db, &mut Lookup::default(), hold)).collect()
        })
    }

    /// Puts a held listing on sale, or refuses it with a reason that the seller can act on.
    pub fn review_listing(&self, who: &Principal, id: &ProductId, input: &ReviewListingInput) -> Result<()> {
        permit(who, Action::ReviewListing, &Object::Nothing)?;
        let by = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let (hold, found) = self.db().snapshot(|db| {
            let hold = listing_hold::find(db, id)?.filter(|hold| hold.state == "held").ok_or(AppError::NotFound)?;
            Ok::<_, AppError>((hold, product::find(db, id)?.ok_or(AppError::NotFound)?))
        })?;
        let subject = format!("seller:{}", hold.seller);
        permit(who, Action::ReviewListing, &Object::Credit(&subject))?;
        let words = text::words("words", &input.words, usize::from(!input.release), 2000)?;
        let release = input.release;
        let now = self.now();
        let audit =
            self.audit_row_of(who, if release { "release_listing" } else { "refuse_listing" }, id.as_str(), json!({}));
        let kind = if release { "listing_released" } else { "listing_refused" };
        let told = subject_notice(&subject, kind, None, now, self.ids().text(now));
        let mut offer = found.offer;
        offer.on_sale = true;
        self.write(move |tx, now| {
            listing_hold::decide(tx, &hold, release, &by, now, &words)?;
            if release {
                product::set_on_sale(tx, &hold.product, hold.version, &offer, now)?;
            }
            notice::insert(tx, &told)?;
            Ok(audit::insert(tx, &audit)?)
        })
    }
}

/// Whether somebody's credit is below what listings need.
pub(crate) fn is_low(db: &impl Read, subject: &str, now: Instant, parameters: &Parameters) -> Result<bool> {
    Ok(score_of(db, subject, now, parameters)? < parameters.seller_review_below)
}

pub(crate) fn hold_view(db: &impl Read, lookup: &mut Lookup, hold: &ListingHold) -> Result<HeldListingView> {
    let page = product::find_page(db, &hold.product, hold.version)?;
    Ok(HeldListingView {
        product: hold.product.to_string(),
        title: page.map_or_else(|| hold.product.to_string(), |page| page.title),
        seller: lookup.seller(db, &hold.seller)?.name,
        version: hold.version,
        at: hold.at.into(),
        state: hold.state.clone(),
        words: Some(hold.words.clone()).filter(|words| !words.is_empty()),
    })
}
