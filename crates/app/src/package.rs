//! Evidence packages (S13): everything about one case, for one recipient, that anybody can check.
//!
//! A package shows what the side it is made for may see, and no more: the maker's rank adds nothing. Sentences and pages
//! come from the caller; what is signed, and by which key, is decided here.

use crate::app::App;
use crate::authorize::Action;
use crate::codes::without_codes;
use crate::decision_view::decision_view;
use crate::errors::{AppError, Result};
use crate::limits::Tried;
use crate::lookup::Lookup;
use crate::paper::{buyer_of, side_of, texts_of, time};
use crate::principal::{Person, Principal};
use crate::views::{CaseView, DecisionView, EvidenceView, PaperView, PolicyView, ThreadView};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use yuanlu_blobs::{Place, Secret};
use yuanlu_domain::event::{Entry, OrderEvent};
use yuanlu_domain::ids::{CaseId, EvidenceId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::remedy::RemedyGround;
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Party, Role};
use yuanlu_paper::certificate::Document;
use yuanlu_paper::hash::hex;
use yuanlu_paper::package::{About, CERTIFICATE, JOURNAL, Opened, TEXTS, VIEWS, Writer};
use yuanlu_paper::proof::{Journal, JournalEntry};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::paper::{self, PACKAGE, Paper};
use yuanlu_storage::{Reader, Stmt, evidence, journal, personal, stock};

/// For whom a package is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// The buyer himself.
    Buyer,
    /// The market regulator's platform 12315.
    Regulator,
    /// 黑猫投诉, which publishes.
    Heimao,
    /// A consumer association.
    Association,
    /// A court.
    Court,
    /// The police.
    Police,
    /// A dispute by the rules of a card scheme.
    Card,
    /// The seller: his own side.
    Seller,
}

impl Variant {
    /// Every variant.
    pub const ALL: [Self; 8] = [
        Self::Buyer,
        Self::Regulator,
        Self::Heimao,
        Self::Association,
        Self::Court,
        Self::Police,
        Self::Card,
        Self::Seller,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Regulator => "12315",
            Self::Heimao => "heimao",
            Self::Association => "association",
            Self::Court => "court",
            Self::Police => "police",
            Self::Card => "card",
            Self::Seller => "seller",
        }
    }

    /// The variant of a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.code() == code)
    }

    /// Whether this side's files, or all, go out as they came. Hidden metadata of others may say where they live.
    fn has_original(self, by: &str) -> bool {
        match self {
            Self::Court | Self::Police => true,
            Self::Buyer => by == "buyer",
            Self::Seller => by == "seller",
            Self::Regulator | Self::Heimao | Self::Association | Self::Card => false,
        }
    }

    /// Whether the log of who looked goes along: it shows access to the goods.
    fn has_views(self) -> bool {
        matches!(self, Self::Court | Self::Police | Self::Card)
    }

    /// Whether texts go out word for word; otherwise what identifies a person in them is masked.
    pub fn is_word_for_word(self) -> bool {
        matches!(self, Self::Buyer | Self::Court | Self::Police)
    }
}

/// The page of a product as it was sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldPage {
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// How to use it.
    pub how_to_use: String,
    /// Version of the page.
    pub version: i64,
}

/// One file of evidence in a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageItem {
    /// Where it lies in the package.
    pub path: String,
    /// What it is.
    pub view: EvidenceView,
    /// It goes out byte for byte as it came; else as a copy without hidden metadata.
    pub original: bool,
}

