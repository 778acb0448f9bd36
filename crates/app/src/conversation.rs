//! Conversations with support (S22): anybody asks from any page, support answers, and the program says at once how a refund
//! stands. Whoever is not signed in comes back with a key; of a stranger it wants to be known what only the payer knows.

use crate::app::App;
use crate::authorize::{Action, Object, SUPPORT};
use crate::conduct::Written;
use crate::conversation_view::progress_view;
use crate::errors::{AppError, Result};
use crate::inputs::{ConversationInput, Origin, Page, ProgressInput, SayInput};
use crate::limits::Tried;
use crate::order_view::permit;
use crate::outside::latest_case;
use crate::principal::Principal;
use crate::random;
use crate::text;
use crate::thread::marks;
use crate::views::{ConversationBegun, ConversationSummary, ConversationView, Listing, ShownProgress};
use serde_json::json;
use yuanlu_blobs::Secret;
use yuanlu_domain::Actor;
use yuanlu_domain::case::Case;
use yuanlu_domain::command::Act;
use yuanlu_domain::conversation::{Conversation, ConversationAct, Progress, Words};
use yuanlu_domain::desk::DeskAct;
use yuanlu_domain::ids::{CaseId, DeskId, OrderId};
use yuanlu_domain::order_file::{OrderFile, PaymentState};
use yuanlu_domain::time::Instant;
use yuanlu_domain::turn::{Around, Who};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::{Stmt, desk, desk_access, order_file};

/// The kind of these desks.
const KIND: &str = "conversation";
const MOST_TEXT: usize = 2000;
/// People read the time of a payment off a bill of the channel, whose clock is another.
const PAID_WITHIN_MINUTES: i64 = 10;
/// What the key of a conversation is stored under, so that it is never taken for a password's hash.
const KEY_HASH: &str = "sha256:";

/// Who is looking at a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Whoever asks.
    Asker,
    /// Support.
    Support,
}

impl App {
    /// Begins a conversation, with words or by asking how a refund stands, which is answered at once.
    pub fn open_conversation(
        &self,
        who: &Principal,
        input: &ConversationInput,
        key: Option<&str>,
        origin: &Origin,
    ) -> Result<ConversationBegun> {
        permit(who, Action::AskSupport, &Object::Nothing)?;
        let now = self.now();
        let id = self.ids().desk(now);
        let progress = match &input.progress {
            Some(asked) => Some(Box::new(self.asked_progress(who, asked, origin)?)),
            None => None,
        };
        let about = match text::given(input.order.as_ref()) {
            Some(order) => Some(self.own_order(who, order)?),
            None => progress.as_ref().and_then(|progress| progress.case.parts()).map(|(order, _)| order),
        };
        let least = usize::from(progress.is_none());
        let said = text::words("text", &input.text, least, MOST_TEXT)?;
        self.take_message(who, origin)?;
        let spoken = self.spoken(who, &id, about.as_ref(), &said, input.hints_seen)?;
        let (words, rows, flags) = spoken.map_or((None, None, Vec::new()), |s| (Some(s.words), Some(s.row), s.flags));
        let token = match who.party() {
            Some(_) => None,
            None => Some(random::token()?),
        };
        let act = ConversationAct::Open { about, hours: self.hours_of_support()?, words, progress };
        let mut request = self.conversation_request(who, asker(who), &id, act).with(rows).and(flags);
        match &token {
            // A stranger's second sending is a second conversation: nobody gets another's by guessing his key.
            Some(token) => request = request.and([desk_access::adding(&id, &hashed(token.expose()), now)]),
            None => request = request.once("open_conversation", key, input)?,
        }
        let id = request.send()?.desk.unwrap_or(id);
        let conversation = self.show_conversation(who, &id, Side::Asker)?;
        Ok(ConversationBegun { conversation, key: token.map(|token| token.expose().clone()) })
    }

    /// A conversation: of whoever asks, by account, guest session or key; or for support.
    pub fn load_conversation(
        &self,
        who: &Principal,
        id: &DeskId,
        key: Option<&Secret<String>>,
    ) -> Result<ConversationView> {
        let (_, side) = self.conversation_of(who, id, key)?;
        self.show_conversation(who, id, side)
    }

