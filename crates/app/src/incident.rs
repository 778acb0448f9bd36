//! Mass incidents (S29): proposed by one person with a forecast, agreed to by another, watched and stopped by either.

use crate::app::App;
use crate::authorize::{Action, INCIDENTS, Object};
use crate::engine::{Answer, Lane};
use crate::errors::{AppError, Result};
use crate::inputs::{IncidentInput, SelectionInput};
use crate::order_view::permit;
use crate::principal::Principal;
use crate::submit::FINANCE;
use crate::text;
use crate::views::{IncidentChoices, IncidentForecastView, IncidentView, ProductChoice, SellerRef, StockBatchView};
use serde_json::json;
use yuanlu_domain::case::{PersonalRef, Reason};
use yuanlu_domain::command::Act;
use yuanlu_domain::desk::{DeskAct, DeskFile};
use yuanlu_domain::ids::{ChannelId, DeskId, ProductId, SellerId};
use yuanlu_domain::incident::{Bearer, Incident, IncidentAct, IncidentState, MOST_RATE, Selection};
use yuanlu_domain::time::Instant;
use yuanlu_storage::aggregate::{Kind, Stored};
use yuanlu_storage::{desk, incident, product, seller, stock};

/// Orders written down in one commit.
const CHUNK: usize = 256;
/// Products of a seller that are offered.
const MOST_PRODUCTS: u32 = 500;
const LEAST_WORDS: usize = 10;
const MOST_WORDS: usize = 2000;
/// Batches of codes that are offered.
const MOST_BATCHES: u32 = 100;

/// A proposal that was read.
struct Proposal {
    selection: Selection,
    reason: Reason,
    bearer: Bearer,
    rate: u32,
}

impl App {
    /// What an incident would come to. Nothing is written.
    pub fn preview_incident(&self, who: &Principal, input: &IncidentInput) -> Result<IncidentForecastView> {
        permit(who, Action::ManageIncidents, &Object::Nothing)?;
        let now = self.now();
        let proposal = self.read_incident(input, now)?;
        let gathered = self.gather(&assumed(&proposal, &"M".into(), now), now)?;
        self.db().snapshot(|db| crate::incident_view::forecast_view(db, &gathered.forecast))
    }

    /// Proposes an incident: its orders are written down, and a second person is asked.
    pub fn propose_incident(&self, who: &Principal, input: &IncidentInput, key: Option<&str>) -> Result<IncidentView> {
        permit(who, Action::ManageIncidents, &Object::Nothing)?;
        let now = self.now();
        let proposal = self.read_incident(input, now)?;
        let words = text::words("words", &input.words, LEAST_WORDS, MOST_WORDS)?;
        let desk = self.ids().incident(now);
        let gathered = self.gather(&assumed(&proposal, &desk, now), now)?;
        if gathered.orders.is_empty() {
            return Err(AppError::invalid("selection", "empty"));
        }
        let (row, words) = self
            .personal_of(Kind::Desk, desk.as_str(), "words", &words)?
            .ok_or(AppError::invalid("words", "required"))?;
        let Proposal { selection, reason, bearer, rate } = proposal;
        let detail = json!({ "orders": gathered.forecast.orders, "reason": reason.code(), "bearer": bearer.code() });
        let audit = self.audit_row(who, "propose_incident", desk.as_str(), detail)?;
        let act = IncidentAct::Propose { selection, reason, bearer, words, rate };
        let answer = self
            .request(who, who.as_staff(INCIDENTS), incident_act(&desk, act))
            .once("propose_incident", key, input)?
            .with([row])
            .and([audit])
            .send()?;
        let id = answer.desk.clone().unwrap_or_else(|| desk.clone());
        if !answer.replayed {
            for chunk in gathered.orders.chunks(CHUNK) {
                let (desk, chunk): (DeskId, Vec<_>) = (
                    desk.clone(),
                    chunk.iter().map(|m| (m.order.clone(), m.seller.clone(), m.units.clone(), m.planned)).collect(),
                );
                self.engine().write(Lane::Bulk, move |tx, _| {
                    chunk.iter().try_for_each(|(order, seller, units, planned)| {
                        incident::add(tx, &desk, order, seller, units, *planned)
                    })
                })?;
            }
            let (digest, _) = self.db().snapshot(|db| incident::digest(db, &desk))?;
            let act = IncidentAct::Freeze { forecast: gathered.forecast, digest };
            self.request(who, who.as_staff(INCIDENTS), incident_act(&desk, act)).send()?;
        }
        self.incident(who, &id)
    }

