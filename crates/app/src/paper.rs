//! What anybody can check outside: the published log of seals, and the refund certificate (退款凭证).

use crate::app::App;
use crate::authorize::Action;
use crate::case_view::Texts;
use crate::errors::{AppError, Result};
use crate::lookup::Lookup;
use crate::order_view::{masked_name, permit};
use crate::payout_view::payout_view;
use crate::principal::Principal;
use crate::views::PaperView;
use yuanlu_domain::case::Case;
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::CaseId;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::{Destination, Payout, PayoutState};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_paper::certificate::{Certificate, Document, JournalEnd, PaidOut, sign_print};
use yuanlu_paper::hash::hex;
use yuanlu_paper::proof::Inclusion;
use yuanlu_paper::seal::{Consistency, Log, LogHead, Seal};
use yuanlu_storage::aggregate::{Kind, Stored};
use yuanlu_storage::paper::{self, CERTIFICATE, Paper};
use yuanlu_storage::{Read, Reader, StorageError, merkle, order_file, seal};

const MOST_PAPERS: u32 = 100;

/// A certificate that was found by its short id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCertificate {
    /// What it says, as signed.
    pub document: Document,
    /// The newer one, where the refund has gone on since.
    pub superseded_by: Option<String>,
    /// It does not say how things stand now: money has arrived since, or came back.
    pub outdated: bool,
}

impl App {
    /// The published log: every seal, and its signed head.
    pub fn transparency(&self) -> Result<Log> {
        let key = self.seal_key()?;
        let seals: Vec<Seal> =
            self.db().read(|db| seal::list(db))?.into_iter().map(published).collect::<Result<_>>()?;
        let head = (!seals.is_empty()).then(|| log_head(&key, &seals));
        Ok(Log { key: hex(&yuanlu_paper::stamp::Sign::public_key(&key)), head, seals })
    }

    /// That the log as it is, or as it was at `new` seals, only adds to the log of `old` seals.
    pub fn log_consistency(&self, old: u64, new: Option<u64>) -> Result<Consistency> {
        let log = self.transparency()?;
        let new = new.unwrap_or(log.seals.len() as u64);
        if old == 0 || old > new || new > log.seals.len() as u64 {
            return Err(AppError::invalid("from", "unknown"));
        }
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let key = self.seal_key()?;
        let texts: Vec<String> = log.seals[..size(new)].iter().map(Seal::text).collect();
        Ok(Consistency {
            old: log_head(&key, &log.seals[..size(old)]),
            new: log_head(&key, &log.seals[..size(new)]),
            path: merkle::consistency(&texts, size(old)).iter().map(|step| hex(step)).collect(),
        })
    }

    /// The certificate of a case, from the moment on at which a channel has accepted a refund; issued anew when the refund
    /// has gone on.
    pub fn certificate(&self, who: &Principal, case: &CaseId) -> Result<Document> {
        self.certificate_by(who, case, Action::ViewCase)
    }

    pub(crate) fn certificate_by(&self, who: &Principal, case: &CaseId, action: Action) -> Result<Document> {
        let (order, ordinal) = case.parts().ok_or(AppError::NotFound)?;
        let now = self.now();
        let key = self.seal_key()?;
        let (fresh, known, proof, side) = self.db().snapshot(|db| {
            let stored = order_file::find(db, &order)?.ok_or(AppError::NotFound)?;
            permit(who, action, &crate::order_view::object(&stored.aggregate))?;
            let found = stored.aggregate.case(ordinal).ok_or(AppError::NotFound)?;
            let fresh = self.certificate_now(db, &stored, found, now)?.ok_or(AppError::NotFound)?;
            let known = paper::last(db, case, CERTIFICATE)?;
            let side = side_of(who, &stored.aggregate);
            Ok::<_, AppError>((fresh, known, self.inclusion(db, order.as_str(), &key)?, side))
        })?;
        // The newest is the last by its time, whatever the clock does.
        let now = known.as_ref().map_or(now, |known| now.max(known.made_at.plus_micros(1)));
        let known = known.and_then(|known| known.document);
        if let Some(mut document) = known.and_then(|text| Document::parse(text.as_bytes()))
            && let Some(before) = document.certificate()
            && says_the_same(&before, &fresh)
        {
            document.proof = proof.clone().filter(|proof| is_at(proof, &before.journal));
            let now_provable = proof.as_ref().is_some_and(|proof| is_at(proof, &fresh.journal));
            if document.proof.is_some() || !now_provable {
                return Ok(document);
            }
        }
        let issued = Certificate { id: self.ids().paper(), issued_at: time(now), ..fresh };
        let mut document = Document::sign(&issued, &key).map_err(|_| AppError::Unavailable)?;
        let row = Paper {
            id: issued.id.clone(),
            case: case.clone(),
            kind: CERTIFICATE.to_owned(),
            variant: String::new(),
            side: side.to_owned(),
            made_by: who.key(),
            made_at: now,
            digest: document.digest(),
            document: Some(document.text().map_err(|_| AppError::Unavailable)?),
        };
        document.proof = proof.filter(|proof| is_at(proof, &issued.journal));
        self.write(move |tx, _| Ok(paper::insert(tx, &row)?))?;
        Ok(document)
    }

