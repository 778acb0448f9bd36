//! Mass incidents as people of staff see them: what was foreseen, how far it has come, what became of each order.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::desk_list::open_then_over;
use crate::errors::{AppError, Result};
use crate::incident::{find, of_desk};
use crate::inputs::Page;
use crate::lookup::Lookup;
use crate::order_view::{may, permit};
use crate::principal::Principal;
use crate::text;
use crate::views::{
    IncidentForecastView, IncidentItemView, IncidentProgressView, IncidentView, Listing, MoneyView, SelectionView,
    SellerShareView, WayShareView, WhyView,
};
use std::collections::BTreeMap;
use yuanlu_domain::ids::{CaseId, DeskId};
use yuanlu_domain::incident::{Forecast, Incident, IncidentState, LeftOut};
use yuanlu_domain::time::Instant;
use yuanlu_ledger::Account;
use yuanlu_money::{Currency, Money};
use yuanlu_storage::incident::{self, ItemState};
use yuanlu_storage::{Read, Reader, account_balance, personal, product, seller_account};

/// The kind of desk that an incident is.
const KIND: &str = "incident";
/// Orders of a report read at once.
const REPORTED: u32 = 1000;

impl App {
    /// Incidents that wait or run, then those that are over.
    pub fn incidents(&self, who: &Principal, page: &Page) -> Result<Listing<IncidentView>> {
        permit(who, Action::ManageIncidents, &Object::Nothing)?;
        let now = self.now();
        self.db().snapshot(|db| {
            let (open, next) = open_then_over(db, KIND, page)?;
            let mut lookup = Lookup::default();
            let shown = |stored| {
                let mut view = view(db, &mut lookup, who, &of_desk(stored)?, now)?;
                view.forecast = None;
                Ok(view)
            };
            Ok(Listing { items: open.into_iter().map(shown).collect::<Result<_>>()?, next })
        })
    }

    /// One incident.
    pub fn incident(&self, who: &Principal, id: &DeskId) -> Result<IncidentView> {
        permit(who, Action::ManageIncidents, &Object::Nothing)?;
        let now = self.now();
        self.db().snapshot(|db| view(db, &mut Lookup::default(), who, &find(db, id)?, now))
    }

    /// Orders of an incident, by number; with a state, those that are in it.
    pub fn incident_items(
        &self,
        who: &Principal,
        id: &DeskId,
        state: Option<&str>,
        page: &Page,
    ) -> Result<Listing<IncidentItemView>> {
        permit(who, Action::ManageIncidents, &Object::Nothing)?;
        let state = match state.map(str::trim).filter(|state| !state.is_empty()) {
            None => None,
            Some(code) => Some(ItemState::parse(code).ok_or(AppError::invalid("state", "unknown"))?),
        };
        self.db().snapshot(|db| {
            find(db, id)?;
            let after = page.cursor.as_deref().unwrap_or_default();
            let mut rows = incident::list(db, id, state, after, page.rows() + 1)?;
            let next = text::cut(&mut rows, page, |item| item.order.to_string());
            let mut lookup = Lookup::default();
            let items = rows.iter().map(|item| item_view(db, &mut lookup, item)).collect::<Result<_>>()?;
            Ok(Listing { items, next })
        })
    }

    /// Every order of an incident, for a report.
    pub fn incident_report(&self, who: &Principal, id: &DeskId, each: &mut dyn FnMut(&IncidentItemView)) -> Result<()> {
        permit(who, Action::ManageIncidents, &Object::Nothing)?;
        self.db().snapshot(|db| {
            find(db, id)?;
            let (mut lookup, mut after) = (Lookup::default(), String::new());
            loop {
                let page = incident::list(db, id, None, &after, REPORTED)?;
                let Some(last) = page.last() else { return Ok(()) };
                after = last.order.to_string();
                for item in &page {
                    each(&item_view(db, &mut lookup, item)?);
                }
            }
        })
    }
}

fn item_view(db: &Reader<'_>, lookup: &mut Lookup, item: &incident::Item) -> Result<IncidentItemView> {
    Ok(IncidentItemView {
        order: item.order.to_string(),
        seller: lookup.seller(db, &item.seller)?,
        state: item.state.code(),
        why: item.why.clone(),
        planned: item.planned.into(),
        refunded: item.refunded.into(),
        case: item.case.map(|ordinal| CaseId::of(&item.order, ordinal).to_string()),
        at: item.at.map(Into::into),
    })
}

fn view(
    db: &Reader<'_>,
    lookup: &mut Lookup,
    who: &Principal,
    incident: &Incident,
    now: Instant,
) -> Result<IncidentView> {
    let selection = &incident.selection;
    let of_product = selection.product.as_ref().map(|id| product::find(db, id)).transpose()?.flatten();
    let login = |account: &Option<_>, lookup: &mut Lookup| -> Result<Option<String>> {
        account.as_ref().map(|account| lookup.login(db, account)).transpose()
    };
    Ok(IncidentView {
        incident: incident.desk.to_string(),
        state: incident.state.code(),
        reason: incident.reason.code(),
        bearer: incident.bearer.code(),
        words: personal::find(db, &incident.words.id)?,
        selection: SelectionView {
            seller: selection.seller.as_ref().map(|seller| lookup.seller(db, seller)).transpose()?,
            product: selection.product.as_ref().map(ToString::to_string),
            title: of_product.map(|product| product.page.title),
            batch: selection.batch.map(Into::into),
            channel: selection.channel.as_ref().map(ToString::to_string),
            from: selection.from.map(Into::into),
            until: selection.until.map(Into::into),
            used: selection.used,
        },
        rate: incident.rate,
        proposed_by: login(&incident.proposed_by, lookup)?,
        proposed_at: incident.proposed_at.into(),
        approved_by: login(&incident.approved_by, lookup)?,
        approved_at: incident.approved_at.map(Into::into),
        finished_at: incident.finished_at.map(Into::into),
        forecast: incident.forecast.as_ref().map(|forecast| forecast_view(db, forecast)).transpose()?,
        progress: progress_view(db, incident, now)?,
        actions: actions(who, incident.state),
    })
}

