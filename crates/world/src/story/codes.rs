//! Redemption codes.

use super::form::Call;
use super::stage::{Stage, Stop};
use yuanlu_app::inputs::CodeBatchInput;
use yuanlu_domain::ids::DeskId;

/// Issues one code, as finance does.
pub(super) fn issue(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let last_day = match call.moment("until") {
        Some(until) => stage.instant(until)?.plus_micros(-1).date().to_string(),
        // As good as for ever.
        None => "2099-12-31".to_owned(),
    };
    let input = CodeBatchInput {
        worth: call.given("as-what").to_owned(),
        amount: call.money("value").map(|money| money.to_string()).unwrap_or_default(),
        quantity: 1,
        last_day,
    };
    let batch = DeskId::from(stage.app().ask_code_batch(stage.admin()?, &input, None)?.batch.as_str());
    let code = stage.app().take_codes(stage.admin()?, &batch)?.into_iter().next();
    let code = code.ok_or_else(|| Stop::Story("no code was made".to_owned()))?;
    stage.codes.insert(call.given("name").to_owned(), (batch, code));
    Ok(())
}

pub(super) fn redeem(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    let (_, code) = found(stage, call.given("code"))?;
    stage.app().redeem_code(&who, code.expose(), None)?;
    Ok(())
}

pub(super) fn withdraw(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (batch, _) = found(stage, call.given("name"))?;
    stage.app().withdraw_code_batch(stage.admin()?, batch)?;
    Ok(())
}

fn found<'s>(stage: &'s Stage, name: &str) -> Result<&'s (DeskId, yuanlu_app::Secret<String>), Stop> {
    stage.codes.get(name).ok_or_else(|| Stop::Story(format!("there is no redemption code `{name}`")))
}