    /// Signs printed pages of a certificate: what stands on them cannot be changed unseen.
    pub fn sign_print(&self, pdf: Vec<u8>) -> Result<Vec<u8>> {
        Ok(sign_print(pdf, &self.seal_key()?))
    }

    /// A certificate by the short id that stands on it. Whoever has the id has the paper.
    pub fn find_certificate(&self, id: &str) -> Result<FoundCertificate> {
        let id: String = id.chars().filter(char::is_ascii_alphanumeric).take(32).collect::<String>().to_uppercase();
        let key = self.seal_key()?;
        self.db().snapshot(|db| {
            let found = paper::find(db, &id)?.filter(|found| found.kind == CERTIFICATE).ok_or(AppError::NotFound)?;
            let text = found.document.ok_or(AppError::NotFound)?;
            let mut document = Document::parse(text.as_bytes()).ok_or(AppError::Unavailable)?;
            if let Some(says) = document.certificate() {
                let proof = self.inclusion(db, &says.order, &key)?;
                document.proof = proof.filter(|proof| is_at(proof, &says.journal));
            }
            let last = paper::last(db, &found.case, CERTIFICATE)?.map(|last| last.id);
            let outdated = self.is_outdated(db, &found.case, &document)?;
            Ok(FoundCertificate { document, superseded_by: last.filter(|last| *last != id), outdated })
        })
    }

    /// Certificates and packages of a case, the newest first: each with who had it made.
    pub fn list_papers(&self, who: &Principal, case: &CaseId) -> Result<Vec<PaperView>> {
        let (order, _) = case.parts().ok_or(AppError::NotFound)?;
        self.file_for(who, Action::ExportCase, &order)?;
        let staff = crate::order_view::may(who, Action::ViewQueue, &crate::authorize::Object::Nothing);
        let papers = self.db().read(|db| paper::list(db, case, MOST_PAPERS))?;
        let seen = papers.into_iter().filter(|paper| staff || paper.made_by == who.key());
        Ok(seen.map(PaperView::from).collect())
    }

    fn is_outdated(&self, db: &Reader<'_>, case: &CaseId, document: &Document) -> Result<bool> {
        let (Some((order, ordinal)), Some(says)) = (case.parts(), document.certificate()) else { return Ok(true) };
        let Some(stored) = order_file::find(db, &order)? else { return Ok(true) };
        let Some(found) = stored.aggregate.case(ordinal) else { return Ok(true) };
        let fresh = self.certificate_now(db, &stored, found, self.now())?;
        Ok(fresh.is_none_or(|fresh| !says_the_same(&says, &fresh)))
    }

    fn certificate_now(
        &self,
        db: &Reader<'_>,
        stored: &Stored<OrderFile>,
        case: &Case,
        now: Instant,
    ) -> Result<Option<Certificate>> {
        let file = &stored.aggregate;
        let payouts: Vec<PaidOut> =
            file.payouts_of(case.ordinal).filter(|p| is_on_its_way(p)).map(|p| paid_out(file, p)).collect();
        if payouts.is_empty() {
            return Ok(None);
        }
        let mut lookup = Lookup::default();
        let view = self.order_view(db, &mut lookup, &Principal::Program, file, None, now)?;
        let summary = self.case_summaries(db, &mut lookup, &Principal::Program, file, now)?;
        let title = summary.into_iter().find(|row| row.case == file.case_id(case.ordinal).to_string());
        let money = |minor| Money::new(minor, file.currency).to_string();
        Ok(Some(Certificate {
            id: String::new(),
            issued_at: String::new(),
            platform: self.config().platform_name.clone(),
            url: self.config().public_url.clone(),
            order: file.order.to_string(),
            case: file.case_id(case.ordinal).to_string(),
            title: title.map(|row| row.title).unwrap_or_default(),
            seller: view.seller.name,
            buyer: buyer_of(db, &mut lookup, file, true)?,
            paid_at: view.paid_at.map(|at| time(*at)).unwrap_or_default(),
            paid: view.total.text,
            currency: file.currency.code().to_owned(),
            approved: money(case.approved_minor()),
            fee: money(case.fee_minor()),
            refunded: money(case.net_minor()),
            payouts,
            journal: JournalEnd {
                seq: u64::try_from(stored.head.version).unwrap_or_default(),
                head: hex(&stored.head.hash),
            },
        }))
    }

    /// Where the journal of an order was sealed last.
    pub(crate) fn inclusion(
        &self,
        db: &impl Read,
        order: &str,
        key: &ring::signature::Ed25519KeyPair,
    ) -> Result<Option<Inclusion>> {
        self.inclusion_of(db, Kind::Order, order, key)
    }

