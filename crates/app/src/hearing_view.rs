//! Offers, remedies, proposals and panels of a case, cut to what the asker may see.

use crate::authorize::Action;
use crate::case_view::Texts;
use crate::errors::Result;
use crate::lookup::Lookup;
use crate::order_view::{may, object};
use crate::principal::Principal;
use crate::views::{DueView, MoneyView, OfferView, PanelSummary, ProposalView, RemedyView, VoteView};
use yuanlu_domain::case::{Case, CaseState, PersonalRef};
use yuanlu_domain::hearing::Verdict;
use yuanlu_domain::offer::{OfferState, OfferTerms, SellerOffer};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::panel::{Panel, Seat, Vote};
use yuanlu_domain::time::Instant;
use yuanlu_storage::Reader;

fn text_of(texts: &Texts, reference: Option<&PersonalRef>) -> Option<String> {
    reference.and_then(|reference| texts.get(&reference.id).cloned())
}

pub(crate) fn offer_view(
    who: &Principal,
    file: &OrderFile,
    offer: &SellerOffer,
    texts: &Texts,
    now: Instant,
) -> OfferView {
    let (amount, until) = match offer.terms {
        OfferTerms::Refund { amount_minor } => (Some(MoneyView::new(amount_minor, file.currency)), None),
        OfferTerms::MoreTime { until } => (None, Some(until.into())),
        OfferTerms::Replacement => (None, None),
    };
    let open = offer.state == OfferState::Standing && (offer.due.is_in_time(now) || offer.due.provisional);
    OfferView {
        offer: offer.ordinal,
        case: offer.case.map(|case| file.case_id(case).to_string()),
        units: offer.units.clone(),
        reason: offer.reason.code(),
        kind: offer.terms.code(),
        amount,
        until,
        words: text_of(texts, offer.words.as_ref()),
        made_at: offer.made_at.into(),
        due: (&offer.due).into(),
        state: offer.state.code(),
        answerable: open && may(who, Action::ActOnOwnCase, &object(file)),
    }
}

/// The remedy that is heard first, then those that are over, the newest first.
pub(crate) fn remedy_views(file: &OrderFile, case: &Case, texts: &Texts) -> Vec<RemedyView> {
    let money = |minor| MoneyView::new(minor, file.currency);
    let open = case.remedy.iter().map(|remedy| RemedyView {
        hearing: remedy.sitting.hearing.code(),
        ground: remedy.ground.code(),
        rule: remedy.rule.clone(),
        opened_at: remedy.opened_at.into(),
        claimed: Some(money(remedy.claimed_minor)),
        words: text_of(texts, remedy.words.as_ref()),
        due: Some((&remedy.sitting.due).into()),
        closed_at: None,
        result: None,
        granted: None,
        beyond_loss: None,
        rules: Vec::new(),
        ruling_words: None,
    });
    let over = case.remedies.iter().rev().map(|past| RemedyView {
        hearing: past.ground.hearing().code(),
        ground: past.ground.code(),
        rule: None,
        opened_at: past.opened_at.into(),
        claimed: None,
        words: None,
        due: None,
        closed_at: Some(past.closed_at.into()),
        result: Some(past.ruling.result.code()),
        granted: (past.ruling.granted_minor > 0).then(|| money(past.ruling.granted_minor)),
        beyond_loss: (past.ruling.beyond_loss_minor > 0).then(|| money(past.ruling.beyond_loss_minor)),
        rules: past.ruling.rules.clone(),
        ruling_words: text_of(texts, past.ruling.words.as_ref()),
    });
    open.chain(over).collect()
}

/// Only staff sees a decision before it is sent.
pub(crate) fn proposal_view(
    db: &Reader<'_>,
    lookup: &mut Lookup,
    file: &OrderFile,
    case: &Case,
    staff: bool,
) -> Result<Option<ProposalView>> {
    let Some(proposal) = case.sitting().and_then(|sitting| sitting.proposal.as_deref()).filter(|_| staff) else {
        return Ok(None);
    };
    let (verdict, amount, code) = match &proposal.verdict {
        Verdict::Approve { amount_minor } => ("approve", Some(*amount_minor), None),
        Verdict::Reject { code, .. } => ("reject", None, Some(code.code())),
        Verdict::Uphold { amount_minor } => ("uphold", Some(*amount_minor), None),
        Verdict::Dismiss => ("dismiss", None, None),
    };
    Ok(Some(ProposalView {
        verdict,
        amount: amount.map(|minor| MoneyView::new(minor, file.currency)),
        code,
        by: lookup.login(db, &proposal.judge)?,
        sent_at: proposal.sent_at.into(),
    }))
}

/// Seats and votes; the votes themselves once nobody can be influenced by them any more.
pub(crate) fn panel_summary(
    db: &Reader<'_>,
    file: &OrderFile,
    case: &Case,
    panel: &Panel,
    texts: &Texts,
) -> Result<PanelSummary> {
    let mut lookup = Lookup::default();
    let ruled = !matches!(case.state, CaseState::BeforePanel { .. });
    let votes = panel.seats.iter().filter(|_| ruled).filter_map(|seat| Some((seat, seat.vote.as_ref()?)));
    Ok(PanelSummary {
        seats: panel.seats.len(),
        majority: panel.majority,
        cast: panel.seats.iter().filter(|seat| seat.vote.is_some()).count(),
        evidence_until: (&panel.evidence_until).into(),
        votes_until: panel.votes_until.as_ref().map(DueView::from),
        votes: votes.map(|(seat, vote)| vote_view(db, &mut lookup, file, seat, vote, texts)).collect::<Result<_>>()?,
    })
}

pub(crate) fn vote_view(
    db: &Reader<'_>,
    lookup: &mut Lookup,
    file: &OrderFile,
    seat: &Seat,
    vote: &Vote,
    texts: &Texts,
) -> Result<VoteView> {
    Ok(VoteView {
        organisation: lookup.organisation(db, &seat.organisation)?,
        responsible: vote.responsible.code(),
        amount: MoneyView::new(vote.amount_minor, file.currency),
        reason: text_of(texts, Some(&vote.reason)).unwrap_or_default(),
    })
}
