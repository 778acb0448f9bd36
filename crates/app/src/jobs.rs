//! What jobs need: work that is due, commands of the program in few commits, and the work of a day. Nothing here asks who
//! is there: only the program calls it.

use crate::app::App;
pub use crate::code_probe::{DueProbe, ProbeHeard};
use crate::engine::{EngineError, Envelope, Lane};
use crate::errors::{AppError, Result};
pub use crate::incident_run::{InHand, RunStep};
pub use crate::outside_intake::{DueFile, DueSaying, made_call, recorded_call};
use crate::route::{Named, account_of};
use ring::signature::{Ed25519KeyPair, KeyPair};
use yuanlu_blobs::{Place, Sealed, from_hex, to_hex};
use yuanlu_domain::Actor;
use yuanlu_domain::admission::AdmissionAct;
use yuanlu_domain::bill_exception::ExceptionAct;
use yuanlu_domain::code_batch::CodesAct;
use yuanlu_domain::command::{Act, Command, OrderAct, SellerAct, WalletAct};
use yuanlu_domain::conversation::ConversationAct;
use yuanlu_domain::desk::DeskAct;
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::{AccountId, ChannelId, ChannelNumber, DeskId, OrderId, SellerId};
use yuanlu_domain::incident::IncidentAct;
use yuanlu_domain::order_file::{OrderFile, PaymentState};
use yuanlu_domain::outside_complaint::OutsideAct;
use yuanlu_domain::payout::{Destination, Step};
use yuanlu_domain::projection::{Call, Subject, asks_first};
use yuanlu_domain::review::ReviewAct;
use yuanlu_domain::time::Instant;
use yuanlu_domain::tip_off::TipOffAct;
use yuanlu_money::Money;
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{
    account_balance, attempt, cashier, idempotency, order_file, outbox, personal, seal, session, setting, timer,
};

pub use yuanlu_storage::outbox::PaymentClosing;

/// What can wait: the aggregates that have timers, in the order in which timers are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiter {
    /// A desk.
    Desk(DeskId),
    /// An order file.
    Order(OrderId),
    /// A seller account.
    Seller(SellerId),
    /// A wallet.
    Wallet(AccountId),
}

/// A timer that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueTimer {
    /// First instant at which it is too late.
    pub due: Instant,
    /// Whose.
    pub of: Waiter,
    /// About what.
    pub subject: Subject,
}

impl DueTimer {
    /// The command that looks at it.
    pub fn wake(&self) -> Command {
        let subject = self.subject.clone();
        let act = match &self.of {
            Waiter::Desk(desk) => {
                let act = match subject {
                    Subject::Outside | Subject::OutsideWarning | Subject::OutsideCall(_) => {
                        DeskAct::Outside(OutsideAct::Wake { subject })
                    }
                    Subject::Conversation => DeskAct::Conversation(ConversationAct::Wake { subject }),
                    Subject::BillException => DeskAct::Exception(ExceptionAct::Wake { subject }),
                    Subject::CodeBatch => DeskAct::Codes(CodesAct::Wake { subject }),
                    Subject::Review => DeskAct::Review(ReviewAct::Wake { subject }),
                    Subject::Incident => DeskAct::Incident(Box::new(IncidentAct::Wake { subject })),
                    Subject::Admission => DeskAct::Admission(AdmissionAct::Wake { subject }),
                    _ => DeskAct::TipOff(TipOffAct::Wake { subject }),
                };
                Act::Desk { desk: desk.clone(), act }
            }
            Waiter::Order(order) => Act::Order { order: order.clone(), act: OrderAct::Wake { subject } },
            Waiter::Seller(seller) => Act::Seller { seller: seller.clone(), act: SellerAct::Wake { subject } },
            Waiter::Wallet(account) => Act::Wallet { account: account.clone(), act: WalletAct::Wake { subject } },
        };
        Command { by: Actor::Program, act }
    }
}

/// A call to a channel that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCall {
    /// Whose.
    pub order: OrderId,
    /// Which.
    pub call: Call,
}

/// A payment that a payer was sent to make, and that nobody has heard of yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenPayment {
    /// When its order was placed.
    pub since: Instant,
    /// For which order.
    pub order: OrderId,
    /// Its number.
    pub no: ChannelNumber,
    /// Where.
    pub channel: ChannelId,
}

/// What a refund call says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutDetails {
    /// Our number of the payment that it gives back.
    pub payment_no: ChannelNumber,
    /// The channel's number of that payment.
    pub payment_ref: String,
    /// How much.
    pub amount: Money,
    /// How much the payment was.
    pub total: Money,
    /// It goes to the account below, not back by the payment.
    pub remits: bool,
    /// The account it goes to, or the card an abnormal refund is to go to; none once it was erased.
    pub account: Option<Named>,
    /// The channel's own number of the refund.
    pub channel_ref: String,
    /// When it was first sent; none if it never was.
    pub sent_at: Option<Instant>,
}

const SEAL_KEY: &str = "seal_key";
const SEAL_PUBLIC_KEY: &str = "seal_public_key";
const SEAL_PLACE: Place<'_> = Place { table: "setting", row: SEAL_KEY };

