//! What sellers and finance do with money in the demo's past: payout accounts, withdrawals paid out, one that waits.

use crate::course::{Cast, origin};
use crate::logins::Login;
use crate::market::SELLERS;
use crate::{Trouble, World};
use std::collections::VecDeque;
use yuanlu_app::inputs::PayoutAccountInput;
use yuanlu_app::{App, Principal, Secret};
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::time::Instant;

/// The most of one withdrawal, so that one person of finance may execute it.
const MOST_MINOR: i64 = 500_000;

/// An errand.
enum Errand {
    /// Every seller but the last names where he is paid to.
    NameAccounts,
    /// These sellers, by position, ask for what they can have.
    Ask(&'static [usize]),
    /// Finance executes what waits.
    PayOut,
}

/// The errands of the past, in their order.
pub(crate) struct Till {
    errands: VecDeque<(Instant, Errand)>,
    payments: u32,
}

impl Till {
    pub(crate) fn between(from: Instant, end: Instant) -> Self {
        let errands = [
            (from.plus_days(1), Errand::NameAccounts),
            (end.plus_days(-4), Errand::Ask(&[1, 3, 4])),
            (end.plus_days(-3), Errand::PayOut),
            // Hardly anything is left there when claims under warranty come in at the end: a debt.
            (end.plus_hours(-9), Errand::Ask(&[4])),
            (end.plus_hours(-8), Errand::PayOut),
            (end.plus_hours(-5), Errand::Ask(&[1, 3])),
        ];
        Self { errands: errands.into(), payments: 0 }
    }

    /// Does what is due until an instant.
    pub(crate) fn run_until(
        &mut self,
        at: Instant,
        world: &mut World,
        cast: &Cast,
        logins: &[Login],
    ) -> Result<(), Trouble> {
        while let Some((due, errand)) = self.errands.pop_front() {
            if due > at {
                self.errands.push_front((due, errand));
                break;
            }
            world.advance_to(due);
            match errand {
                Errand::NameAccounts => name_accounts(world.app(), cast, logins)?,
                Errand::Ask(sellers) => sellers.iter().try_for_each(|n| ask(world.app(), &cast.sellers[*n]))?,
                Errand::PayOut => self.pay_out(world.app(), &cast.finance)?,
            }
            world.settle();
        }
        Ok(())
    }

    fn pay_out(&mut self, app: &App, finance: &Principal) -> Result<(), Trouble> {
        for row in app.withdrawals(finance).map_err(Trouble::at("withdrawals"))? {
            if row.actions.contains(&"execute") {
                self.payments += 1;
                let reference = format!("BANK-{:04}", self.payments);
                let seller = SellerId::from(row.seller.id.as_str());
                let done = app.execute_withdrawal(finance, &seller, row.withdrawal, &reference);
                done.map_err(Trouble::at("a withdrawal is executed"))?;
            }
        }
        Ok(())
    }
}

fn name_accounts(app: &App, cast: &Cast, logins: &[Login]) -> Result<(), Trouble> {
    let most = SELLERS.len() - 1;
    for (position, (plan, seller)) in SELLERS.iter().zip(&cast.sellers).take(most).enumerate() {
        let login = logins.iter().find(|login| login.login == plan.login);
        let password = login.map(|login| login.password.clone()).unwrap_or_default();
        let input = PayoutAccountInput {
            holder: plan.name.to_owned(),
            bank: "江海银行 River Bank".to_owned(),
            number: Secret::new(format!("6200 0000 0000 {:04}", 1001 + position)),
            password: Secret::new(password),
        };
        app.set_payout_account(seller, &input, &origin(0)).map_err(Trouble::at("a payout account"))?;
    }
    Ok(())
}

fn ask(app: &App, seller: &Principal) -> Result<(), Trouble> {
    let account = app.own_seller_account(seller).map_err(Trouble::at("a seller's money"))?;
    let minor = account.available.minor.min(MOST_MINOR);
    if minor > 0 {
        let amount = yuanlu_money::Money::cny(minor).to_string();
        app.request_withdrawal(seller, &amount, None).map_err(Trouble::at("a withdrawal"))?;
    }
    Ok(())
}
