//! Complaints raised outside: they come in, agencies take them on, they are answered and closed with what came of them.

use super::form::Call;
use super::stage::{Stage, Stop};
use yuanlu_app::AppError;
use yuanlu_app::inputs::{OutsideCloseInput, OutsideInput, OutsideSayInput};
use yuanlu_app::views::OutsideView;
use yuanlu_domain::ids::DeskId;

impl Stage {
    fn last_outside(&self) -> Result<DeskId, Stop> {
        // Numbers grow with time.
        let last = self.outside.last().cloned();
        last.ok_or_else(|| Stop::Story("there is no outside complaint yet".to_owned()))
    }

    pub(super) fn outside_view(&self) -> Result<OutsideView, Stop> {
        Ok(self.app().outside_complaint(self.admin()?, &self.last_outside()?)?)
    }
}

pub(super) fn comes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let input = OutsideInput {
        agency: call.given("agency").to_owned(),
        number: format!("OUT-{:06}", stage.next_serial()),
        received_at: stage.app().now().minute_text(),
        words: call.word("text").unwrap_or_default().to_owned(),
        order: stage.order_id(call)?.to_string(),
        ..OutsideInput::default()
    };
    let made = stage.app().register_outside(stage.admin()?, &input, None)?;
    stage.outside.push(DeskId::from(made.summary.complaint));
    Ok(())
}

pub(super) fn accepted(stage: &mut Stage, _: &Call) -> Result<(), Stop> {
    stage.app().accept_outside(stage.admin()?, &stage.last_outside()?, "")?;
    Ok(())
}

pub(super) fn answered(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let input = OutsideSayInput {
        saying: "reply".to_owned(),
        words: call.given("words").to_owned(),
        package: false,
        pictures: Vec::new(),
    };
    // Without a package nothing is printed.
    stage.app().say_outside(stage.admin()?, &stage.last_outside()?, &input, |_| Err(AppError::Unavailable))?;
    Ok(())
}

pub(super) fn closed(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let words = call.word("text").unwrap_or_default().to_owned();
    let input = OutsideCloseInput { result: call.given("result").to_owned(), words };
    stage.app().close_outside(stage.admin()?, &stage.last_outside()?, &input)?;
    Ok(())
}
