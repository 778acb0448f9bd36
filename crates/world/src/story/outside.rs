//! Complaints raised outside: they come in, and agencies take them on.

use super::form::Call;
use super::stage::{Stage, Stop};
use yuanlu_app::inputs::OutsideInput;
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
