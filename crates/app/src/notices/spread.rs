//! From notices to messages. It is decided once for each notice, in one commit with the messages it becomes.

use super::choice::Choice;
use super::planned;
use crate::app::App;
use crate::engine::Lane;
use crate::errors::{AppError, Result};
use std::str::FromStr;
use yuanlu_domain::ids::{AccountId, Ids, SellerId};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Party, Role};
use yuanlu_notify::{Topic, Way, topic};
use yuanlu_storage::dispatch::{self, Dispatch};
use yuanlu_storage::notice::{self, Notice};
use yuanlu_storage::{Tx, account, contact, guest_access, notice_template, webhook};

/// Notices decided in one commit.
const PAGE: u32 = 200;
/// What is older than this is no news any more: it stays inside the site.
const NEWS_DAYS: i64 = 7;

/// What there is to send by.
#[derive(Clone, Copy)]
struct There {
    mail: bool,
    sms: bool,
}

impl App {
    /// Decides where notices go that nobody has decided on yet; how many.
    pub fn spread_notices(&self) -> Result<usize> {
        self.tell_planned()?;
        let settings = &self.config().notify;
        let there = There { mail: settings.mail.is_some(), sms: settings.sms.is_some() };
        if self.db().read(|db| notice::unspread(db, 1))?.is_empty() {
            return Ok(0);
        }
        let seed = self.ids().bytes();
        self.engine().write(Lane::Bulk, move |tx, now| {
            let mut ids = Ids::new(seed);
            let found = notice::unspread(tx, PAGE)?;
            for told in &found {
                if notice::spread(tx, told)? {
                    planned::plan_after(tx, told, now)?;
                    if told.at.plus_days(NEWS_DAYS) > now {
                        spread(tx, told, there, now, &mut ids)?;
                    }
                }
            }
            Ok::<_, AppError>(found.len())
        })
    }
}

fn spread(tx: &Tx<'_>, told: &Notice, there: There, now: Instant, ids: &mut Ids) -> Result<()> {
    let kind = Topic::of(&told.kind);
    if let Some(seller) = told.recipient.strip_prefix("seller:") {
        let seller = SellerId::from(seller);
        for hook in webhook::of_seller(tx, &seller)?.into_iter().filter(|hook| hook.stopped.is_none()) {
            dispatch::insert(tx, &message(told, format!("webhook:{}", hook.id), Way::Webhook, now, now, ids))?;
        }
        if there.mail || there.sms {
            for account in account::of_seller(tx, &seller)? {
                to_account(tx, told, &account, kind, there, now, ids)?;
            }
        }
        return Ok(());
    }
    if !there.mail && !there.sms {
        return Ok(());
    }
    if let Some(role) = told.recipient.strip_prefix("role:").and_then(Role::parse) {
        for (account, roles) in account::staff_accounts(tx)? {
            if roles.contains(&role) {
                to_account(tx, told, &account, Topic::Desk, there, now, ids)?;
            }
        }
        return Ok(());
    }
    match Party::from_str(&told.recipient) {
        Ok(Party::Account(account)) => to_account(tx, told, &account, kind, there, now, ids),
        // Who bought without an account left one address; it is used for what must reach him only.
        Ok(Party::Guest(order)) if kind.must_reach() && there.mail && guest_access::find(tx, &order)?.is_some() => {
            Ok(dispatch::insert(tx, &message(told, told.recipient.clone(), Way::Mail, now, now, ids))?)
        }
        Ok(Party::Guest(_) | Party::Shop { .. }) | Err(_) => Ok(()),
    }
}

fn to_account(
    tx: &Tx<'_>,
    told: &Notice,
    account: &AccountId,
    kind: Topic,
    there: There,
    now: Instant,
    ids: &mut Ids,
) -> Result<()> {
    let contacts = contact::list(tx, account)?;
    if contacts.is_empty() {
        return Ok(());
    }
    let Some(person) = account::find(tx, account)? else { return Ok(()) };
    let has = |way: Way| contacts.iter().any(|contact| contact.way == way.code());
    let mut ways = Vec::new();
    if there.mail && has(Way::Mail) {
        ways.push(Way::Mail);
    }
    // A short message needs a template approved by the provider.
    if there.sms && has(Way::Sms) && notice_template::find(tx, &told.kind, Way::Sms.code(), &person.language)?.is_some()
    {
        ways.push(Way::Sms);
    }
    let choice = Choice::of(tx, account)?;
    let due = choice.quiet.as_ref().map_or(now, |quiet| {
        let end = quiet.not_before(now);
        if is_urgent(told, end) { now } else { end }
    });
    for way in topic::ways(kind, choice.about(kind), &ways) {
        dispatch::insert(tx, &message(told, format!("acct:{account}"), way, due, now, ids))?;
    }
    Ok(())
}

/// What cannot wait for the end of the quiet: a deadline inside it, or soon after, and what may be an intruder's work.
fn is_urgent(told: &Notice, end: Instant) -> bool {
    told.kind == "payout_account_set" || told.due.is_some_and(|due| due <= end.plus_hours(2))
}

pub(super) fn message(told: &Notice, target: String, way: Way, due: Instant, now: Instant, ids: &mut Ids) -> Dispatch {
    Dispatch {
        id: ids.text(now),
        target,
        way: way.code().to_owned(),
        kind: told.kind.clone(),
        order: told.order.clone(),
        case: told.case,
        amount_minor: told.amount_minor,
        currency: told.currency.clone(),
        until: told.due,
        payload: None,
        key_version: 0,
        address_index: None,
        hint: String::new(),
        state: "waiting".to_owned(),
        attempts: 0,
        due,
        created_at: now,
        done_at: None,
        code: None,
        remote_ref: None,
    }
}
