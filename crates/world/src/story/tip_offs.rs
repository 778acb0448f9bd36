//! Tip-offs: from anybody to risk and back.

use super::form::Call;
use super::orders::QUERY_PASSWORD;
use super::stage::{ONLOOKER, Stage, Stop};
use yuanlu_app::NewFile;
use yuanlu_app::Secret;
use yuanlu_app::inputs::{DecideTipOffInput, Origin, TipOffInput};
use yuanlu_app::principal::Principal;
use yuanlu_app::views::TipOffView;
use yuanlu_domain::ids::DeskId;

impl Stage {
    /// The named tip-off, or the last one.
    fn tip_off(&self, named: Option<&str>) -> Result<DeskId, Stop> {
        let found = match named {
            Some(name) => self.tip_offs.get(name),
            // Receipt numbers grow with time.
            None => self.tip_offs.values().max(),
        };
        found.cloned().ok_or_else(|| Stop::Story("there is no tip-off yet".to_owned()))
    }

    pub(super) fn tip_off_view(&self, named: Option<&str>) -> Result<TipOffView, Stop> {
        Ok(self.app().load_tip_off(&ONLOOKER, &self.tip_off(named)?, None, &Origin::default())?)
    }

    /// Strangers prove who they are by the query password.
    fn password(who: &Principal) -> Option<Secret<String>> {
        who.account().is_none().then(|| QUERY_PASSWORD.into())
    }
}

pub(super) fn tips_off(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    let name = call.given("name");
    let unknown = || Stop::Story(format!("there is no {} `{name}`", call.given("about")));
    let subject = match call.given("about") {
        "product" => stage.goods(name)?.id.to_string(),
        "seller" => stage.sellers.get(name).ok_or_else(unknown)?.to_string(),
        _ => stage.logins.get(name).ok_or_else(unknown)?.clone(),
    };
    let input = TipOffInput {
        about: call.given("about").to_owned(),
        subject,
        concern: call.given("concern").to_owned(),
        words: call.given("text").to_owned(),
        query_password: Stage::password(&who),
    };
    let mut files = Vec::new();
    for kind in call.words("evidence") {
        let serial = stage.next_serial();
        files.push(NewFile {
            kind: kind.clone(),
            content: format!("{kind} {serial}\n").into_bytes().into(),
            ..NewFile::default()
        });
    }
    let made = stage.app().file_tip_off(&who, &input, &files, None, &Origin::default())?;
    stage.tip_offs.insert(call.given("as").to_owned(), DeskId::from(made.summary.tip_off));
    Ok(())
}

pub(super) fn adds(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (who, desk) = (stage.actor(call)?, stage.tip_off(call.word("tip-off"))?);
    let password = Stage::password(&who);
    stage.app().add_to_tip_off(&who, &desk, password.as_ref(), call.given("text"), &[], &Origin::default())?;
    Ok(())
}

pub(super) fn claims(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().claim_tip_off(&stage.actor(call)?, &stage.tip_off(call.word("tip-off"))?)?;
    Ok(())
}

pub(super) fn asks(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.app().ask_reporter(&stage.actor(call)?, &stage.tip_off(call.word("tip-off"))?, call.given("text"))?;
    Ok(())
}

pub(super) fn accuses(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let login = stage.logins.get(call.given("person")).cloned().unwrap_or_default();
    stage.app().name_accused(&stage.actor(call)?, &stage.tip_off(call.word("tip-off"))?, &login)?;
    Ok(())
}

pub(super) fn answers(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let input = DecideTipOffInput { outcome: call.given("outcome").to_owned(), words: call.given("text").to_owned() };
    stage.app().decide_tip_off(&stage.actor(call)?, &stage.tip_off(call.word("tip-off"))?, &input)?;
    Ok(())
}

pub(super) fn opens(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    stage.app().load_tip_off(&who, &stage.tip_off(call.word("tip-off"))?, None, &Origin::default())?;
    Ok(())
}