    /// Agrees to an incident as a second person: it runs.
    pub fn approve_incident(&self, who: &Principal, desk: &DeskId) -> Result<IncidentView> {
        permit(who, Action::ApproveIncident, &Object::Nothing)?;
        let audit = self.audit_row(who, "approve_incident", desk.as_str(), json!({}))?;
        self.request(who, who.as_staff(FINANCE), incident_act(desk, IncidentAct::Approve)).and([audit]).send()?;
        self.incident(who, desk)
    }

    /// Stops an incident for a while. What was answered is done; nothing more is.
    pub fn pause_incident(&self, who: &Principal, desk: &DeskId) -> Result<IncidentView> {
        self.keep_incident(who, desk, "pause_incident", IncidentAct::Pause)?;
        self.incident(who, desk)
    }

    /// Lets it go on.
    pub fn resume_incident(&self, who: &Principal, desk: &DeskId) -> Result<IncidentView> {
        self.keep_incident(who, desk, "resume_incident", IncidentAct::Resume)?;
        self.incident(who, desk)
    }

    /// Lets it go faster or slower.
    pub fn set_incident_rate(&self, who: &Principal, desk: &DeskId, rate: u32) -> Result<IncidentView> {
        self.keep_incident(who, desk, "set_incident_rate", IncidentAct::SetRate { rate: fitting(rate)? })?;
        self.incident(who, desk)
    }

    /// Gives up whatever was not done yet.
    pub fn cancel_incident(&self, who: &Principal, desk: &DeskId) -> Result<IncidentView> {
        self.keep_incident(who, desk, "cancel_incident", IncidentAct::Cancel)?;
        self.incident(who, desk)
    }

    /// Batches of codes of a product, newest first.
    pub fn stock_batches(&self, who: &Principal, product: &ProductId) -> Result<Vec<StockBatchView>> {
        permit(who, Action::ManageIncidents, &Object::Nothing)?;
        let found = self.db().snapshot(|db| {
            product::find(db, product)?.ok_or(AppError::NotFound)?;
            Ok::<_, AppError>(stock::list_batches(db, product, MOST_BATCHES)?)
        })?;
        let shown = |batch: stock::Batch| StockBatchView {
            batch: batch.loaded_at.micros().to_string(),
            loaded_at: batch.loaded_at.into(),
            codes: batch.codes,
            sold: batch.owned,
        };
        Ok(found.into_iter().map(shown).collect())
    }

    /// What can be chosen, by what was chosen before.
    pub fn incident_choices(
        &self,
        who: &Principal,
        of_seller: Option<&str>,
        of_product: Option<&str>,
    ) -> Result<IncidentChoices> {
        permit(who, Action::ManageIncidents, &Object::Nothing)?;
        let (sellers, products) = self.db().snapshot(|db| {
            let sellers = seller::list(db)?;
            let products = match of_seller {
                Some(id) => product::list_of_seller(db, &SellerId::from(id), "", MOST_PRODUCTS)?,
                None => Vec::new(),
            };
            Ok::<_, AppError>((sellers, products))
        })?;
        let batches = match of_product.filter(|id| products.iter().any(|product| product.id.as_str() == *id)) {
            Some(id) => self.stock_batches(who, &ProductId::from(id))?,
            None => Vec::new(),
        };
        Ok(IncidentChoices {
            sellers: sellers.into_iter().map(|s| SellerRef { id: s.id.to_string(), name: s.name }).collect(),
            products: products
                .into_iter()
                .map(|product| ProductChoice { id: product.id.to_string(), title: product.page.title })
                .collect(),
            batches,
            channels: self.config().channels.iter().map(ToString::to_string).collect(),
        })
    }

    fn keep_incident(&self, who: &Principal, desk: &DeskId, route: &'static str, act: IncidentAct) -> Result<Answer> {
        permit(who, Action::ManageIncidents, &Object::Nothing)?;
        let detail = match &act {
            IncidentAct::SetRate { rate } => json!({ "rate": rate }),
            _ => json!({}),
        };
        let audit = self.audit_row(who, route, desk.as_str(), detail)?;
        self.request(who, who.as_staff(INCIDENTS), incident_act(desk, act)).and([audit]).send()
    }