    /// One's own conversations, newest first.
    pub fn own_conversations(&self, who: &Principal, page: &Page) -> Result<Listing<ConversationSummary>> {
        let begun_by = match who.account() {
            Some(account) => account.to_string(),
            None => who.party().ok_or(AppError::NotSignedIn)?.to_string(),
        };
        let after = text::cursor(page)?;
        self.db().snapshot(|db| {
            let found = desk::list_begun_by(db, &begun_by, KIND, &after, page.rows() + 1)?;
            self.conversation_listing(db, Side::Asker, found, page, by_time)
        })
    }

    /// Says something, on either side. A text with hints is sent only once they were seen.
    pub fn say_in_conversation(
        &self,
        who: &Principal,
        id: &DeskId,
        key: Option<&Secret<String>>,
        input: &SayInput,
        once: Option<&str>,
        origin: &Origin,
    ) -> Result<ConversationView> {
        let (conversation, side) = self.conversation_of(who, id, key)?;
        let said = text::words("text", &input.text, 1, MOST_TEXT)?;
        if side == Side::Asker {
            self.take_message(who, origin)?;
        }
        let subject = if side == Side::Asker { who } else { &Principal::Program };
        let spoken = self.spoken(subject, id, conversation.about.as_ref(), &said, input.hints_seen)?;
        let spoken = spoken.ok_or(AppError::invalid("text", "required"))?;
        let act = ConversationAct::Say { words: spoken.words };
        let mut request = self
            .conversation_request(who, actor(who, &conversation, side), id, act)
            .with([spoken.row])
            .and(spoken.flags);
        if who.account().is_some() {
            request = request.once("say_in_conversation", once, &(id, input))?;
        }
        if side == Side::Support {
            request = request.and([self.audit_row(who, "answer_support", id.as_str(), json!({}))?]);
        }
        request.send()?;
        self.show_conversation(who, id, side)
    }

    /// How a refund stands is sent into the conversation: at once when its buyer asks, or by support.
    pub fn send_progress(
        &self,
        who: &Principal,
        id: &DeskId,
        key: Option<&Secret<String>>,
        input: &ProgressInput,
        origin: &Origin,
    ) -> Result<ConversationView> {
        payer_knows(input)?;
        let (conversation, side) = self.conversation_of(who, id, key)?;
        let (progress, audit) = match side {
            Side::Asker => {
                self.take_message(who, origin)?;
                let progress = self.asked_progress(who, input, origin)?;
                (if conversation.asker.is_none() { progress.masked() } else { progress }, None)
            }
            Side::Support => {
                let progress = self.progress_for(&conversation, input)?;
                let audit =
                    self.audit_row(who, "send_progress", progress.case.as_str(), json!({ "to": id.as_str() }))?;
                (progress, Some(audit))
            }
        };
        let act = ConversationAct::SendProgress { progress: Box::new(progress) };
        self.conversation_request(who, actor(who, &conversation, side), id, act).and(audit).send()?;
        self.show_conversation(who, id, side)
    }

    /// Ends it, from either side.
    pub fn end_conversation(
        &self,
        who: &Principal,
        id: &DeskId,
        key: Option<&Secret<String>>,
    ) -> Result<ConversationView> {
        let (conversation, side) = self.conversation_of(who, id, key)?;
        let audit = match side {
            Side::Asker => None,
            Side::Support => Some(self.audit_row(who, "end_conversation", id.as_str(), json!({}))?),
        };
        self.conversation_request(who, actor(who, &conversation, side), id, ConversationAct::End).and(audit).send()?;
        self.show_conversation(who, id, side)
    }

    /// Support takes it.
    pub fn claim_conversation(&self, who: &Principal, id: &DeskId) -> Result<ConversationView> {
        permit(who, Action::AnswerSupport, &Object::Nothing)?;
        self.stored_conversation(id)?;
        let audit = self.audit_row(who, "claim_conversation", id.as_str(), json!({}))?;
        self.conversation_request(who, who.as_staff(SUPPORT), id, ConversationAct::Claim).and([audit]).send()?;
        self.show_conversation(who, id, Side::Support)
    }