/// What a package is made of.
#[derive(Clone, Debug)]
pub struct PackageFacts {
    /// What it says about itself.
    pub about: About,
    /// For whom.
    pub variant: Variant,
    /// Fraud is suspected.
    pub fraud: bool,
    /// The amount is over the line of R21.
    pub large: bool,
    /// When it is made.
    pub at: Instant,
    /// The buyer, masked where the recipient need not know; empty for an order without an account.
    pub buyer: String,
    /// The case, as its side sees it.
    pub case: CaseView,
    /// Every decision, the first first.
    pub decisions: Vec<DecisionView>,
    /// The pages as sold.
    pub sold: Vec<SoldPage>,
    /// The policy that the order was placed under.
    pub policy: PolicyView,
    /// What was written.
    pub thread: ThreadView,
    /// Files.
    pub items: Vec<PackageItem>,
    /// The certificate, once a channel has accepted a refund.
    pub certificate: Option<Document>,
    /// The order's journal; none for a seller.
    pub journal: Option<Journal>,
    /// Who looked at the order, where the recipient needs to know.
    pub views: Option<Journal>,
    opened: Vec<Opened>,
    codes: Vec<Secret<String>>,
}

impl PackageFacts {
    /// Free text as the recipient may read it: no code whole, and nothing that identifies a person where that is not due.
    pub fn readable(&self, text: &str) -> String {
        readable(text, self.variant, &self.codes)
    }
}

fn readable(text: &str, variant: Variant, codes: &[Secret<String>]) -> String {
    let text = without_codes(text, codes);
    if variant.is_word_for_word() { text } else { yuanlu_paper::mask(&text) }
}

/// The files that the caller renders: path and content.
pub type Rendered = Vec<(String, Vec<u8>)>;

/// The printable document among them.
pub const PRINT: &str = "package.pdf";

impl App {
    /// Makes a package. `render` answers the files in words; they come first in the archive.
    pub fn make_package<W: Write>(
        &self,
        who: &Principal,
        case: &CaseId,
        variant: Variant,
        fraud: bool,
        out: W,
        render: impl FnOnce(&PackageFacts) -> Result<Rendered>,
    ) -> Result<(W, PaperView)> {
        let (file, side) = self.file_to_export(who, case, variant)?;
        self.limiter().take(Tried::Export, &who.key(), self.clock().real_now())?;
        let facts = self.package_facts(&file, case, variant, fraud, side)?;
        let rendered = render(&facts)?;
        let (out, digest) = self.write_package(&facts, rendered, out).map_err(|error| {
            tracing::warn!(case = %case, error = %error, "a package was not written to its end");
            AppError::Unavailable
        })?;
        let (row, rows) = self.made_package(who, case, &facts, side, digest)?;
        let view = PaperView::from(row);
        self.write(move |tx, _| {
            for row in &rows {
                tx.run(row)?;
            }
            Ok(())
        })?;
        Ok((out, view))
    }

    /// What is kept about a package that was made: the paper, and for staff who made it.
    pub(crate) fn made_package(
        &self,
        who: &Principal,
        case: &CaseId,
        facts: &PackageFacts,
        side: &str,
        digest: String,
    ) -> Result<(Paper, Vec<Stmt>)> {
        let row = Paper {
            id: facts.about.id.clone(),
            case: case.clone(),
            kind: PACKAGE.to_owned(),
            variant: facts.variant.code().to_owned(),
            side: side.to_owned(),
            made_by: who.key(),
            made_at: facts.at,
            digest,
            document: None,
        };
        let detail = serde_json::json!({ "variant": row.variant, "package": row.id, "sha256": row.digest });
        let mut rows = vec![paper::adding(&row)];
        if matches!(side, "staff" | "program") {
            rows.push(self.audit_row(who, "export_case", case.as_str(), detail)?);
        }
        Ok((row, rows))
    }

    /// For whom somebody may make packages of a case.
    pub fn package_variants(&self, who: &Principal, case: &CaseId) -> Result<Vec<Variant>> {
        let (order, _) = case.parts().ok_or(AppError::NotFound)?;
        let file = self.file_for(who, Action::ExportCase, &order)?;
        let side = side_of(who, &file);
        Ok(Variant::ALL.into_iter().filter(|variant| may_make(side, *variant)).collect())
    }

