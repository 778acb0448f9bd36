//! Rows that are functions of events: who owns a code, what people are told, whose conduct counts.

use super::{admission_effects, incident_effects, outside_effects, review_effects, support_effects};
use crate::credit::subject_notice;
use std::collections::HashSet;
use yuanlu_domain::calendar::Calendar;
use yuanlu_domain::case::{Case, CaseState, DecidedBy, Decision, Reason, RejectCode};
use yuanlu_domain::catalogue::DeliveryMode;
use yuanlu_domain::credit::Ground;
use yuanlu_domain::desk::{DeskEvent, DeskFile};
use yuanlu_domain::event::OrderEvent;
use yuanlu_domain::hearing::Hearing;
use yuanlu_domain::ids::{AccountId, Ids, StockId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::remedy::RemedyResult;
use yuanlu_domain::route::RouteEvent;
use yuanlu_domain::stock::StockFate;
use yuanlu_domain::thread::Side;
use yuanlu_domain::time::Instant;
use yuanlu_domain::tip_off::TipOffEvent;
use yuanlu_domain::turn::{Who, turn};
use yuanlu_domain::wallet::{LotSource, Wallet, WalletEvent};
use yuanlu_domain::{Event, Party};
use yuanlu_storage::credit_event::NewEvent;
use yuanlu_storage::notice::Notice;
use yuanlu_storage::{StorageError, Tx, conduct_flag, credit_event, notice, order_file, refund_case, seat, stock};

/// What follows from the events of one command on one file.
#[derive(Default)]
pub(super) struct Effects {
    owned: Vec<(StockId, u16)>,
    given_up: Vec<(StockId, StockFate)>,
    notices: Vec<Notice>,
    credit: Vec<(NewEvent, Notice)>,
    reversed: Vec<Reversal>,
    claimed: bool,
    /// What is counted in public.
    counted: Vec<&'static str>,
    /// Arbitrators who got a seat, and on which case.
    seats: Vec<(AccountId, u16)>,
    /// The incident that it was refunded for.
    refunded: Option<incident_effects::Refunded>,
}

impl Effects {
    pub(super) fn of(
        file: &OrderFile,
        events: &[&OrderEvent],
        policy: &Policy,
        calendar: &Calendar,
        now: Instant,
        ids: &mut Ids,
    ) -> Self {
        let mut effects = Self::default();
        let (mut buyer, mut seller) = (None::<(u8, Telling)>, None::<(u8, Telling)>);
        effects.refunded = incident_effects::Refunded::of(file, events);
        for event in events {
            effects.counted.extend(counted(event));
            match event {
                OrderEvent::CodeIssued { unit, stock } => effects.owned.push((stock.clone(), *unit)),
                OrderEvent::UnitReplaced { unit, old, stock } => {
                    effects.owned.push((stock.clone(), *unit));
                    effects.given_up.extend(old.clone());
                }
                OrderEvent::UnitReturned { stock: Some((stock, fate)), .. } => {
                    effects.given_up.push((stock.clone(), *fate));
                }
                OrderEvent::Claimed { .. } => effects.claimed = true,
                OrderEvent::PanelDrawn { case, seats, .. } => {
                    effects.seats.extend(seats.iter().map(|seat| (seat.account.clone(), *case)));
                }
                OrderEvent::ArbitratorInvited { case, arbitrator } => effects.seats.push((arbitrator.clone(), *case)),
                OrderEvent::CaseRejected { case, decision, .. } => {
                    let found = bad_claim(decision);
                    effects.record(file, *case, found.as_slice(), decision, policy, calendar, now, ids);
                    let grounds =
                        [Ground::ForgedClaim, Ground::DisprovedClaim].into_iter().filter(|g| Some(*g) != found);
                    effects.reverse(file, *case, file.buyer.to_string(), grounds.collect(), now, ids);
                    let grounds = vec![Ground::SellerSilent, Ground::InvalidCode, Ground::RefusalOverturned];
                    effects.reverse(file, *case, format!("seller:{}", file.seller), grounds, now, ids);
                }
                OrderEvent::CaseApproved { case, decision, .. } => {
                    let grounds = vec![Ground::ForgedClaim, Ground::DisprovedClaim];
                    effects.reverse(file, *case, file.buyer.to_string(), grounds, now, ids);
                    let found = sellers_part(file, *case, decision);
                    effects.record(file, *case, &found, decision, policy, calendar, now, ids);
                }
                // A seller's objection was right (R34): what his loss had brought to light does not hold.
                OrderEvent::SellerCompensated { case, .. } => {
                    let grounds = vec![Ground::SellerSilent, Ground::InvalidCode, Ground::RefusalOverturned];
                    effects.reverse(file, *case, format!("seller:{}", file.seller), grounds, now, ids);
                }
                _ => {}
            }
            raise(&mut buyer, tell_buyer(file, event));
            // Sellers are told of an incident once, in sum.
            if effects.refunded.is_none() {
                raise(&mut seller, tell_seller(file, event));
            }
        }
        if let Some(refunded) = &effects.refunded {
            raise(&mut buyer, about(10, "incident_refund", refunded.case, Some(refunded.minor), refunded.expected));
        }
        effects.notices.extend(tell_panel(file, events, now, ids));
        effects.notices.extend(tell_desk(file, events, now, ids));
        effects.notices.extend(tell_finance(file, events, now, ids));
        effects.notices.extend(outside_effects::of_order(file, events, now, ids));
        let to = [(file.buyer.to_string(), buyer), (format!("seller:{}", file.seller), seller)];
        for (recipient, told) in to {
            if let Some((_, telling)) = told {
                effects.notices.push(telling.notice(file, recipient, now, ids));
            }
        }
        effects
    }

    /// What follows from the events of a command on a wallet alone.
    pub(super) fn of_wallet(wallet: &Wallet, events: &[&WalletEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
        let told = events.iter().filter_map(|event| match event {
            WalletEvent::LotWarned { lot } => {
                wallet.lots.iter().find(|l| l.ordinal == *lot).map(|lot| ("lot_expiring", lot))
            }
            WalletEvent::LotAdded { lot, source: LotSource::TopUp { .. } } => Some(("topped_up", lot)),
            _ => None,
        });
        told.map(|(kind, lot)| Notice {
            recipient: Party::Account(wallet.account.clone()).to_string(),
            id: ids.text(now),
            kind: kind.to_owned(),
            order: String::new(),
            case: None,
            amount_minor: Some(lot.left_minor),
            currency: wallet.currency.code().to_owned(),
            due: Some(lot.expires_at),
            at: now,
            read_at: None,
        })
        .collect()
    }

    /// What the reporter of a tip-off is told; a stranger sees it by his receipt.
    pub(super) fn of_desk(desk: &DeskFile, events: &[&DeskEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
        let tip_off = match desk {
            DeskFile::TipOff(tip_off) => tip_off,
            DeskFile::Outside(complaint) => return outside_effects::notices(complaint, events, now, ids),
            DeskFile::Conversation(conversation) => return support_effects::notices(conversation, events, now, ids),
            DeskFile::Review(review) => return review_effects::notices(review, events, now, ids),
            DeskFile::Incident(incident) => return incident_effects::notices(incident, events, now, ids),
            DeskFile::Admission(admission) => return admission_effects::notices(admission, events, now, ids),
            DeskFile::Day(_) | DeskFile::Exception(_) | DeskFile::Codes(_) => return Vec::new(),
        };
        let Some(reporter) = &tip_off.reporter else { return Vec::new() };
        let told = events.iter().filter_map(|event| match event {
            DeskEvent::TipOff(TipOffEvent::MoreAsked { due, .. }) => Some(("tip_off_asked", Some(due.too_late_from))),
            DeskEvent::TipOff(TipOffEvent::Decided { .. }) => Some(("tip_off_decided", None)),
            _ => None,
        });
        told.map(|(kind, due)| Notice {
            recipient: Party::Account(reporter.clone()).to_string(),
            id: ids.text(now),
            kind: kind.to_owned(),
            order: tip_off.desk.to_string(),
            case: None,
            amount_minor: None,
            currency: String::new(),
            due,
            at: now,
            read_at: None,
        })
        .collect()
    }

    /// What is counted in public.
    pub(super) fn counted(&self) -> impl Iterator<Item = &'static str> {
        self.counted.iter().copied()
    }

    /// Codes taken from the pool.
    pub(super) fn taken(&self) -> impl Iterator<Item = &StockId> {
        self.owned.iter().map(|(stock, _)| stock)
    }

    pub(super) fn write(&self, tx: &Tx<'_>, file: &OrderFile) -> Result<(), StorageError> {
        for (stock, unit) in &self.owned {
            stock::own(tx, stock, &file.order, *unit)?;
        }
        for (stock, fate) in &self.given_up {
            stock::give_up(tx, stock, &file.order, *fate)?;
        }
        for (account, case) in &self.seats {
            seat::insert(tx, account, &file.case_id(*case), file.last_at)?;
        }
        if let Some(refunded) = &self.refunded {
            refunded.write(tx, file)?;
        }
        if self.claimed {
            order_file::set_buyer(tx, file)?;
            refund_case::set_buyer(tx, file)?;
            let (guest, account) = (Party::Guest(file.order.clone()).to_string(), file.buyer.to_string());
            credit_event::move_to(tx, &guest, &account)?;
            conduct_flag::move_to(tx, &guest, &account)?;
        }
        self.notices.iter().try_for_each(|told| notice::insert(tx, told))
    }

    /// Conduct that a decision brought to light (R23).
    #[expect(clippy::too_many_arguments, reason = "everything that an event is made of")]
    fn record(
        &mut self,
        file: &OrderFile,
        case: u16,
        grounds: &[Ground],
        decision: &Decision,
        policy: &Policy,
        calendar: &Calendar,
        now: Instant,
        ids: &mut Ids,
    ) {
        let parameters = policy.parameters();
        for ground in grounds {
            let subject =
                if ground.is_objective() { format!("seller:{}", file.seller) } else { file.buyer.to_string() };
            let event = NewEvent {
                id: ids.text(now),
                subject: subject.clone(),
                at: now,
                points: ground.points(parameters),
                ground: *ground,
                case: file.case_id(case).to_string(),
                by: decision.judge.clone(),
                words: String::new(),
                until: None,
                appeal_until: calendar.working_days_after(now, parameters.appeal_working_days).too_late_from,
            };
            let told = subject_notice(&subject, "credit_event", None, now, ids.text(now));
            self.credit.push((event, told));
        }
    }

    /// What an earlier decision of the case found does not hold any more.
    fn reverse(
        &mut self,
        file: &OrderFile,
        case: u16,
        subject: String,
        grounds: Vec<Ground>,
        now: Instant,
        ids: &mut Ids,
    ) {
        let told = subject_notice(&subject, "credit_reversed", None, now, ids.text(now));
        self.reversed.push(Reversal { case: file.case_id(case).to_string(), grounds, told });
    }
}

/// Cases in which conduct was found before, of those whose decisions take it back: most have none.
pub(super) fn conduct_found<'e>(
    tx: &Tx<'_>,
    all: impl Iterator<Item = &'e Effects>,
) -> Result<HashSet<String>, StorageError> {
    let mut looked_at = all.flat_map(|effects| &effects.reversed).map(|reversal| reversal.case.as_str()).peekable();
    match looked_at.peek() {
        Some(_) => Ok(credit_event::cases_with_events(tx, looked_at)?.into_iter().collect()),
        None => Ok(HashSet::new()),
    }
}

/// Writes whose conduct counts, and whose does not any more. Who is told of it depends on what was `found` before.
pub(super) fn write_conduct<'e>(
    tx: &Tx<'_>,
    all: impl Iterator<Item = &'e Effects>,
    mut found: HashSet<String>,
) -> Result<(), StorageError> {
    let mut told = Vec::new();
    for effects in all {
        for reversal in &effects.reversed {
            if found.contains(&reversal.case)
                && credit_event::reverse(tx, &reversal.case, &reversal.grounds, reversal.told.at)? > 0
            {
                told.push(&reversal.told);
            }
        }
        for (event, notice) in &effects.credit {
            if credit_event::insert(tx, event)? {
                found.insert(event.case.clone());
                told.push(notice);
            }
        }
    }
    told.into_iter().try_for_each(|notice| notice::insert(tx, notice))
}