impl App {
    /// Timers due at `now`, the longest overdue first, after the given one.
    pub fn due_timers(&self, now: Instant, after: Option<&DueTimer>, limit: usize) -> Result<Vec<DueTimer>> {
        let subject = after.map(|timer| timer.subject.to_string()).unwrap_or_default();
        let after = after.map(|timer| {
            let (kind, id) = match &timer.of {
                Waiter::Desk(desk) => (Kind::Desk, desk.as_str()),
                Waiter::Order(order) => (Kind::Order, order.as_str()),
                Waiter::Seller(seller) => (Kind::Seller, seller.as_str()),
                Waiter::Wallet(account) => (Kind::Wallet, account.as_str()),
            };
            (timer.due, kind, id, subject.as_str())
        });
        let due = self.db().read(|db| timer::due_after(db, now, after, narrow(limit)))?;
        let each = due.into_iter().filter_map(|waiting| {
            let of = match waiting.kind {
                Kind::Order => Waiter::Order(waiting.aggregate_id.into()),
                Kind::Wallet => Waiter::Wallet(waiting.aggregate_id.into()),
                Kind::Desk => Waiter::Desk(waiting.aggregate_id.into()),
                Kind::Seller => Waiter::Seller(waiting.aggregate_id.into()),
                Kind::View => return None,
            };
            Some(DueTimer { due: waiting.due, of, subject: waiting.subject })
        });
        Ok(each.collect())
    }

    /// Sellers after the given one whose account wants to be put in order: in debt, with earnings that repay an advance (R27), or
    /// with earnings in a currency that can be exchanged today (R28).
    pub fn sellers_to_square(&self, after: Option<&SellerId>, limit: usize) -> Result<Vec<SellerId>> {
        let (after, limit) = (after.map_or("", SellerId::as_str), narrow(limit));
        self.db().snapshot(|db| {
            let debts = account_balance::list_debts(db, after, limit)?;
            let mut found: Vec<SellerId> = debts.into_iter().map(|(seller, _)| seller).collect();
            found.extend(account_balance::list_repayable(db, after, limit)?);
            let known = crate::rates::known(db, self.now())?;
            found.extend(account_balance::list_foreign(db, &known, after, limit)?);
            found.sort_unstable();
            found.dedup();
            found.truncate(limit as usize);
            Ok(found)
        })
    }