    /// Conversations for support: `waiting` for an answer, the most urgent first; `answered`, where whoever asked has the
    /// turn; or `over`, newest first.
    pub fn conversations(&self, who: &Principal, which: &str, page: &Page) -> Result<Listing<ConversationSummary>> {
        permit(who, Action::AnswerSupport, &Object::Nothing)?;
        let after = text::cursor(page)?;
        let waiting = match which {
            "waiting" => [Who::Support, Who::Admin].map(Who::code).to_vec(),
            "answered" => vec![Who::Asker.code()],
            "over" => Vec::new(),
            _ => return Err(AppError::invalid("show", "unknown")),
        };
        self.db().snapshot(|db| {
            if waiting.is_empty() {
                let found = desk::list_over(db, KIND, &after, page.rows() + 1)?;
                return self.conversation_listing(db, Side::Support, found, page, by_time);
            }
            let after = page.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(|_| &after);
            let found = desk::list_waiting_for(db, KIND, &waiting, after, page.rows() + 1)?;
            self.conversation_listing(db, Side::Support, found, page, |one| {
                let due = one.timer().map_or(i64::MAX, |timer| timer.due.micros());
                text::cursor_text(due, one.desk.as_str())
            })
        })
    }

    /// How many people wait for an answer of support.
    pub fn count_waiting_conversations(&self, who: &Principal) -> Result<u64> {
        permit(who, Action::AnswerSupport, &Object::Nothing)?;
        let waiting = [Who::Support, Who::Admin].map(Who::code);
        Ok(u64::try_from(self.db().read(|db| desk::count_waiting_for(db, KIND, &waiting))?).unwrap_or_default())
    }

    /// How the refunds of an order stand, for somebody who names its number, the time of its payment and the amount. No
    /// amount is told, no name, no code; whatever does not fit is answered alike.
    pub fn shown_progress(&self, input: &ProgressInput, origin: &Origin) -> Result<ShownProgress> {
        let file = self.file_of_payer(input, origin)?;
        let cases = file.cases.iter().rev();
        let refunds = cases.map(|case| progress_view(&self.progress_of(&file, case).masked()));
        Ok(ShownProgress { order: file.order.to_string(), refunds: refunds.collect() })
    }

    fn progress_of(&self, file: &OrderFile, case: &Case) -> Progress {
        let down = self.channels_down();
        Progress::of(file, case, &Around { now: self.now(), calendar: self.calendar(), down: &down })
    }

    /// What somebody who asks is told: of his own refund all, else what a payer is told.
    fn asked_progress(&self, who: &Principal, input: &ProgressInput, origin: &Origin) -> Result<Progress> {
        if who.party().is_some() && text::given(input.paid_at.as_ref()).is_none() {
            let (file, case) = self.meant(input)?;
            permit(who, Action::ActOnOwnCase, &crate::order_view::object(&file))?;
            return case_of(&file, case).map(|case| self.progress_of(&file, case));
        }
        let file = self.file_of_payer(input, origin)?;
        let case = latest_case(&file).ok_or(AppError::invalid("order", "no_refund"))?;
        let progress = self.progress_of(&file, case_of(&file, case)?);
        // Who is known to own it is told all.
        let own = who.party().is_some_and(|party| party == file.buyer);
        Ok(if own { progress } else { progress.masked() })
    }

    /// What support may send: of the asker's own refunds; to a stranger of the orders he has shown to know, masked.
    fn progress_for(&self, conversation: &Conversation, input: &ProgressInput) -> Result<Progress> {
        let (file, case) = self.meant(input)?;
        let progress = self.progress_of(&file, case_of(&file, case)?);
        match &conversation.asker {
            Some(asker) if *asker == file.buyer => Ok(progress),
            None if conversation.shown.contains(&file.order) => Ok(progress.masked()),
            _ => Err(AppError::invalid("case", "unknown")),
        }
    }