/// Events of a case that are taken back, and what is told if there are any.
struct Reversal {
    case: String,
    grounds: Vec<Ground>,
    told: Notice,
}

/// R23: a claim that people found forged or disproved counts. What the program rejects by itself is no finding.
fn bad_claim(decision: &Decision) -> Option<Ground> {
    if !matches!(decision.by, DecidedBy::Staff | DecidedBy::Panel) {
        return None;
    }
    match decision.code? {
        RejectCode::RejectForged => Some(Ground::ForgedClaim),
        RejectCode::RejectNoFault => Some(Ground::DisprovedClaim),
        RejectCode::RejectUsed | RejectCode::RejectPersonal | RejectCode::RejectWindow | RejectCode::RejectEvidence => {
            None
        }
    }
}

/// R23: what an approval says about the seller: he was silent, a code of his was confirmed to be bad, he had refused what
/// was due in full.
fn sellers_part(file: &OrderFile, case: u16, decision: &Decision) -> Vec<Ground> {
    let Some(found) = file.case(case) else { return Vec::new() };
    let by_people = matches!(decision.by, DecidedBy::Staff | DecidedBy::Panel);
    // Who made an offer did not refuse.
    let refused = found.seller_heard && !file.offers.iter().any(|offer| offer.case == Some(case));
    let mut grounds = Vec::new();
    if decision.by == DecidedBy::SellerSilence {
        grounds.push(Ground::SellerSilent);
    }
    if by_people && refused && decision.refused_minor == 0 {
        grounds.push(Ground::RefusalOverturned);
    }
    // Neither silence nor an agreement confirms anything about the code.
    if (by_people || decision.by == DecidedBy::Seller)
        && found.reason == Reason::InvalidCode
        && decision.approved_minor() > 0
    {
        grounds.push(Ground::InvalidCode);
    }
    grounds
}

