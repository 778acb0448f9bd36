//! Credit of buyers and sellers (R23): what everybody sees of his own, what staff finds, and how it is appealed and
//! reversed. None of it touches the merits of a case.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::block::standing_block;
use crate::errors::{AppError, Result};
use crate::inputs::{FindingInput, JudgeFindingInput, Page};
use crate::listing::hold_view;
use crate::lookup::Lookup;
use crate::order_view::{may, permit};
use crate::principal::Principal;
use crate::seller::CURRENCY;
use crate::text;
use crate::views::{BlockView, CreditEventView, CreditView, Listing, ShopStandingView, When};
use serde_json::json;
use std::collections::BTreeSet;
use yuanlu_domain::credit::{Counted, Ground, Standing, score};
use yuanlu_domain::ids::{AccountId, CaseId, OrderId, SellerId};
use yuanlu_domain::policy::Parameters;
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Refusal, Role};
use yuanlu_storage::audit::{self, Audit};
use yuanlu_storage::conduct_flag;
use yuanlu_storage::credit_event::{self, CreditEvent, NewEvent, Verdict};
use yuanlu_storage::notice::{self, Notice};
use yuanlu_storage::{Read, Reader, account, listing_hold, order_file, seller};

/// Events shown of one person, and counted: more than a policy's decay leaves of anybody but a robot.
const MOST_EVENTS: u32 = 500;

impl App {
    /// One's own credit as a buyer.
    pub fn own_credit(&self, who: &Principal) -> Result<CreditView> {
        let subject = who.party().ok_or(AppError::NotSignedIn)?.to_string();
        self.credit_view(who, Action::OwnCredit, &subject)
    }

    /// The credit of the shop one works for.
    pub fn shop_credit(&self, who: &Principal) -> Result<CreditView> {
        let person = who.person().ok_or(AppError::NotSignedIn)?;
        let seller = person.seller.as_ref().filter(|_| person.has(Role::Seller)).ok_or(AppError::Forbidden)?;
        self.credit_view(who, Action::OwnCredit, &format!("seller:{seller}"))
    }

    /// Anybody's credit, for those who judge conduct.
    pub fn credit_of(&self, who: &Principal, subject: &str) -> Result<CreditView> {
        permit(who, Action::ViewConduct, &Object::Nothing)?;
        let subject = self.read_subject(subject)?;
        self.credit_view(who, Action::ViewConduct, &subject)
    }

    fn credit_view(&self, who: &Principal, action: Action, subject: &str) -> Result<CreditView> {
        permit(who, action, &Object::Credit(subject))?;
        let (now, policy) = (self.now(), self.policy_now()?);
        let parameters = policy.parameters();
        self.db().snapshot(|db| {
            let mut lookup = Lookup::default();
            let events = credit_event::list(db, subject, Instant::from_micros(0), MOST_EVENTS)?;
            let counted: Vec<Counted> = events.iter().map(CreditEvent::counted).collect();
            let left = score(&counted, now, parameters);
            let since = now.plus_days(-i64::from(parameters.restricted_within_days));
            let bad = credit_event::list_bad_claims(db, &[subject], since, now)?.len();
            let bad = u32::try_from(bad).unwrap_or(u32::MAX);
            let views = events.iter().map(|event| event_view(db, &mut lookup, who, event, now, parameters));
            let views = views.collect::<Result<Vec<_>>>()?;
            let block = standing_block(db, subject, now)?.and_then(|block| {
                let until = block.new.until?.plus_micros(-1).into();
                Some(BlockView { event: block.new.id, until, words: block.new.words })
            });
            let shop = match subject.strip_prefix("seller:") {
                Some(seller) => Some(shop_standing(db, &seller.into(), left, &counted, now, parameters)?),
                None => None,
            };
            Ok(CreditView {
                name: name_of(db, &mut lookup, subject)?,
                subject: subject.to_owned(),
                score: left,
                start: parameters.credit_start,
                decay_days: parameters.credit_decay_days,
                bad_claims: bad,
                restricted_from: parameters.restricted_after_claims,
                restricted_within_days: parameters.restricted_within_days,
                restricted: bad >= parameters.restricted_after_claims,
                block,
                shop,
                events: views,
            })
        })
    }