    /// Claims calls that are due; nobody is given them again before `leased_until`, unless their payout has changed.
    pub fn claim_calls(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueCall>> {
        if self.db().read(|db| outbox::count_due(db, now))? == 0 {
            return Ok(Vec::new());
        }
        let limit = narrow(limit);
        let claimed =
            self.engine().write(Lane::Bulk, move |tx, _| outbox::claim_calls(tx, now, leased_until, limit))?;
        let restored_at = self.db().read(|db| setting::restored_at(db))?;
        claimed.into_iter().map(|c| self.asked_first(DueCall { order: c.order, call: c.call }, restored_at)).collect()
    }

    /// After a restore the channel is asked about a number before anything is sent under it.
    fn asked_first(&self, mut due: DueCall, restored_at: Option<Instant>) -> Result<DueCall> {
        if restored_at.is_some() && due.call.step == Step::Send {
            let stored = self.db().read(|db| order_file::find(db, &due.order))?.ok_or(AppError::NotFound)?;
            let payout = stored.aggregate.payout(due.call.payout).ok_or(AppError::NotFound)?;
            if asks_first(&stored.aggregate, payout, restored_at) {
                due.call.step = Step::Ask;
            }
        }
        Ok(due)
    }

    /// Claims payments to be closed at their channels; nobody else is given them before `leased_until`.
    pub fn claim_closings(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<PaymentClosing>> {
        if self.db().read(|db| outbox::count_due_closings(db, now))? == 0 {
            return Ok(Vec::new());
        }
        let limit = narrow(limit);
        Ok(self.engine().write(Lane::Bulk, move |tx, _| outbox::claim_closings(tx, now, leased_until, limit))?)
    }

    /// A payment could not be closed yet; it is looked at again at `until`.
    pub fn postpone_closing(&self, closing: &PaymentClosing, until: Instant) -> Result<()> {
        let closing = closing.clone();
        Ok(self
            .engine()
            .write(Lane::Bulk, move |tx, _| outbox::postpone_closing(tx, &closing.of, &closing.closing.no, until))?)
    }

    /// What a call about a payout must say.
    pub fn payout_details(&self, order: &OrderId, payout: u16) -> Result<PayoutDetails> {
        let stored = self.db().read(|db| order_file::find(db, order))?.ok_or(AppError::NotFound)?;
        let mut details = details(&stored.aggregate, payout).ok_or(AppError::NotFound)?;
        if let Some((_, reference)) = stored.aggregate.payout(payout).and_then(account_of) {
            let text = self.db().read(|db| personal::find(db, &reference.id))?;
            details.account = text.and_then(|text| Named::read(&text));
        }
        Ok(details)
    }

    /// Open payments at channels of orders placed from `from` until before `before`, oldest first, after the given one.
    pub fn open_payments(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>> {
        let mut after = after.map_or((from, String::new()), |p| (p.since, p.order.to_string()));
        loop {
            let page = self.db().read(|db| order_file::list_unpaid(db, (after.0, &after.1), before, narrow(limit)))?;
            let Some(last) = page.last() else { return Ok(Vec::new()) };
            after = (last.aggregate.placed_at, last.aggregate.order.to_string());
            let open: Vec<_> = page.iter().flat_map(|stored| open_payments_of(&stored.aggregate)).collect();
            if !open.is_empty() {
                return Ok(open);
            }
        }
    }

    /// Does commands of the program and of channels, in as few commits as possible.
    pub fn run_commands(&self, commands: Vec<Command>) -> Vec<std::result::Result<(), EngineError>> {
        let envelopes = commands.into_iter().map(Envelope::program).collect();
        self.engine().commands(envelopes).into_iter().map(|outcome| outcome.map(|_| ())).collect()
    }

    /// Seals every journal that changed since the last seal; how many did.
    pub fn seal_journals(&self) -> Result<i64> {
        let key = self.seal_key()?;
        let sealed: Result<_> =
            self.write(move |tx, now| Ok(seal::seal(tx, now, |text| key.sign(text).as_ref().to_vec())?));
        Ok(sealed?.map_or(0, |seal| seal.size))
    }

    /// The public key of the seals, once there is one.
    pub fn seal_public_key(&self) -> Result<Option<Vec<u8>>> {
        Ok(self.db().read(|db| setting::find(db, SEAL_PUBLIC_KEY))?.and_then(|text| from_hex(&text)))
    }

    /// The platform's key: it signs seals, certificates and packages.
    pub(crate) fn seal_key(&self) -> Result<Ed25519KeyPair> {
        let pair = |seed: &[u8]| Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| AppError::Unavailable);
        if let Some(stored) = self.db().read(|db| setting::find(db, SEAL_KEY))? {
            let (version, ciphertext) = stored.split_once(':').ok_or(AppError::Unavailable)?;
            let key_version = version.parse().map_err(|_| AppError::Unavailable)?;
            let sealed = Sealed { ciphertext: ciphertext.to_owned(), key_version };
            let seed = self.vault().open_record(SEAL_PLACE, &sealed).map_err(|_| AppError::Unavailable)?;
            return pair(seed.expose());
        }
        let seed = self.ids().bytes();
        let key = pair(&seed)?;
        let sealed = self.vault().seal(SEAL_PLACE, &seed).map_err(|_| AppError::Unavailable)?;
        let (text, public) =
            (format!("{}:{}", sealed.key_version, sealed.ciphertext), to_hex(key.public_key().as_ref()));
        let first = self.write(move |tx, now| {
            // Whoever made one at the same moment was first, and there is only one.
            if setting::find(tx, SEAL_KEY)?.is_some() {
                return Ok(false);
            }
            setting::put(tx, SEAL_KEY, &text, now)?;
            setting::put(tx, SEAL_PUBLIC_KEY, &public, now)?;
            Ok(true)
        })?;
        if first { Ok(key) } else { self.seal_key() }
    }

    /// Forgets idempotency keys used before an instant, and what channels were asked on behalf of payers until then.
    pub fn forget_keys(&self, before: Instant) -> Result<usize> {
        self.write(move |tx, _| {
            cashier::forget(tx, before)?;
            Ok(idempotency::forget(tx, before)?)
        })
    }

    /// Removes sessions that have ended, and counts of tries that are over.
    pub fn end_sessions(&self) -> Result<usize> {
        let now = self.clock().real_now();
        self.write(move |tx, _| {
            attempt::forget(tx, now.plus_days(-1))?;
            Ok(session::prune(tx, now)?)
        })
    }
}

fn narrow(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}

fn details(file: &OrderFile, payout: u16) -> Option<PayoutDetails> {
    let payout = file.payout(payout)?;
    let payment = file.payment(payout.destination.payment())?;
    let (PaymentState::Paid { channel_ref, .. } | PaymentState::Extra { channel_ref, .. }) = &payment.state else {
        return None;
    };
    Some(PayoutDetails {
        payment_no: payment.no.clone(),
        payment_ref: channel_ref.clone(),
        amount: Money::new(payout.amount_minor, file.currency),
        total: Money::new(payment.amount_minor, file.currency),
        remits: matches!(payout.destination, Destination::Account { .. }),
        account: None,
        channel_ref: payout.accepted.as_ref().map(|accepted| accepted.channel_ref.clone()).unwrap_or_default(),
        sent_at: payout.sent.then(|| payout.sent_at.unwrap_or(payout.decided_at)),
    })
}

fn open_payments_of(file: &OrderFile) -> impl Iterator<Item = OpenPayment> {
    file.payments.iter().filter_map(|payment| match (&payment.tender, &payment.state) {
        (Tender::Channel { channel }, PaymentState::Open) => Some(OpenPayment {
            since: file.placed_at,
            order: file.order.clone(),
            no: payment.no.clone(),
            channel: channel.clone(),
        }),
        _ => None,
    })
}
