//! A new password by mail, for whoever has proved an address and uses no second factor. Nobody learns from the answer
//! whether there is such an account.

use super::message::Sealed as Payload;
use crate::app::App;
use crate::errors::{AppError, Result};
use crate::inputs::Origin;
use crate::limits::Tried;
use yuanlu_notify::{Address, Way};
use yuanlu_storage::account::{self, Account};
use yuanlu_storage::{contact, dispatch};

/// Minutes for which the link is good.
const MINUTES: i64 = 30;
/// Accounts with one address that get a link each.
const MOST: u32 = 5;

impl App {
    /// Whether passwords can be reset by mail.
    pub fn resets_by_mail(&self) -> bool {
        self.config().notify.mail.is_some()
    }

    /// Sends a link to the proved address of an account, named by itself or by the address.
    pub fn forgot_password(&self, named: &str, origin: &Origin) -> Result<()> {
        if !self.resets_by_mail() {
            return Err(AppError::NotFound);
        }
        let named = named.trim();
        if named.is_empty() || named.chars().count() > 254 {
            return Err(AppError::invalid("login", "required"));
        }
        for asked in [origin.address.clone(), named.to_lowercase()] {
            self.count_tries(&[(Tried::Contact, &asked)], self.clock().real_now())?;
        }
        for person in self.accounts_meant(named)? {
            // A second factor is not given up for a mail: an administrator resets that.
            if person.totp.is_some()
                || person.password.is_none()
                || person.roles.iter().any(|role| role.needs_second_factor())
            {
                continue;
            }
            let found = self.db().read(|db| contact::list(db, &person.id))?;
            let Some(to) = found.into_iter().find(|contact| contact.way == Way::Mail.code()) else { continue };
            let link = self.short_link(&person, MINUTES)?;
            let url = format!("{}/link/{}", self.config().public_url, link.token.expose());
            let values = [("login", person.login.clone()), ("link", url), ("minutes", MINUTES.to_string())];
            let payload = Payload::new("", &values);
            let message = self.own_message(&person.id, Way::Mail, "password_reset", &payload, &to.address.hint)?;
            self.write(move |tx, _| {
                link.insert(tx)?;
                Ok(dispatch::insert(tx, &message)?)
            })?;
        }
        Ok(())
    }

    fn accounts_meant(&self, named: &str) -> Result<Vec<Account>> {
        let by_name = self.db().read(|db| account::find_by_login(db, &named.to_lowercase()))?;
        if let Some(person) = by_name {
            return Ok(vec![person]);
        }
        let Some(address) = Address::parse(named) else { return Ok(Vec::new()) };
        let index = self.address_index(Way::Mail, address.as_str());
        let mut found = Vec::new();
        for id in self.db().read(|db| contact::accounts_of(db, &index, Way::Mail.code(), MOST))? {
            found.extend(self.db().read(|db| account::find(db, &id))?);
        }
        Ok(found)
    }
}