    /// What a package would be made of. Nothing leaves the house yet.
    pub fn preview_package(
        &self,
        who: &Principal,
        case: &CaseId,
        variant: Variant,
        fraud: bool,
    ) -> Result<PackageFacts> {
        let (file, side) = self.file_to_export(who, case, variant)?;
        self.package_facts(&file, case, variant, fraud, side)
    }

    fn file_to_export(&self, who: &Principal, case: &CaseId, variant: Variant) -> Result<(OrderFile, &'static str)> {
        let (order, _) = case.parts().ok_or(AppError::NotFound)?;
        let file = self.file_for(who, Action::ExportCase, &order)?;
        let side = side_of(who, &file);
        if may_make(side, variant) { Ok((file, side)) } else { Err(AppError::Forbidden) }
    }

    pub(crate) fn write_package<W: Write>(
        &self,
        facts: &PackageFacts,
        rendered: Rendered,
        out: W,
    ) -> io::Result<(W, String)> {
        let broken = |_| io::Error::other("a file of the case cannot be opened");
        let mut package = Writer::new(out);
        for (path, content) in rendered {
            package.add(&path, &content)?;
        }
        for item in &facts.items {
            let bytes = self.item_content(item).map_err(broken)?;
            package.add(&item.path, bytes.expose())?;
        }
        if let Some(document) = &facts.certificate {
            package.add(CERTIFICATE, document.text().map_err(io::Error::other)?.as_bytes())?;
        }
        if let Some(journal) = &facts.journal {
            package.add(JOURNAL, &serde_json::to_vec_pretty(journal)?)?;
            package.add(TEXTS, &serde_json::to_vec_pretty(&facts.opened)?)?;
        }
        if let Some(views) = facts.views.as_ref().filter(|views| !views.entries.is_empty()) {
            package.add(VIEWS, &serde_json::to_vec_pretty(views)?)?;
        }
        package.add("verify.html", yuanlu_paper::CHECK_PAGE.as_bytes())?;
        package.finish(&facts.about, &self.seal_key().map_err(|_| io::Error::other("the key cannot be opened"))?)
    }

    fn item_content(&self, item: &PackageItem) -> Result<Secret<Vec<u8>>> {
        let id = EvidenceId::from(item.view.id.as_str());
        if item.original {
            let row = self.db().read(|db| evidence::find(db, &id))?.ok_or(AppError::NotFound)?;
            return self.content(&row.blob);
        }
        Ok(self.open_evidence(&Principal::Program, &id)?.bytes)
    }