    /// Records what a person found about somebody's conduct, with words to him; a flag that it judges is closed with it.
    pub fn record_finding(&self, who: &Principal, input: &FindingInput) -> Result<CreditEventView> {
        permit(who, Action::RecordFinding, &Object::Nothing)?;
        let by = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let flag = match text::given(input.flag.as_ref()) {
            Some(id) => Some(self.db().read(|db| conduct_flag::find(db, id))?.ok_or(AppError::NotFound)?),
            None => None,
        };
        let subject = match &flag {
            Some(flag) => flag.new.subject.clone(),
            None => self.read_subject(&input.subject)?,
        };
        permit(who, Action::RecordFinding, &Object::Credit(&subject))?;
        let ground = Ground::parse(input.ground.trim()).filter(|ground| ground.is_finding());
        let ground = ground.ok_or(AppError::invalid("ground", "unknown"))?;
        let words = text::words("words", &input.words, 1, 2000)?;
        let case = match (&flag, text::given(input.case.as_ref())) {
            (Some(flag), _) => flag.new.case.clone(),
            (None, Some(case)) => self.case_of_subject(&CaseId::from(case), &subject)?,
            (None, None) => String::new(),
        };
        let (now, policy) = (self.now(), self.policy_now()?);
        let new = NewEvent {
            id: self.ids().text(now),
            subject: subject.clone(),
            at: now,
            points: ground.points(policy.parameters()),
            ground,
            case,
            by: Some(by.clone()),
            words,
            until: None,
            appeal_until: self.appeal_until(policy.parameters(), now),
        };
        let audit = self.audit_row_of(who, "record_finding", &subject, json!({ "ground": ground.code() }));
        let told = subject_notice(&subject, "credit_event", None, now, self.ids().text(now));
        let id = new.id.clone();
        self.write(move |tx, now| {
            if !credit_event::insert(tx, &new)? {
                return Err(AppError::invalid("case", "taken"));
            }
            if let Some(flag) = &flag {
                conduct_flag::decide(tx, &flag.new.id, &by, now, Some(&new.id))?;
            }
            notice::insert(tx, &told)?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        self.event_for(who, &id)
    }

    /// Appeals an event of one's own or of one's shop, once and in time. Left unanswered, the appeal is granted.
    pub fn appeal_finding(&self, who: &Principal, event: &str, words: &str) -> Result<CreditEventView> {
        let found = self.db().read(|db| credit_event::find(db, event))?.ok_or(AppError::NotFound)?;
        permit(who, Action::OwnCredit, &Object::Credit(&found.new.subject))?;
        let words = text::words("words", words, 1, 2000)?;
        let (now, policy) = (self.now(), self.policy_now()?);
        match found.standing {
            Standing::Standing if now < found.new.appeal_until => {}
            Standing::Standing => return Err(Refusal::TooLate { since: found.new.appeal_until }.into()),
            Standing::Appealed { .. } | Standing::Upheld | Standing::Reversed => return Err(AppError::Conflict),
        }
        let days = policy.parameters().appeal_decision_working_days;
        let due = self.calendar().working_days_after(now, days).too_late_from;
        let id = event.to_owned();
        self.write(move |tx, now| Ok(credit_event::appeal(tx, &id, now, &words, due)?))?;
        self.event_for(who, event)
    }

    /// Appeals that wait to be judged, the first due first.
    pub fn finding_appeals(&self, who: &Principal, page: &Page) -> Result<Listing<CreditEventView>> {
        permit(who, Action::ViewConduct, &Object::Nothing)?;
        let after = text::cursor(page)?;
        let (now, policy) = (self.now(), self.policy_now()?);
        self.db().snapshot(|db| {
            let from = match page.cursor.as_deref() {
                None | Some("") => Instant::from_micros(0),
                Some(_) => Instant::from_micros(after.at),
            };
            let mut found = credit_event::list_appeals(db, now, (from, &after.id), page.rows() + 1)?;
            let next = text::cut(&mut found, page, |event| {
                let due = if let Standing::Appealed { due } = event.standing { due.micros() } else { 0 };
                text::cursor_text(due, &event.new.id)
            });
            let mut lookup = Lookup::default();
            let view = |event: &CreditEvent| event_view(db, &mut lookup, who, event, now, policy.parameters());
            Ok(Listing { items: found.iter().map(view).collect::<Result<_>>()?, next })
        })
    }

    /// Judges an appeal; whoever made the finding, and whomever it is about, does not.
    pub fn judge_finding(&self, who: &Principal, event: &str, input: &JudgeFindingInput) -> Result<CreditEventView> {
        permit(who, Action::JudgeFinding, &Object::Nothing)?;
        let found = self.db().read(|db| credit_event::find(db, event))?.ok_or(AppError::NotFound)?;
        if !can_judge(who, &found) {
            return Err(AppError::Forbidden);
        }
        let now = self.now();
        if !matches!(found.standing, Standing::Appealed { due } if now < due) {
            return Err(AppError::Conflict);
        }
        self.close_event(who, &found, input.uphold, &input.words, "judge_finding")
    }

    /// Takes a finding or a block back without an appeal: it was a mistake, or is no longer needed.
    pub fn withdraw_finding(&self, who: &Principal, event: &str, words: &str) -> Result<CreditEventView> {
        permit(who, Action::RecordFinding, &Object::Nothing)?;
        let found = self.db().read(|db| credit_event::find(db, event))?.ok_or(AppError::NotFound)?;
        permit(who, Action::RecordFinding, &Object::Credit(&found.new.subject))?;
        if !can_withdraw(who, &found, self.now()) {
            return Err(AppError::Forbidden);
        }
        self.close_event(who, &found, false, words, "withdraw_finding")
    }

    fn close_event(
        &self,
        who: &Principal,
        found: &CreditEvent,
        upheld: bool,
        words: &str,
        act: &'static str,
    ) -> Result<CreditEventView> {
        let by = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let words = text::words("words", words, 1, 2000)?;
        let (now, subject) = (self.now(), found.new.subject.clone());
        let audit = self.audit_row_of(who, act, &found.new.id, json!({ "upheld": upheld }));
        let kind = if upheld { "credit_upheld" } else { "credit_reversed" };
        let told = subject_notice(&subject, kind, None, now, self.ids().text(now));
        let (id, before) = (found.new.id.clone(), found.standing);
        self.write(move |tx, at| {
            credit_event::judge(tx, &id, before, &Verdict { upheld, at, by: &by, words: &words })?;
            notice::insert(tx, &told)?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        self.event_for(who, &found.new.id)
    }

    pub(crate) fn event_for(&self, who: &Principal, event: &str) -> Result<CreditEventView> {
        let (now, policy) = (self.now(), self.policy_now()?);
        self.db().snapshot(|db| {
            let found = credit_event::find(db, event)?.ok_or(AppError::NotFound)?;
            event_view(db, &mut Lookup::default(), who, &found, now, policy.parameters())
        })
    }

    /// The first instant at which an appeal against something recorded now is too late (R19's time).
    pub(crate) fn appeal_until(&self, parameters: &Parameters, now: Instant) -> Instant {
        self.calendar().working_days_after(now, parameters.appeal_working_days).too_late_from
    }

    /// Somebody as credit names him: as such, or by a login name.
    pub(crate) fn read_subject(&self, typed: &str) -> Result<String> {
        let typed = typed.trim();
        let unknown = AppError::invalid("subject", "unknown");
        let known = self.db().snapshot(|db| {
            Ok::<_, AppError>(match typed.split_once(':') {
                Some(("acct", id)) => account::find(db, &AccountId::from(id))?.map(|_| typed.to_owned()),
                Some(("seller", id)) => seller::find(db, &SellerId::from(id))?.map(|_| typed.to_owned()),
                Some(("guest", id)) => order_file::find(db, &OrderId::from(id))?.map(|_| typed.to_owned()),
                Some(_) => None,
                None => account::find_by_login(db, &typed.to_lowercase())?.map(|found| format!("acct:{}", found.id)),
            })
        })?;
        if typed.is_empty() { Err(AppError::invalid("subject", "required")) } else { known.ok_or(unknown) }
    }

    /// A case that somebody is party to.
    fn case_of_subject(&self, case: &CaseId, subject: &str) -> Result<String> {
        let unknown = || AppError::invalid("case", "unknown");
        let (order, ordinal) = case.parts().ok_or_else(unknown)?;
        let file = self.db().read(|db| order_file::find(db, &order))?.ok_or_else(unknown)?.aggregate;
        let party = file.buyer.to_string() == subject || format!("seller:{}", file.seller) == subject;
        if party && file.case(ordinal).is_some() { Ok(case.to_string()) } else { Err(unknown()) }
    }

    /// The audit row of an act on plain rows.
    pub(crate) fn audit_row_of(&self, who: &Principal, act: &str, object: &str, detail: serde_json::Value) -> Audit {
        let account = who.account().cloned().unwrap_or_else(|| "program".into());
        let at = self.now();
        Audit { id: self.ids().text(at), at, account, act: act.to_owned(), object: object.to_owned(), detail }
    }
}

/// What is left of somebody's credit.
pub(crate) fn score_of(db: &impl Read, subject: &str, now: Instant, parameters: &Parameters) -> Result<i64> {
    let since = now.plus_days(-i64::from(parameters.credit_decay_days));
    let events = credit_event::list(db, subject, since, MOST_EVENTS)?;
    let counted: Vec<Counted> = events.iter().map(CreditEvent::counted).collect();
    Ok(score(&counted, now, parameters))
}

fn shop_standing(
    db: &Reader<'_>,
    seller: &SellerId,
    left: i64,
    counted: &[Counted],
    now: Instant,
    parameters: &Parameters,
) -> Result<ShopStandingView> {
    let below = left < parameters.seller_review_below;
    let fades = counted.iter().filter(|event| event.counts(now, parameters)).map(|event| event.decays_at(parameters));
    let mends = fades
        .collect::<BTreeSet<_>>()
        .into_iter()
        .find(|at| score(counted, *at, parameters) >= parameters.seller_review_below);
    let mut lookup = Lookup::default();
    let held = listing_hold::list_of_seller(db, seller)?;
    Ok(ShopStandingView {
        review_below: parameters.seller_review_below,
        below,
        listings_held: below,
        deposit_raised: below,
        mends_at: mends.filter(|_| below).map(When),
        held: held.iter().map(|hold| hold_view(db, &mut lookup, hold)).collect::<Result<_>>()?,
    })
}

/// Somebody as people name him.
pub(crate) fn name_of(db: &impl Read, lookup: &mut Lookup, subject: &str) -> Result<String> {
    match subject.split_once(':') {
        Some(("acct", id)) => lookup.login(db, &AccountId::from(id)),
        Some(("seller", id)) => Ok(lookup.seller(db, &SellerId::from(id))?.name),
        Some((_, id)) => Ok(id.to_owned()),
        None => Ok(subject.to_owned()),
    }
}

/// A notice about somebody's own conduct. Shops have sentences of their own.
pub(crate) fn subject_notice(subject: &str, kind: &str, due: Option<Instant>, at: Instant, id: String) -> Notice {
    let shop = subject.starts_with("seller:") && !kind.starts_with("listing");
    Notice {
        recipient: subject.to_owned(),
        id,
        kind: if shop { format!("shop_{kind}") } else { kind.to_owned() },
        order: String::new(),
        case: None,
        amount_minor: None,
        currency: CURRENCY.code().to_owned(),
        due,
        at,
        read_at: None,
    }
}

/// Whoever found it does not judge it again, nor does whomever it is about.
fn can_judge(who: &Principal, event: &CreditEvent) -> bool {
    may(who, Action::JudgeFinding, &Object::Credit(&event.new.subject))
        && who.account().is_some()
        && event.new.by.as_ref() != who.account()
}

/// What a decision of a case or the program itself found is taken back by an appeal, not by whoever comes along.
fn can_withdraw(who: &Principal, event: &CreditEvent, now: Instant) -> bool {
    let own_kind = event.new.ground.is_finding() || event.new.ground == Ground::Blocked;
    let action = if event.new.ground == Ground::Blocked { Action::BlockPeople } else { Action::RecordFinding };
    own_kind && event.counted().stands(now) && may(who, action, &Object::Credit(&event.new.subject))
}

fn event_view(
    db: &impl Read,
    lookup: &mut Lookup,
    who: &Principal,
    event: &CreditEvent,
    now: Instant,
    parameters: &Parameters,
) -> Result<CreditEventView> {
    let (new, counted) = (&event.new, event.counted());
    let stands = counted.stands(now);
    let waits = matches!(event.standing, Standing::Appealed { .. }) && stands;
    let mut actions = Vec::new();
    let mut add = |allowed: bool, action| {
        if allowed {
            actions.push(action);
        }
    };
    let in_time = event.standing == Standing::Standing && now < new.appeal_until;
    add(in_time && may(who, Action::OwnCredit, &Object::Credit(&new.subject)), "appeal");
    add(waits && can_judge(who, event), "judge");
    add(can_withdraw(who, event, now), "withdraw");
    let last = |at: Instant| When(at.plus_micros(-1));
    Ok(CreditEventView {
        event: new.id.clone(),
        name: name_of(db, lookup, &new.subject)?,
        subject: new.subject.clone(),
        at: new.at.into(),
        points: new.points,
        counts: counted.counts(now, parameters),
        counts_until: last(counted.decays_at(parameters)),
        ground: new.ground.code(),
        case: Some(new.case.clone()).filter(|case| !case.is_empty()),
        words: Some(new.words.clone()).filter(|words| !words.is_empty()),
        by: if new.ground.is_objective() { "program" } else { "staff" },
        until: new.until.map(last),
        state: if stands { credit_event::code(event.standing) } else { "reversed" },
        appeal_until: last(new.appeal_until),
        appealed_at: event.appealed_at.map(When),
        appeal_words: event.appeal_words.clone(),
        judged_until: match event.standing {
            Standing::Appealed { due } => Some(last(due)),
            Standing::Standing | Standing::Upheld | Standing::Reversed => None,
        },
        judged_at: event.judged_at.map(When),
        verdict: event.verdict.clone(),
        actions,
    })
}