/// What the platform counts in public about itself: overdue hearings (R17), money released without a second person and
/// cases nobody could judge (R35), decisions turned by an appeal or a complaint.
fn counted(event: &OrderEvent) -> Option<&'static str> {
    match event {
        OrderEvent::ReviewEscalated { .. } => Some("overdue_hearings"),
        OrderEvent::PayoutApproved { alone: true, .. }
        | OrderEvent::Route(
            RouteEvent::Remitted { alone: true, .. } | RouteEvent::TransferRecorded { alone: true, .. },
        ) => Some("released_alone"),
        OrderEvent::PaidOutside { paid } if paid.covers.twice_minor > 0 => Some("paid_twice"),
        OrderEvent::CaseApproved { decision, .. } if decision.by == DecidedBy::SmallHouse => Some("unjudged"),
        OrderEvent::RemedyClosed { ruling, .. } => match ruling.result {
            RemedyResult::Upheld => Some("remedies_upheld"),
            RemedyResult::Dismissed => Some("remedies_dismissed"),
            RemedyResult::Withdrawn => None,
        },
        _ => None,
    }
}

/// What somebody is told; codes are stable, sentences are made when shown.
struct Telling {
    kind: &'static str,
    case: Option<u16>,
    amount_minor: Option<i64>,
    due: Option<Instant>,
}