    pub(crate) fn package_facts(
        &self,
        file: &OrderFile,
        case: &CaseId,
        variant: Variant,
        fraud: bool,
        side: &'static str,
    ) -> Result<PackageFacts> {
        let eyes = eyes_of(file, variant).ok_or(AppError::NotFound)?;
        let now = self.now();
        let found = file.case(case.parts().ok_or(AppError::NotFound)?.1).ok_or(AppError::NotFound)?;
        let view = self.load_case(&eyes, case)?;
        let policy = self.policy_of(&file.policy)?;
        let large = policy.parameters().is_large(found.claimed_minor);
        let fraud = fraud
            || found.remedies.iter().any(|remedy| remedy.ground == RemedyGround::SellerFraud)
            || found.remedy.as_ref().is_some_and(|remedy| remedy.ground == RemedyGround::SellerFraud);
        let certificate = match self.certificate_by(&eyes, case, Action::ViewCase) {
            Ok(document) => Some(document),
            Err(AppError::NotFound) => None,
            Err(error) => return Err(error),
        };
        let items = items(&view, variant);
        let thread = self.thread(&eyes, &file.order)?;
        let key = self.seal_key()?;
        let (buyer, decisions, sold, journal, views, opened, codes) = self.db().snapshot(|db| {
            let buyer = buyer_of(db, &mut Lookup::default(), file, !variant.is_word_for_word())?;
            let texts = texts_of(db, file.order.as_str())?;
            let decisions = found.decisions.iter().map(|decision| {
                let policy = self.policy_of(&decision.policy)?;
                let words = decision.words.as_ref().and_then(|reference| texts.get(&reference.id).cloned());
                Ok(decision_view(file, found, decision, &policy, words, false))
            });
            let decisions = decisions.collect::<Result<Vec<_>>>()?;
            let sold = sold_pages(db, file)?;
            let journal = self.journal_of(db, Kind::Order, file, &key)?;
            let codes = self.codes_of(db, &journal)?;
            let views = variant.has_views().then(|| self.journal_of(db, Kind::View, file, &key)).transpose()?;
            if variant == Variant::Seller {
                return Ok((buyer, decisions, sold, None, None, Vec::new(), codes));
            }
            let readable = |text: &str| readable(text, variant, &codes) == text;
            let opened = opened(db, file, &journal, &readable, &items)?;
            Ok::<_, AppError>((buyer, decisions, sold, Some(journal), views, opened, codes))
        })?;
        Ok(PackageFacts {
            about: About {
                id: self.ids().paper(),
                variant: variant.code().to_owned(),
                strong: large || fraud,
                made_by: side.to_owned(),
                made_at: time(now),
                platform: self.config().platform_name.clone(),
                url: self.config().public_url.clone(),
                order: file.order.to_string(),
                case: case.to_string(),
            },
            variant,
            fraud,
            large,
            at: now,
            buyer,
            case: view,
            decisions,
            sold,
            policy: self.policy_version(&file.policy)?,
            thread,
            items,
            certificate,
            journal,
            views,
            opened,
            codes,
        })
    }

    /// Every code that was ever issued to the order: none of them leaves the house.
    fn codes_of(&self, db: &Reader<'_>, journal: &Journal) -> Result<Vec<Secret<String>>> {
        let mut codes = Vec::new();
        for entry in &journal.entries {
            let Ok(read) = serde_json::from_str::<Entry<OrderEvent>>(&entry.body) else { continue };
            for event in read.events {
                let (OrderEvent::CodeIssued { stock, .. } | OrderEvent::UnitReplaced { stock, .. }) = event else {
                    continue;
                };
                let Some(row) = stock::find(db, &stock)? else { continue };
                let version = u32::try_from(row.key_version).map_err(|_| AppError::Unavailable)?;
                let place = Place { table: "stock", row: stock.as_str() };
                let opened = self.vault().open_bytes(place, version, &row.ciphertext);
                let opened = opened.map_err(|_| AppError::Unavailable)?;
                codes.push(Secret::new(String::from_utf8_lossy(opened.expose()).into_owned()));
            }
        }
        Ok(codes)
    }

    fn journal_of(
        &self,
        db: &Reader<'_>,
        kind: Kind,
        file: &OrderFile,
        key: &ring::signature::Ed25519KeyPair,
    ) -> Result<Journal> {
        let lines = journal::list(db, kind, file.order.as_str())?;
        let entry = |line: journal::Line| {
            Ok(JournalEntry {
                seq: u64::try_from(line.seq).map_err(|_| AppError::Unavailable)?,
                body: line.body,
                head: line.head,
            })
        };
        Ok(Journal {
            kind: kind.code().to_owned(),
            id: file.order.to_string(),
            entries: lines.into_iter().map(entry).collect::<Result<_>>()?,
            proof: self.inclusion_of(db, kind, file.order.as_str(), key)?,
        })
    }
}

/// A seller has his own side only, and nobody else has it.
fn may_make(side: &str, variant: Variant) -> bool {
    match side {
        "seller" => variant == Variant::Seller,
        "buyer" => variant != Variant::Seller,
        _ => true,
    }
}