fn actions(who: &Principal, state: IncidentState) -> Vec<&'static str> {
    let mut actions = Vec::new();
    if state == IncidentState::Waiting && may(who, Action::ApproveIncident, &Object::Nothing) {
        actions.push("approve");
    }
    if may(who, Action::ManageIncidents, &Object::Nothing) {
        actions.extend(match state {
            IncidentState::Running => &["pause", "set_rate", "cancel"][..],
            IncidentState::Paused => &["resume", "set_rate", "cancel"],
            IncidentState::Gathering | IncidentState::Waiting => &["set_rate", "cancel"],
            IncidentState::Done | IncidentState::Cancelled => &[],
        });
    }
    actions
}

/// A forecast beside what its sellers have today.
pub(crate) fn forecast_view(db: &Reader<'_>, forecast: &Forecast) -> Result<IncidentForecastView> {
    let money = |minor, currency| MoneyView::from(Money::new(minor, currency));
    let mut total: BTreeMap<Currency, i64> = BTreeMap::new();
    for share in &forecast.ways {
        *total.entry(share.currency).or_default() += share.minor;
    }
    let (mut lookup, mut sellers) = (Lookup::default(), Vec::new());
    for share in &forecast.sellers {
        let (account, currency) = (Account::SellerPayable(share.seller.to_string()), share.currency);
        let now_minor = account_balance::find(db, &account, currency)?;
        let kept = seller_account::find(db, &share.seller)?.map(|stored| stored.aggregate);
        let deposit = kept.filter(|account| account.currency == currency).map_or(0, |account| account.deposit_minor);
        let after = now_minor - share.payable_minor;
        sellers.push(SellerShareView {
            seller: lookup.seller(db, &share.seller)?,
            orders: share.orders,
            escrow: money(share.escrow_minor, currency),
            payable: money(share.payable_minor, currency),
            platform: money(share.platform_minor, currency),
            payable_now: money(now_minor, currency),
            payable_after: money(after, currency),
            deposit: money(deposit, currency),
            in_debt: after < 0,
            beyond_deposit: after + deposit < 0,
        });
    }
    let ways = forecast.ways.iter().map(|share| WayShareView {
        way: share.way.clone(),
        payouts: share.payouts,
        amount: money(share.minor, share.currency),
    });
    let left_out = |left: &LeftOut| WhyView { why: left.why.clone(), orders: left.orders };
    Ok(IncidentForecastView {
        orders: forecast.orders,
        refunds: forecast.refunds,
        cases: forecast.cases,
        total: total.into_iter().map(|(currency, minor)| money(minor, currency)).collect(),
        ways: ways.collect(),
        sellers,
        left_out: forecast.left_out.iter().map(left_out).collect(),
    })
}

fn progress_view(db: &impl Read, found: &Incident, now: Instant) -> Result<IncidentProgressView> {
    let counts = incident::count(db, &found.desk)?;
    let of = |state| counts.iter().filter(|count| count.state == state).map(|count| count.orders).sum::<u32>();
    let (done, skipped, failed, left) =
        (of(ItemState::Done), of(ItemState::Skipped), of(ItemState::Failed), of(ItemState::Pending));
    let (over, orders) = (done + skipped + failed, done + skipped + failed + left);
    let ran = found.ran_until(now);
    let per_minute = (ran > 0 && over > 0).then(|| i64::from(over).saturating_mul(60_000_000) / ran);
    let expected_end = (found.state == IncidentState::Running && left > 0 && ran > 0 && over > 0)
        .then(|| now.plus_micros(ran.saturating_mul(i64::from(left)) / i64::from(over)));
    let refunded = counts.iter().filter(|count| count.state == ItemState::Done);
    let whys = |state| -> Result<Vec<WhyView>> {
        let found = incident::count_whys(db, &found.desk, state)?;
        Ok(found.into_iter().map(|(why, orders)| WhyView { why, orders }).collect())
    };
    Ok(IncidentProgressView {
        orders,
        done,
        skipped,
        failed,
        left,
        percent: over.saturating_mul(100).checked_div(orders).unwrap_or(0),
        refunded: refunded.map(|count| count.refunded.into()).collect(),
        per_minute: per_minute.map(|rate| u32::try_from(rate).unwrap_or(u32::MAX)),
        expected_end: expected_end.map(Into::into),
        skipped_whys: if skipped > 0 { whys(ItemState::Skipped)? } else { Vec::new() },
        failed_whys: if failed > 0 { whys(ItemState::Failed)? } else { Vec::new() },
    })
}