impl Telling {
    fn notice(self, file: &OrderFile, recipient: String, now: Instant, ids: &mut Ids) -> Notice {
        Notice {
            recipient,
            id: ids.text(now),
            kind: self.kind.to_owned(),
            order: file.order.to_string(),
            case: self.case,
            amount_minor: self.amount_minor,
            currency: file.currency.code().to_owned(),
            due: self.due,
            at: now,
            read_at: None,
        }
    }
}

/// A desk is told what nobody has claimed, and what came to it overdue (R17).
fn tell_desk(file: &OrderFile, events: &[&OrderEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
    let told = events.iter().filter_map(|event| {
        let (case, kind) = match event {
            OrderEvent::ReviewWarned { case } => (*case, "hearing_unclaimed"),
            OrderEvent::ReviewEscalated { case, .. } => (*case, "hearing_overdue"),
            _ => return None,
        };
        let sitting = file.case(case)?.sitting()?;
        let due = Some(sitting.due.too_late_from);
        Some((Who::from(sitting.desk), Telling { kind, case: Some(case), amount_minor: None, due }))
    });
    told.map(|(desk, telling)| telling.notice(file, format!("role:{}", desk.code()), now, ids)).collect()
}

/// Arbitrators are told when their votes are wanted, and reminded.
fn tell_panel(file: &OrderFile, events: &[&OrderEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
    let mut notices = Vec::new();
    for event in events {
        let (case, kind) = match event {
            OrderEvent::PanelDrawn { case, .. } => (*case, "panel_seat"),
            OrderEvent::PanelVoting { case, .. } => (*case, "panel_votes"),
            OrderEvent::TurnReminded { case, .. } => (*case, "reminder"),
            OrderEvent::ArbitratorInvited { case, arbitrator } => {
                let told = Telling { kind: "panel_invited", case: Some(*case), amount_minor: None, due: None };
                notices.push(told.notice(file, Party::Account(arbitrator.clone()).to_string(), now, ids));
                continue;
            }
            _ => continue,
        };
        let Some(found) = file.case(case) else { continue };
        let CaseState::BeforePanel { due, .. } = &found.state else { continue };
        for seat in found.panel.iter().flat_map(|panel| &panel.seats).filter(|seat| seat.vote.is_none()) {
            let told = Telling { kind, case: Some(case), amount_minor: None, due: Some(due.too_late_from) };
            notices.push(told.notice(file, Party::Account(seat.arbitrator.clone()).to_string(), now, ids));
        }
    }
    notices
}

/// One notice per command and person: the weightiest, and of equals the last.
fn raise(slot: &mut Option<(u8, Telling)>, new: Option<(u8, Telling)>) {
    if let Some((weight, telling)) = new
        && slot.as_ref().is_none_or(|(old, _)| *old <= weight)
    {
        *slot = Some((weight, telling));
    }
}

fn telling(weight: u8, kind: &'static str) -> Option<(u8, Telling)> {
    Some((weight, Telling { kind, case: None, amount_minor: None, due: None }))
}

fn about(
    weight: u8,
    kind: &'static str,
    case: u16,
    amount_minor: Option<i64>,
    due: Option<Instant>,
) -> Option<(u8, Telling)> {
    Some((weight, Telling { kind, case: Some(case), amount_minor, due }))
}

fn net(file: &OrderFile, case: u16) -> Option<i64> {
    file.case(case).map(|case| case.net_minor())
}

/// The reminder of whoever has the turn.
fn reminded(file: &OrderFile, case: u16, who: Who) -> Option<(u8, Telling)> {
    let turn = turn(file, file.case(case)?).filter(|turn| turn.who == who)?;
    about(6, "reminder", case, None, turn.due.map(|due| due.too_late_from))
}

fn answered_offer(file: &OrderFile, offer: u16, kind: &'static str) -> Option<(u8, Telling)> {
    Some((5, Telling { kind, case: file.offer(offer)?.case, amount_minor: None, due: None }))
}

fn tell_buyer(file: &OrderFile, event: &OrderEvent) -> Option<(u8, Telling)> {
    match event {
        OrderEvent::CaseCompleted { case } => about(9, "case_completed", *case, net(file, *case), None),
        OrderEvent::PayoutAnswered {
            payout, outcome: Outcome::OtherRoute { .. } | Outcome::Bounced { .. }, ..
        } => {
            let payout = file.payout(*payout)?;
            let waits = matches!(file.case(payout.case)?.state, CaseState::AwaitingRoute { .. });
            if waits { about(8, "route_needed", payout.case, Some(payout.amount_minor), None) } else { None }
        }
        OrderEvent::CaseRejected { case, appeal_until, .. } => {
            about(7, "case_rejected", *case, None, appeal_until.as_ref().map(|until| until.too_late_from))
        }
        OrderEvent::CaseApproved { case, decision, .. } => {
            let due = file.payouts_of(*case).map(|p| p.expected.too_late_from).max();
            about(6, "case_approved", *case, Some(decision.net_minor()), due)
        }
        OrderEvent::MaterialAsked { case, due, .. } => about(5, "material_asked", *case, None, Some(due.too_late_from)),
        OrderEvent::CaseClosed { case, .. } => about(5, "case_closed", *case, None, None),
        OrderEvent::CaseReplaced { case } => about(8, "case_replaced", *case, None, None),
        OrderEvent::OfferMade { case, due, .. } => {
            let told = Telling { kind: "offer_made", case: *case, amount_minor: None, due: Some(due.too_late_from) };
            Some((8, told))
        }
        OrderEvent::PanelDrawn { case, due, .. } => about(5, "panel_drawn", *case, None, Some(due.too_late_from)),
        OrderEvent::ReviewStarted { case, due, unmanned: true, .. } => {
            about(5, "nobody_to_judge", *case, None, Some(due.too_late_from))
        }
        OrderEvent::RemedyOpened { case, due, unmanned, ground, .. } if ground.hearing() != Hearing::Objection => {
            let kind = if *unmanned { "nobody_to_judge" } else { "remedy_opened" };
            about(5, kind, *case, None, Some(due.too_late_from))
        }
        OrderEvent::RemedyClosed { case, ruling } => {
            let of_buyer = file.case(*case)?.remedies.last()?.ground.hearing() != Hearing::Objection;
            let told = of_buyer && ruling.result != RemedyResult::Withdrawn;
            if told { about(7, "remedy_closed", *case, Some(ruling.granted_minor), None) } else { None }
        }
        OrderEvent::TurnReminded { case, .. } => reminded(file, *case, Who::Buyer),
        OrderEvent::MessageSent { side: Side::Seller | Side::Platform, .. } => telling(1, "message"),
        OrderEvent::ExtraPayment { amount_minor, .. } => {
            let told = Telling { kind: "extra_payment", case: None, amount_minor: Some(*amount_minor), due: None };
            Some((4, told))
        }
        OrderEvent::SoldOut { .. } => telling(4, "sold_out"),
        OrderEvent::CodeIssued { .. } => telling(3, "code_issued"),
        OrderEvent::Credited { .. } => telling(3, "credited"),
        OrderEvent::Expired => telling(3, "order_expired"),
        OrderEvent::Route(event) => tell_of_route(file, event),
        OrderEvent::PayoutTraced { payout } => about(3, "payout_traced", file.payout(*payout)?.case, None, None),
        _ => None,
    }
}

fn tell_seller(file: &OrderFile, event: &OrderEvent) -> Option<(u8, Telling)> {
    match event {
        OrderEvent::SellerAsked { case, due } => {
            let claimed = file.case(*case).map(|c: &Case| c.claimed_minor);
            about(9, "seller_asked", *case, claimed, Some(due.too_late_from))
        }
        OrderEvent::UnitReturned { stock: Some((_, StockFate::Quarantined)), .. }
        | OrderEvent::UnitReplaced { old: Some((_, StockFate::Quarantined)), .. } => telling(8, "code_to_cancel"),
        OrderEvent::TurnReminded { case, .. } => reminded(file, *case, Who::Seller),
        OrderEvent::OfferAccepted { offer } => answered_offer(file, *offer, "offer_accepted"),
        OrderEvent::OfferDeclined { offer } => answered_offer(file, *offer, "offer_declined"),
        OrderEvent::PanelDrawn { case, due, .. } => about(5, "panel_drawn", *case, None, Some(due.too_late_from)),
        OrderEvent::RemedyClosed { case, ruling } => {
            let of_seller = file.case(*case)?.remedies.last()?.ground.hearing() == Hearing::Objection;
            let told = of_seller && ruling.result != RemedyResult::Withdrawn;
            if told { about(7, "objection_closed", *case, Some(ruling.granted_minor), None) } else { None }
        }
        OrderEvent::MessageSent { side: Side::Buyer | Side::Platform, .. } => telling(1, "message"),
        OrderEvent::CaseApproved { case, decision, .. } => {
            about(7, "case_approved", *case, Some(decision.net_minor()), None)
        }
        OrderEvent::CaseRejected { case, .. } => about(6, "case_rejected", *case, None, None),
        OrderEvent::SoldOut { .. } => telling(5, "sold_out"),
        OrderEvent::PaymentSucceeded { .. } => {
            let by_hand = file.items.iter().any(|item| item.terms.delivery == DeliveryMode::Credit);
            if by_hand { telling(4, "order_to_deliver") } else { telling(3, "order_paid") }
        }
        OrderEvent::Settled { seller_minor, .. } => {
            let told = Telling { kind: "order_settled", case: None, amount_minor: Some(*seller_minor), due: None };
            Some((3, told))
        }
        _ => None,
    }
}

fn route_case(file: &OrderFile, event: &RouteEvent) -> Option<u16> {
    match event {
        RouteEvent::AccountNamed { case, .. } => Some(*case),
        event => file.payout(event.payout()?).map(|payout| payout.case),
    }
}

/// What the buyer is told of other roads.
fn tell_of_route(file: &OrderFile, event: &RouteEvent) -> Option<(u8, Telling)> {
    let payout = file.payout(event.payout()?)?;
    let kind = match event {
        RouteEvent::AccountRefused { .. } | RouteEvent::ReleaseRefused { .. } | RouteEvent::Returned { .. } => {
            "route_needed"
        }
        RouteEvent::Remitted { .. } | RouteEvent::TransferRecorded { .. } => "account_paid",
        RouteEvent::DoubtAnswered { .. } => "doubt_answered",
        RouteEvent::SwitchReversed { .. } => "switch_reversed",
        _ => return None,
    };
    about(8, kind, payout.case, Some(payout.amount_minor), None)
}

/// Finance is alerted when money is overdue, cannot be found, or waits for people (R15); of a command, once.
fn tell_finance(file: &OrderFile, events: &[&OrderEvent], now: Instant, ids: &mut Ids) -> Option<Notice> {
    let (case, kind) = events.iter().find_map(|event| match event {
        OrderEvent::PayoutTraced { payout } => Some((file.payout(*payout)?.case, "payout_overdue")),
        OrderEvent::PayoutAnswered {
            payout,
            outcome: Outcome::NeedFunds { .. } | Outcome::FixRequest { .. } | Outcome::ManualAtChannel { .. },
            ..
        } => Some((file.payout(*payout)?.case, "payout_stuck")),
        OrderEvent::Route(RouteEvent::AccountNamed { case, .. }) => Some((*case, "account_to_check")),
        OrderEvent::Route(RouteEvent::AccountChecked { payout, .. }) => {
            Some((file.payout(*payout)?.case, "account_to_pay"))
        }
        OrderEvent::Route(RouteEvent::CardNamed { payout, .. }) => Some((file.payout(*payout)?.case, "card_named")),
        OrderEvent::Route(RouteEvent::Doubted { payout, .. }) => Some((file.payout(*payout)?.case, "arrival_doubted")),
        _ => None,
    })?;
    let due = turn(file, file.case(case)?).and_then(|turn| turn.due).map(|due| due.too_late_from);
    let telling = Telling { kind, case: Some(case), amount_minor: None, due };
    Some(telling.notice(file, format!("role:{}", Who::Finance.code()), now, ids))
}

/// The case an event is about, where it is about one.
pub(super) fn case_of(file: &OrderFile, event: &Event) -> Option<u16> {
    let Event::Order(event) = event else { return None };
    match event {
        OrderEvent::CaseOpened { case, .. }
        | OrderEvent::SellerAsked { case, .. }
        | OrderEvent::ReviewStarted { case, .. }
        | OrderEvent::ReviewEscalated { case, .. }
        | OrderEvent::TurnExtended { case, .. }
        | OrderEvent::CaseClaimed { case, .. }
        | OrderEvent::MaterialAsked { case, .. }
        | OrderEvent::MaterialGiven { case, .. }
        | OrderEvent::SellerContested { case }
        | OrderEvent::CaseApproved { case, .. }
        | OrderEvent::CaseRejected { case, .. }
        | OrderEvent::PersonAsked { case }
        | OrderEvent::CaseWithdrawn { case }
        | OrderEvent::CaseClosed { case, .. }
        | OrderEvent::CaseReplaced { case }
        | OrderEvent::ReviewWarned { case }
        | OrderEvent::ReminderSet { case, .. }
        | OrderEvent::TurnReminded { case, .. }
        | OrderEvent::ArbitratorInvited { case, .. }
        | OrderEvent::DecisionProposed { case, .. }
        | OrderEvent::DecisionTakenBack { case }
        | OrderEvent::PanelDrawn { case, .. }
        | OrderEvent::PanelVoting { case, .. }
        | OrderEvent::PanelVoted { case, .. }
        | OrderEvent::PanelUndecided { case }
        | OrderEvent::RemedyOpened { case, .. }
        | OrderEvent::RemedyResumed { case, .. }
        | OrderEvent::RemedyClosed { case, .. }
        | OrderEvent::SellerCompensated { case, .. }
        | OrderEvent::OfferMade { case: Some(case), .. }
        | OrderEvent::CaseCompleted { case } => Some(*case),
        OrderEvent::OfferAccepted { offer }
        | OrderEvent::OfferDeclined { offer }
        | OrderEvent::OfferLapsed { offer } => file.offer(*offer).and_then(|offer| offer.case),
        OrderEvent::PayoutDecided { payout } => Some(payout.case),
        OrderEvent::PayoutApproved { payout, .. }
        | OrderEvent::AttemptMade { payout, .. }
        | OrderEvent::PayoutAnswered { payout, .. }
        | OrderEvent::PaidToBalance { payout, .. }
        | OrderEvent::PayoutTraced { payout }
        | OrderEvent::PayoutResumed { payout }
        | OrderEvent::PayoutRerouted { payout }
        | OrderEvent::PayoutSuperseded { payout } => file.payout(*payout).map(|p| p.case),
        OrderEvent::Route(event) => route_case(file, event),
        _ => None,
    }
}