    /// The case named, else the latest of the order named.
    fn meant(&self, input: &ProgressInput) -> Result<(OrderFile, u16)> {
        let find = |order: &OrderId| -> Result<OrderFile> {
            Ok(self.db().read(|db| order_file::find(db, order))?.ok_or(AppError::NotFound)?.aggregate)
        };
        if let Some(case) = text::given(input.case.as_ref()) {
            let (order, case) = CaseId::new(folded(case)).parts().ok_or(AppError::NotFound)?;
            return Ok((find(&order)?, case));
        }
        let order = text::given(input.order.as_ref()).ok_or(AppError::invalid("order", "required"))?;
        let file = find(&OrderId::new(folded(order)))?;
        let case = latest_case(&file).ok_or(AppError::invalid("order", "no_refund"))?;
        Ok((file, case))
    }

    /// The order whose payment was of this time and amount. An unknown number and a wrong time are answered alike, and as
    /// seldom as wrong passwords.
    fn file_of_payer(&self, input: &ProgressInput, origin: &Origin) -> Result<OrderFile> {
        let (order, paid_at, amount) =
            payer_knows(input)?.ok_or_else(|| AppError::invalid(first_missing(input), "required"))?;
        let now = self.clock().real_now();
        self.count_tries(
            &[(Tried::QueryPassword, order.as_str()), (Tried::QueryPasswordAddress, &origin.address)],
            now,
        )?;
        let file = self.db().read(|db| order_file::find(db, &order))?.map(|stored| stored.aggregate);
        let amount = text::amount("amount", &amount, file.as_ref().map_or(crate::seller::CURRENCY, |f| f.currency))?;
        let span = PAID_WITHIN_MINUTES * 60_000_000;
        let fits = |file: &OrderFile| {
            let paid = |at: Instant, minor: i64| minor == amount.minor() && at.micros_since(paid_at).abs() <= span;
            let one = file.payments.iter().any(|payment| match payment.state {
                PaymentState::Paid { at, .. } | PaymentState::Extra { at, .. } => paid(at, payment.amount_minor),
                _ => false,
            });
            one || file.status.paid_at().is_some_and(|at| paid(at, file.total_minor()))
        };
        let file = file.filter(fits).ok_or(AppError::WrongCredentials)?;
        self.forgive_tries(&[(Tried::QueryPassword, order.as_str()), (Tried::QueryPasswordAddress, &origin.address)]);
        Ok(file)
    }

    fn own_order(&self, who: &Principal, order: &str) -> Result<OrderId> {
        let order = OrderId::new(folded(order));
        self.file_for(who, Action::ActOnOwnCase, &order).map_err(|_| AppError::invalid("order", "unknown"))?;
        Ok(order)
    }

    fn take_message(&self, who: &Principal, origin: &Origin) -> Result<()> {
        let by = if *who == Principal::Anonymous { origin.address.clone() } else { who.key() };
        self.limiter().take(Tried::Support, &by, self.clock().real_now())
    }

    /// A text as it is kept: codes hidden, promises marked, what should be looked at flagged.
    fn spoken(
        &self,
        who: &Principal,
        id: &DeskId,
        about: Option<&OrderId>,
        said: &str,
        hints_seen: bool,
    ) -> Result<Option<Spoken>> {
        let found = self.read_text(said, self.now());
        if !found.warnings.is_empty() && !hints_seen {
            return Err(AppError::invalid("text", "hints"));
        }
        let said = match about {
            Some(order) => self.without_codes(order, said)?,
            None => said.into(),
        };
        let said = self.without_known_codes(&said)?;
        let Some((row, text)) = self.personal_of(Kind::Desk, id.as_str(), "message", &said)? else { return Ok(None) };
        let subject = who.party().map(|party| party.to_string());
        let written = subject.as_deref().map(|subject| {
            let order = about.map_or("", OrderId::as_str);
            Written { subject, order, case: "" }
        });
        let flags = written.map(|written| self.flag_words(written, Some(&row))).unwrap_or_default();
        Ok(Some(Spoken { words: Words { text, marks: marks(&found) }, row, flags }))
    }