    fn read_incident(&self, input: &IncidentInput, now: Instant) -> Result<Proposal> {
        let reason = Reason::parse(input.reason.trim()).ok_or(AppError::invalid("reason", "unknown"))?;
        if !reason.is_fault() || reason == Reason::DuplicateCharge {
            return Err(AppError::invalid("reason", "unknown"));
        }
        let bearer = Bearer::parse(input.bearer.trim()).ok_or(AppError::invalid("bearer", "unknown"))?;
        let rate = fitting(input.rate)?;
        Ok(Proposal { selection: self.read_selection(&input.selection, now)?, reason, bearer, rate })
    }

    /// Orders placed later never belong to it.
    fn read_selection(&self, input: &SelectionInput, now: Instant) -> Result<Selection> {
        let moment = |field, text: &Option<String>| {
            let text = text::given(text.as_ref());
            let read = |text: &str| Instant::parse_shanghai(text).ok_or(AppError::invalid(field, "not_a_time"));
            text.map(read).transpose()
        };
        let (from, until) = (moment("from", &input.from)?, moment("until", &input.until)?);
        let until = Some(until.map_or(now.plus_micros(1), |until| until.min(now.plus_micros(1))));
        if from.is_some_and(|from| until.is_some_and(|until| until <= from)) {
            return Err(AppError::invalid("until", "too_early"));
        }
        let seller = text::given(input.seller.as_ref()).map(SellerId::from);
        let product = text::given(input.product.as_ref()).map(ProductId::from);
        let channel = text::given(input.channel.as_ref()).map(ChannelId::from);
        let batch = match (text::given(input.batch.as_ref()), &product) {
            (None, _) => None,
            (Some(_), None) => return Err(AppError::invalid("product", "required")),
            (Some(text), Some(product)) => {
                let at = text.parse().map(Instant::from_micros).map_err(|_| AppError::invalid("batch", "unknown"))?;
                let known = self.db().read(|db| stock::list_batches(db, product, MOST_BATCHES))?;
                if !known.iter().any(|batch| batch.loaded_at == at) {
                    return Err(AppError::invalid("batch", "unknown"));
                }
                Some(at)
            }
        };
        if seller.is_none() && product.is_none() && from.is_none() {
            return Err(AppError::invalid("selection", "required"));
        }
        self.db().snapshot(|db| {
            if let Some(seller) = &seller {
                seller::find(db, seller)?.ok_or(AppError::invalid("seller", "unknown"))?;
            }
            if let Some(product) = &product {
                product::find(db, product)?.ok_or(AppError::invalid("product", "unknown"))?;
            }
            Ok::<_, AppError>(())
        })?;
        if channel.as_ref().is_some_and(|channel| !self.config().channels.contains(channel)) {
            return Err(AppError::invalid("channel", "unknown"));
        }
        Ok(Selection { seller, product, batch, channel, from, until, used: input.used })
    }
}

fn fitting(rate: u32) -> Result<u32> {
    if rate > MOST_RATE { Err(AppError::invalid("rate", "too_large")) } else { Ok(rate) }
}

fn incident_act(desk: &DeskId, act: IncidentAct) -> Act {
    Act::Desk { desk: desk.clone(), act: DeskAct::Incident(Box::new(act)) }
}

/// The incident as it would run.
fn assumed(proposal: &Proposal, desk: &DeskId, now: Instant) -> Incident {
    Incident {
        desk: desk.clone(),
        selection: proposal.selection.clone(),
        reason: proposal.reason,
        bearer: proposal.bearer,
        words: PersonalRef { id: "".into(), digest: String::new() },
        rate: proposal.rate,
        proposed_by: None,
        proposed_at: now,
        forecast: None,
        digest: String::new(),
        frozen_at: None,
        approved_by: None,
        approved_at: None,
        runs_since: None,
        ran_micros: 0,
        due: now,
        state: IncidentState::Running,
        result: None,
        finished_at: None,
        last_at: now,
    }
}

/// The incident of a desk; there is no other kind here.
pub(crate) fn of_desk(stored: Stored<DeskFile>) -> Result<Incident> {
    match stored.aggregate {
        DeskFile::Incident(incident) => Ok(*incident),
        _ => Err(AppError::NotFound),
    }
}

/// One incident.
pub(crate) fn find(db: &impl yuanlu_storage::Read, id: &DeskId) -> Result<Incident> {
    of_desk(desk::find(db, id)?.ok_or(AppError::NotFound)?)
}
