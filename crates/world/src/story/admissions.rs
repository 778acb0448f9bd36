//! How somebody becomes a seller.

use super::form::Call;
use super::stage::{Seen, Stage, Stop};
use yuanlu_app::Principal;
use yuanlu_app::inputs::{AdmissionInput, FirstDepositInput, RejectAdmissionInput};
use yuanlu_domain::admission::Admission;
use yuanlu_domain::ids::DeskId;

pub(super) fn applies(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    let terms = stage.app().admission_terms()?;
    let input = AdmissionInput {
        legal_form: call.word("form").unwrap_or("company").to_owned(),
        legal_name: "Star Cards Ltd".to_owned(),
        id_number: "91310000MA1FL0000X".to_owned().into(),
        contact: "star@example.cn".to_owned(),
        shop: call.given("shop").to_owned(),
        goods: "Game cards, as an authorised distributor.".to_owned(),
        agreements: terms.agreements.into_iter().map(|one| one.hash).collect(),
    };
    stage.app().apply_for_admission(&who, &input, &[], None)?;
    Ok(())
}

pub(super) fn withdraws(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().withdraw_admission(&stage.actor(call)?)?;
    Ok(())
}

pub(super) fn approves(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().approve_admission(&stage.actor(call)?, &of(stage, call)?)?;
    Ok(())
}

pub(super) fn rejects(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let input =
        RejectAdmissionInput { words: "The document cannot be read.".into(), mend: "Send a sharper picture.".into() };
    stage.app().reject_admission(&stage.actor(call)?, &of(stage, call)?, &input)?;
    Ok(())
}

pub(super) fn records_deposit(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let amount = call.money("amount").map(|money| money.to_string()).unwrap_or_default();
    let input = FirstDepositInput { amount, shop: String::new() };
    stage.app().record_first_deposit(&stage.actor(call)?, &of(stage, call)?, &input, None)?;
    Ok(())
}

/// Whose application it is about.
fn of(stage: &Stage, call: &Call) -> Result<DeskId, Stop> {
    let person = stage.person(call.given("person"))?;
    let account = person.account().ok_or_else(|| Stop::Story("nobody without an account applies".to_owned()))?;
    Ok(Admission::number_of(account))
}

/// Where somebody's application stands.
pub(super) fn look(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let person: &Principal = stage.person(call.given("person"))?;
    let found = stage.app().own_admission(person)?.map_or("none", |view| view.summary.state);
    Ok(Seen::new(call.given("state") == found, found.to_owned()))
}