    fn conversation_request(
        &self,
        who: &Principal,
        by: Actor,
        id: &DeskId,
        act: ConversationAct,
    ) -> crate::submit::Request<'_> {
        self.request(who, by, Act::Desk { desk: id.clone(), act: DeskAct::Conversation(act) })
    }

    pub(crate) fn stored_conversation(&self, id: &DeskId) -> Result<Conversation> {
        let found = self.db().read(|db| desk::find(db, id))?.ok_or(AppError::NotFound)?;
        Conversation::of_desk(&found.aggregate).cloned().ok_or(AppError::NotFound)
    }

    /// The conversation, and on which side of it somebody stands. Others are told that there is none.
    fn conversation_of(
        &self,
        who: &Principal,
        id: &DeskId,
        key: Option<&Secret<String>>,
    ) -> Result<(Conversation, Side)> {
        let conversation = self.stored_conversation(id)?;
        if conversation.asker.is_some() && conversation.asker == who.party() {
            return Ok((conversation, Side::Asker));
        }
        if conversation.asker.is_none()
            && let Some(key) = key
        {
            let stored = self.db().read(|db| desk_access::find(db, id))?;
            // Both are hashes of 256 random bits: comparing them tells nothing.
            return match stored == Some(hashed(key.expose())) {
                true => Ok((conversation, Side::Asker)),
                false => Err(AppError::NotFound),
            };
        }
        match permit(who, Action::AnswerSupport, &Object::Nothing) {
            Err(AppError::Forbidden) => Err(AppError::NotFound),
            outcome => outcome.map(|()| (conversation, Side::Support)),
        }
    }
}

/// A text that is about to be said.
struct Spoken {
    words: Words,
    row: PersonalRow,
    flags: Vec<Stmt>,
}

fn asker(who: &Principal) -> Actor {
    match who.party() {
        Some(party) => Actor::Buyer { party },
        None => Actor::Reporter { account: None },
    }
}

fn actor(who: &Principal, conversation: &Conversation, side: Side) -> Actor {
    match side {
        // Whoever has the key of a stranger's conversation speaks as the stranger he was, signed in since or not.
        Side::Asker if conversation.asker.is_none() => Actor::Reporter { account: None },
        Side::Asker => asker(who),
        Side::Support => who.as_staff(SUPPORT),
    }
}

fn by_time(one: &Conversation) -> String {
    text::cursor_text(one.opened_at.micros(), one.desk.as_str())
}

fn hashed(key: &str) -> String {
    format!("{KEY_HASH}{}", random::sha256(key.as_bytes()))
}

/// A number as people type it.
fn folded(number: &str) -> String {
    number.trim().to_ascii_uppercase()
}

fn case_of(file: &OrderFile, case: u16) -> Result<&Case> {
    file.case(case).ok_or(AppError::NotFound)
}

/// Order, time and amount of a payment, where somebody proves by them that he paid; `None` where he gives neither time nor
/// amount.
fn payer_knows(input: &ProgressInput) -> Result<Option<(OrderId, Instant, String)>> {
    if text::given(input.paid_at.as_ref()).is_none() && text::given(input.amount.as_ref()).is_none() {
        return Ok(None);
    }
    let given = |field: &'static str, value: &Option<String>| {
        text::given(value.as_ref()).map(str::to_owned).ok_or(AppError::invalid(field, "required"))
    };
    let order = OrderId::new(folded(&given("order", &input.order)?).chars().take(24).collect::<String>());
    let paid_at = given("paid_at", &input.paid_at)?;
    let paid_at = Instant::parse_shanghai(&paid_at).ok_or(AppError::invalid("paid_at", "unreadable"))?;
    let amount = given("amount", &input.amount)?;
    text::amount("amount", &amount, crate::seller::CURRENCY)?;
    Ok(Some((order, paid_at, amount)))
}

fn first_missing(input: &ProgressInput) -> &'static str {
    if text::given(input.order.as_ref()).is_none() { "order" } else { "paid_at" }
}
