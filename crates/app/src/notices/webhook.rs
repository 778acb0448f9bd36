//! A seller's own programs, called with every notice to the shop.

use super::outbox::listed;
use super::spread;
use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::Page;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::random;
use crate::views::{DispatchView, Listing, WebhookView};
use yuanlu_blobs::{Place, Secret};
use yuanlu_domain::ids::SellerId;
use yuanlu_notify::{Way, guard, webhook as signed};
use yuanlu_storage::dispatch;
use yuanlu_storage::notice::Notice;
use yuanlu_storage::webhook::{self, Webhook};

const MOST: usize = 5;

/// A webhook with the secret that is shown this once.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// The webhook.
    pub webhook: WebhookView,
    /// The secret of its signatures.
    pub secret: Secret<String>,
}

impl App {
    /// Webhooks of the shop one works for.
    pub fn webhooks(&self, who: &Principal) -> Result<Vec<WebhookView>> {
        let seller = shop(who)?;
        let found = self.db().read(|db| webhook::of_seller(db, &seller))?;
        Ok(found.into_iter().map(view).collect())
    }

    /// Adds a webhook.
    pub fn add_webhook(&self, who: &Principal, url: &str) -> Result<NewWebhook> {
        let seller = shop(who)?;
        let url = url.trim().to_owned();
        guard::check_url(&url, self.config().notify.reach).map_err(|fault| AppError::invalid("url", fault.code()))?;
        if self.db().read(|db| webhook::of_seller(db, &seller))?.len() >= MOST {
            return Err(AppError::invalid("url", "too_many"));
        }
        let secret = signed::secret_of(&random::bytes::<32>()?);
        let now = self.now();
        let id = self.ids().text(now);
        let place = Place { table: "webhook", row: &id };
        let sealed = self.vault().seal(place, secret.expose().as_bytes()).map_err(|_| AppError::Unavailable)?;
        let new = Webhook {
            id,
            seller,
            url,
            secret: sealed.ciphertext,
            key_version: sealed.key_version,
            failures: 0,
            stopped: None,
            created_at: now,
        };
        let shown = view(new.clone());
        self.write(move |tx, _| Ok(webhook::insert(tx, &new)?))?;
        Ok(NewWebhook { webhook: shown, secret: Secret::new(secret.expose().to_owned()) })
    }

    /// Removes a webhook.
    pub fn remove_webhook(&self, who: &Principal, id: &str) -> Result<()> {
        let (seller, id) = (shop(who)?, id.to_owned());
        self.write(move |tx, _| if webhook::delete(tx, &id, &seller)? { Ok(()) } else { Err(AppError::NotFound) })
    }

    /// Calls a webhook again that was given up.
    pub fn restart_webhook(&self, who: &Principal, id: &str) -> Result<()> {
        let (seller, id) = (shop(who)?, id.to_owned());
        self.write(move |tx, _| if webhook::start(tx, &id, &seller)? { Ok(()) } else { Err(AppError::NotFound) })
    }

    /// Sends a message that says nothing, to try it out.
    pub fn test_webhook(&self, who: &Principal, id: &str) -> Result<()> {
        let found = self.own_webhook(who, id)?;
        let now = self.now();
        let told = Notice {
            recipient: String::new(),
            id: String::new(),
            kind: "webhook_test".to_owned(),
            order: String::new(),
            case: None,
            amount_minor: None,
            currency: String::new(),
            due: None,
            at: now,
            read_at: None,
        };
        let new = spread::message(&told, format!("webhook:{}", found.id), Way::Webhook, now, now, &mut self.ids());
        self.write(move |tx, _| Ok(dispatch::insert(tx, &new)?))
    }

    /// What a webhook was told, the newest first.
    pub fn webhook_dispatches(&self, who: &Principal, id: &str, page: &Page) -> Result<Listing<DispatchView>> {
        let found = self.own_webhook(who, id)?;
        let target = format!("webhook:{}", found.id);
        let before = page.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let rows = self.db().read(|db| dispatch::of_target(db, &target, before, page.rows() + 1))?;
        Ok(listed(rows, page))
    }

    /// Sends a message once more that is over, under its id.
    pub fn redeliver(&self, who: &Principal, id: &str, message: &str) -> Result<()> {
        let found = self.own_webhook(who, id)?;
        let (target, message) = (format!("webhook:{}", found.id), message.to_owned());
        self.write(move |tx, now| {
            let one = dispatch::find(tx, &message)?.filter(|one| one.target == target).ok_or(AppError::NotFound)?;
            if dispatch::again(tx, &one.id, now)? { Ok(()) } else { Err(AppError::Conflict) }
        })
    }

    fn own_webhook(&self, who: &Principal, id: &str) -> Result<Webhook> {
        let seller = shop(who)?;
        let found = self.db().read(|db| webhook::find(db, id))?;
        found.filter(|found| found.seller == seller).ok_or(AppError::NotFound)
    }
}

fn shop(who: &Principal) -> Result<SellerId> {
    let person = who.person().ok_or(AppError::NotSignedIn)?;
    let seller = person.seller.clone().ok_or(AppError::Forbidden)?;
    permit(who, Action::ManageProducts, &Object::Shop(&seller))?;
    Ok(seller)
}

fn view(hook: Webhook) -> WebhookView {
    WebhookView {
        id: hook.id,
        url: hook.url,
        stopped: hook.stopped,
        failures: hook.failures,
        created_at: hook.created_at.into(),
    }
}
