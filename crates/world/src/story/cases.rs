//! What buyer and seller do about a refund.

use super::form::Call;
use super::orders::units;
use super::stage::{Stage, Stop};
use yuanlu_app::inputs::{ApplyInput, Origin, StatementInput};
use yuanlu_domain::ids::CaseId;

pub(super) fn previews(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let order = stage.order_id(call)?;
    let input = application(stage, call)?;
    let forecast = stage.app().forecast(&stage.actor(call)?, &order, &input)?;
    stage.forecast = Some(forecast);
    Ok(())
}

pub(super) fn applies(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let order = stage.order_id(call)?;
    let input = application(stage, call)?;
    let filed = stage.app().apply(&stage.actor(call)?, &order, &input, None, &Origin::default())?;
    if let Some(name) = call.word("as") {
        stage.cases.insert(name.to_owned(), CaseId::from(filed.summary.case.as_str()));
    }
    stage.current = Some(order);
    Ok(())
}

fn application(stage: &mut Stage, call: &Call) -> Result<ApplyInput, Stop> {
    let view = stage.order_view(call)?;
    let mut units = units(&view, call, |unit| unit.refundable.minor > 0);
    if units.is_empty() && call.given("reason") != "duplicate_charge" {
        units = view.units.iter().map(|unit| unit.no).collect();
    }
    Ok(ApplyInput {
        units,
        reason: call.given("reason").to_owned(),
        amount: call.money("amount").map(|money| money.to_string()),
        received_face: call.money("received").map(|money| money.to_string()),
        to_balance: call.flag("to-balance"),
        text: call.word("text").unwrap_or_default().to_owned(),
        evidence: upload(stage, call)?,
    })
}

/// Uploads a file for every type of evidence that a statement names; no two have the same content.
pub(super) fn upload(stage: &mut Stage, call: &Call) -> Result<Vec<String>, Stop> {
    let mut files = Vec::new();
    for kind in call.words("evidence") {
        let serial = stage.next_serial();
        let order = stage.order_id(call)?;
        let content = call.word("content").map_or_else(|| format!("{kind} {serial}\n"), str::to_owned);
        files.push(stage.app().upload(&stage.actor(call)?, &order, kind, content.into_bytes())?.id);
    }
    Ok(files)
}

/// Words and files.
pub(super) fn statement(stage: &mut Stage, call: &Call) -> Result<StatementInput, Stop> {
    let words = call.word("text").unwrap_or_default().to_owned();
    Ok(StatementInput { words, evidence: upload(stage, call)? })
}

pub(super) fn withdraws(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().withdraw(&stage.actor(call)?, &stage.case_id(call)?, None)?;
    Ok(())
}

pub(super) fn gives(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (case, given) = (stage.case_id(call)?, statement(stage, call)?);
    stage.app().give_material(&stage.actor(call)?, &case, &given, None)?;
    Ok(())
}

pub(super) fn asks_person(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().ask_person(&stage.actor(call)?, &stage.case_id(call)?, None)?;
    Ok(())
}

pub(super) fn chooses(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let case = stage.case_id(call)?;
    match call.given("route") {
        "balance" => stage.app().choose_balance(&stage.actor(call)?, &case, None)?,
        "account" => {
            let evidence = upload(stage, call)?;
            let account = super::routes::account(call, evidence);
            stage.app().name_account(&stage.actor(call)?, &case, &account, None)?
        }
        _ => stage.app().choose_voucher(&stage.actor(call)?, &case, None)?,
    };
    Ok(())
}

pub(super) fn agrees(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().agree(&stage.actor(call)?, &stage.case_id(call)?, None)?;
    Ok(())
}

pub(super) fn contests(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (case, given) = (stage.case_id(call)?, statement(stage, call)?);
    stage.app().contest(&stage.actor(call)?, &case, &given, None)?;
    Ok(())
}
