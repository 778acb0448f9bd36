//! A seller's money: payout account, withdrawals, deposit, advances.

use super::form::Call;
use super::stage::{Seen, Stage, Stop};
use crate::crowd::{PASSWORD, follow};
use yuanlu_app::inputs::{BankedInput, Origin, PayoutAccountInput};
use yuanlu_app::views::WithdrawalView;
use yuanlu_app::{Principal, Secret};
use yuanlu_domain::ids::SellerId;

/// What the bank is said to have called a transfer.
const REFERENCE: &str = "BANK-1";

/// Sellers sign in by no password otherwise; here one is asked for again.
pub(super) fn names_account(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    let account = who.account().ok_or_else(|| Stop::Story("nobody is signed in".to_owned()))?;
    let link = stage.app().reset_access(stage.admin()?, account)?;
    follow(stage.app(), link.expose()).map_err(|trouble| Stop::Story(trouble.to_string()))?;
    let input = PayoutAccountInput {
        holder: call.actor.clone() + " Ltd",
        bank: "River Bank".to_owned(),
        number: Secret::new("6200 0000 0000 1001".to_owned()),
        password: PASSWORD.into(),
    };
    stage.app().set_payout_account(&who, &input, &Origin::default())?;
    Ok(())
}

pub(super) fn takes_out(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let amount = call.money("amount").map(|money| money.to_string()).unwrap_or_default();
    stage.app().request_withdrawal(&stage.actor(call)?, &amount, None)?;
    Ok(())
}

pub(super) fn calls_off(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    let last = stage.app().own_seller_account(&who)?.withdrawals.first().map_or(1, |row| row.withdrawal);
    stage.app().cancel_withdrawal(&who, last)?;
    Ok(())
}

pub(super) fn raises_deposit(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let amount = call.money("amount").map(|money| money.to_string()).unwrap_or_default();
    stage.app().top_up_deposit(&stage.actor(call)?, &amount, None)?;
    Ok(())
}

/// The shop that is named.
fn shop(stage: &Stage, call: &Call) -> Result<SellerId, Stop> {
    let name = call.given("shop");
    stage.sellers.get(name).cloned().ok_or_else(|| Stop::Story(format!("there is no shop `{name}`")))
}

/// The last withdrawal of the shop that is named.
fn last(stage: &Stage, call: &Call) -> Result<(SellerId, WithdrawalView), Stop> {
    let seller = shop(stage, call)?;
    let found = stage.app().seller_account(&Principal::Program, &seller)?.withdrawals.into_iter().next();
    Ok((seller, found.ok_or_else(|| Stop::Story("the shop has asked for nothing".to_owned()))?))
}

pub(super) fn countersigns(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (seller, row) = last(stage, call)?;
    stage.app().approve_withdrawal(&stage.actor(call)?, &seller, row.withdrawal)?;
    Ok(())
}

pub(super) fn pays_out(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (seller, row) = last(stage, call)?;
    let reference = call.word("reference").unwrap_or(REFERENCE);
    stage.app().execute_withdrawal(&stage.actor(call)?, &seller, row.withdrawal, reference)?;
    Ok(())
}

pub(super) fn turns_down(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (seller, row) = last(stage, call)?;
    stage.app().refuse_withdrawal(&stage.actor(call)?, &seller, row.withdrawal, call.given("text"))?;
    Ok(())
}

fn banked(call: &Call) -> BankedInput {
    let amount = call.money("amount").map(|money| money.to_string()).unwrap_or_default();
    BankedInput { amount, reference: call.word("reference").unwrap_or(REFERENCE).to_owned() }
}

pub(super) fn gives_back_deposit(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let seller = shop(stage, call)?;
    stage.app().return_deposit(&stage.actor(call)?, &seller, &banked(call), None)?;
    Ok(())
}

pub(super) fn records_deposit(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let seller = shop(stage, call)?;
    stage.app().pay_deposit(&stage.actor(call)?, &seller, &banked(call).amount, None)?;
    Ok(())
}

pub(super) fn records_repayment(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let seller = shop(stage, call)?;
    stage.app().repay_advance(&stage.actor(call)?, &seller, &banked(call), None)?;
    Ok(())
}

pub(super) fn withdrawal(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let (_, row) = last(stage, call)?;
    Ok(Seen::new(row.state == call.given("state"), row.state))
}

pub(super) fn available(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let account = stage.app().seller_account(&Principal::Program, &shop(stage, call)?)?;
    let said = call.money("amount").map(|money| money.minor());
    Ok(Seen::new(said == Some(account.available.minor), account.available.text))
}
