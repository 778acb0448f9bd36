//! Conversations with support, and how people choose to be told.

use super::form::Call;
use super::stage::{Seen, Stage, Stop};
use std::collections::BTreeMap;
use yuanlu_app::inputs::{ChoicesInput, ConversationInput, Origin, ProgressInput, SayInput};
use yuanlu_app::views::ConversationView;
use yuanlu_domain::ids::DeskId;

impl Stage {
    /// The last conversation, which is the one that is spoken of.
    fn talk(&self) -> Result<DeskId, Stop> {
        self.talks.last().cloned().ok_or_else(|| Stop::Story("nobody has written to support yet".to_owned()))
    }

    fn talk_view(&self) -> Result<ConversationView, Stop> {
        Ok(self.app().load_conversation(self.admin()?, &self.talk()?, None)?)
    }
}

fn say(call: &Call) -> SayInput {
    SayInput { text: call.given("text").to_owned(), hints_seen: true }
}

/// Goes on with the last conversation while it is open and his, else begins one.
pub(super) fn chats(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    let open = stage.talks.last().filter(|_| stage.talk_view().is_ok_and(|talk| talk.summary.ended.is_none())).cloned();
    let own = open.filter(|talk| stage.app().load_conversation(&who, talk, None).is_ok());
    if let Some(talk) = own {
        stage.app().say_in_conversation(&who, &talk, None, &say(call), None, &Origin::default())?;
        return Ok(());
    }
    let input =
        ConversationInput { text: call.given("text").to_owned(), hints_seen: true, ..ConversationInput::default() };
    let begun = stage.app().open_conversation(&who, &input, None, &Origin::default())?;
    stage.talks.push(DeskId::new(begun.conversation.summary.conversation));
    Ok(())
}

/// How a refund stands goes into the conversation: at once when its buyer asks, or sent by support.
pub(super) fn asks_progress(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (who, talk, case) = (stage.actor(call)?, stage.talk()?, stage.case_id(call)?);
    let input = ProgressInput { case: Some(case.to_string()), ..ProgressInput::default() };
    stage.app().send_progress(&who, &talk, None, &input, &Origin::default())?;
    Ok(())
}

pub(super) fn replies(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (who, talk) = (stage.actor(call)?, stage.talk()?);
    stage.app().say_in_conversation(&who, &talk, None, &say(call), None, &Origin::default())?;
    Ok(())
}

/// Where the last conversation stands.
pub(super) fn look(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let talk = stage.talk_view()?;
    let point = talk.messages.iter().rev().find_map(|message| message.progress.as_ref()).map(|told| told.point);
    let (said, count) = (call.word("told"), call.number("messages"));
    let holds = call.given("state") == talk.summary.state
        && said.is_none_or(|said| point == Some(said))
        && count.is_none_or(|count| count == i64::from(talk.summary.messages));
    let told = point.map(|point| format!(", told {point}")).unwrap_or_default();
    Ok(Seen::new(holds, format!("{}, {} messages{told}", talk.summary.state, talk.summary.messages)))
}

/// Chooses the ways in which he is told of what one can choose about; in site everybody is always told.
pub(super) fn wants_notices(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    let ways: Vec<String> = call.words("by").iter().filter(|way| *way != "site").cloned().collect();
    let topics = match call.word("about") {
        Some(topic) => vec![topic.to_owned()],
        None => stage.app().notice_choices(&who)?.topics.into_iter().map(|one| one.topic.to_owned()).collect(),
    };
    let topics: BTreeMap<String, Vec<String>> = topics.into_iter().map(|topic| (topic, ways.clone())).collect();
    stage.app().choose_notices(&who, &ChoicesInput { topics, quiet_from: None, quiet_until: None, zone: None })?;
    Ok(())
}

/// Which ways somebody chose for a topic.
pub(super) fn chosen(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let choices = stage.app().notice_choices(stage.person(call.given("person"))?)?;
    let found = choices.topics.into_iter().find(|one| one.topic == call.given("topic"));
    let really = found.map(|one| if one.must_reach { "must_reach" } else { "free" }).unwrap_or("none");
    Ok(Seen::same(call.given("how"), really))
}