/// Whoever sees exactly what the recipient's side may see; nobody for a buyer whom only his own shop knows.
pub(crate) fn eyes_of(file: &OrderFile, variant: Variant) -> Option<Principal> {
    let person = |account, roles, seller| {
        Principal::Person(Person { account, name: String::new(), roles, seller, second_factor: false })
    };
    match (variant, &file.buyer) {
        (Variant::Seller, _) => {
            Some(person("package".into(), BTreeSet::from([Role::Seller]), Some(file.seller.clone())))
        }
        (_, Party::Account(account)) => Some(person(account.clone(), BTreeSet::new(), None)),
        (_, Party::Guest(order)) => Some(Principal::Guest(order.clone())),
        (_, Party::Shop { .. }) => None,
    }
}

fn items(view: &CaseView, variant: Variant) -> Vec<PackageItem> {
    let path = |no: usize, view: &EvidenceView| {
        let ending = match view.media_type.as_str() {
            "image/jpeg" => "jpg",
            "image/png" => "png",
            "image/webp" => "webp",
            "application/pdf" => "pdf",
            "text/plain" => "txt",
            _ => "bin",
        };
        format!("evidence/{no:02}-{}.{ending}", view.kind)
    };
    let item = |(no, view): (usize, &EvidenceView)| PackageItem {
        path: path(no, view),
        view: view.clone(),
        original: variant.has_original(view.by),
    };
    (1..).zip(&view.evidence).map(item).collect()
}

fn sold_pages(db: &Reader<'_>, file: &OrderFile) -> Result<Vec<SoldPage>> {
    let lookup = Lookup::default();
    let page = |item: &yuanlu_domain::event::Item| {
        let page = lookup.page(db, &item.terms)?;
        Ok(SoldPage {
            title: page.title.clone(),
            description: page.description.clone(),
            how_to_use: page.how_to_use.clone(),
            version: item.terms.product_version,
        })
    };
    file.items.iter().map(page).collect()
}

/// The texts and files that the journal names and the recipient may have, each with its salt. What was proposed and taken
/// back, or voted behind closed doors, is not among them; nor is a text that had to be masked.
fn opened(
    db: &Reader<'_>,
    file: &OrderFile,
    journal: &Journal,
    readable: &dyn Fn(&str) -> bool,
    items: &[PackageItem],
) -> Result<Vec<Opened>> {
    let mut named = BTreeMap::new();
    for entry in &journal.entries {
        let Ok(read) = serde_json::from_str::<Entry<OrderEvent>>(&entry.body) else { continue };
        for event in &read.events {
            if !matches!(event, OrderEvent::DecisionProposed { .. } | OrderEvent::PanelVoted { .. }) {
                references(&serde_json::to_value(event).unwrap_or_default(), &mut named);
            }
        }
    }
    let mut opened = Vec::new();
    for text in personal::list_salted(db, Kind::Order, file.order.as_str())? {
        let Some(digest) = named.get(text.id.as_str()) else { continue };
        if readable(&text.content) {
            let (what, salt) = ("text".to_owned(), hex(&text.salt));
            opened.push(Opened { what, salt, text: text.content, digest: digest.clone() });
        }
    }
    let rows = evidence::list(db, &file.order)?;
    for item in items {
        let row = rows.iter().find(|row| row.id.as_str() == item.view.id);
        if let Some(row) = row.filter(|row| named.contains_key(row.id.as_str())) {
            let (salt, text, digest) = (row.salt.clone(), row.sha256.clone(), row.digest.clone());
            let what = if item.original { item.path.clone() } else { format!("original of {}", item.path) };
            opened.push(Opened { what, salt, text, digest });
        }
    }
    Ok(opened)
}

/// Ids and digests of everything that an event names by digest.
fn references(value: &serde_json::Value, into: &mut BTreeMap<String, String>) {
    match value {
        serde_json::Value::Object(fields) => {
            if let (Some(id), Some(digest)) =
                (fields.get("id").and_then(|id| id.as_str()), fields.get("digest").and_then(|digest| digest.as_str()))
            {
                into.insert(id.to_owned(), digest.to_owned());
            }
            fields.values().for_each(|field| references(field, into));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}