    /// Where any journal was sealed last.
    pub(crate) fn inclusion_of(
        &self,
        db: &impl Read,
        kind: Kind,
        id: &str,
        key: &ring::signature::Ed25519KeyPair,
    ) -> Result<Option<Inclusion>> {
        let Some(found) = seal::inclusion(db, kind, id)? else { return Ok(None) };
        let steps = |path: &[merkle::Hash]| path.iter().map(|step| hex(step)).collect();
        Ok(Some(Inclusion {
            kind: found.leaf.kind.code().to_owned(),
            id: found.leaf.aggregate_id,
            seq: u64::try_from(found.leaf.seq).map_err(|_| AppError::Unavailable)?,
            head: found.leaf.head,
            index: found.index,
            path: steps(&found.path),
            seal: published(found.seal)?,
            log_path: steps(&found.log_path),
            log: signed_head(key, found.log_size, hex(&found.log_root)),
        }))
    }
}

/// On which side of an order somebody stands, as a word.
pub(crate) fn side_of(who: &Principal, file: &OrderFile) -> &'static str {
    match who {
        Principal::Program => "program",
        _ if who.party().as_ref() == Some(&file.buyer) => "buyer",
        Principal::Person(person) if person.seller.as_ref() == Some(&file.seller) => "seller",
        _ => "staff",
    }
}

/// The buyer's name, masked for those who need not know it; empty for an order without an account.
pub(crate) fn buyer_of(db: &impl Read, lookup: &mut Lookup, file: &OrderFile, masked: bool) -> Result<String> {
    let Some(account) = file.buyer.account() else { return Ok(String::new()) };
    let name = lookup.login(db, account)?;
    Ok(if masked { masked_name(&name) } else { name })
}

/// To the second, in Shanghai.
pub(crate) fn time(at: Instant) -> String {
    let local = at.local();
    format!("{} {:02}:{:02}:{:02} +08:00", at.date_text(), local.hour(), local.minute(), local.second())
}

/// The texts of a file that were not erased.
pub(crate) fn texts_of(db: &impl Read, order: &str) -> Result<Texts> {
    Ok(yuanlu_storage::personal::list(db, Kind::Order, order)?.into_iter().collect())
}

fn is_on_its_way(payout: &Payout) -> bool {
    payout.accepted.is_some() || matches!(payout.state, PayoutState::Arrived { .. })
}

fn paid_out(file: &OrderFile, payout: &Payout) -> PaidOut {
    let view = payout_view(&Principal::Program, file, payout);
    let paid_by_balance =
        file.payment(payout.destination.payment()).is_some_and(|paid| matches!(paid.tender, Tender::Balance { .. }));
    let original = match payout.destination {
        Destination::Original { .. } => true,
        Destination::Balance { .. } => paid_by_balance,
        _ => false,
    };
    PaidOut {
        no: view.no,
        amount: view.amount.text,
        route: if original { "original".to_owned() } else { view.to.clone() },
        channel: view.to,
        channel_ref: view.channel_ref.unwrap_or_default(),
        state: match (&payout.state, &payout.accepted) {
            (PayoutState::Arrived { .. }, _) => "arrived",
            (PayoutState::Due { .. } | PayoutState::Calling { .. }, Some(_)) => "accepted",
            _ => view.state,
        }
        .to_owned(),
        decided_at: time(payout.decided_at),
        accepted_at: payout.accepted.as_ref().map(|accepted| time(accepted.at)).unwrap_or_default(),
        arrived_at: view.arrived_at.map(|at| time(*at)).unwrap_or_default(),
        expected_by: payout.expected.last_instant().date_text(),
    }
}

fn says_the_same(before: &Certificate, fresh: &Certificate) -> bool {
    let bare = |one: &Certificate| {
        let journal = JournalEnd { seq: 0, head: String::new() };
        Certificate { id: String::new(), issued_at: String::new(), journal, ..one.clone() }
    };
    bare(before) == bare(fresh)
}

fn is_at(proof: &Inclusion, end: &JournalEnd) -> bool {
    proof.seq == end.seq && proof.head == end.head
}

fn published(seal: seal::Seal) -> Result<Seal> {
    let wrong = |_| AppError::from(StorageError::inconsistent("seal", seal.n.to_string()));
    Ok(Seal {
        n: u64::try_from(seal.n).map_err(wrong)?,
        at: seal.at.micros(),
        size: u64::try_from(seal.size).map_err(wrong)?,
        root: seal.root,
        before: seal.before,
        signature: seal.signature,
    })
}

fn log_head(key: &ring::signature::Ed25519KeyPair, seals: &[Seal]) -> LogHead {
    let texts: Vec<String> = seals.iter().map(Seal::text).collect();
    signed_head(key, texts.len() as u64, yuanlu_paper::seal::root(&texts))
}

fn signed_head(key: &ring::signature::Ed25519KeyPair, size: u64, root: String) -> LogHead {
    let mut head = LogHead { size, root, signature: String::new() };
    head.signature = hex(key.sign(head.text().as_bytes()).as_ref());
    head
}
