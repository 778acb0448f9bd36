//! The refund certificate (退款凭证): what the platform says about money it sent back, signed.
//!
//! It travels as JSON or as a PDF that carries the same JSON inside. The PDF ends with a signed line over every byte
//! before it, so that its printed pages cannot say anything else.

use crate::canonical::{self, Unfit};
use crate::finding::Report;
use crate::hash::sha256_hex;
use crate::proof::Inclusion;
use crate::stamp::{self, Sign, Stamp, fits};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const WHAT: &str = "certificate";
const PRINT_LINE: &str = "\n%yuanlu-print ";

/// What a certificate says. Times are in Shanghai, amounts in the order's currency; persons appear masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Its short id, under which the platform shows it.
    pub id: String,
    /// When it was issued.
    pub issued_at: String,
    /// Who issued it.
    pub platform: String,
    /// Where the platform is.
    pub url: String,
    /// Order number.
    pub order: String,
    /// Case number.
    pub case: String,
    /// What was bought.
    pub title: String,
    /// Whose goods.
    pub seller: String,
    /// The buyer, masked; empty for an order without an account.
    pub buyer: String,
    /// When the order was paid.
    pub paid_at: String,
    /// What was paid.
    pub paid: String,
    /// Currency code.
    pub currency: String,
    /// What was approved, fee included.
    pub approved: String,
    /// The fee kept of it.
    pub fee: String,
    /// What goes back.
    pub refunded: String,
    /// The sums it goes back in.
    pub payouts: Vec<PaidOut>,
    /// Where the order's journal stood.
    pub journal: JournalEnd,
}

/// One sum on its way or arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaidOut {
    /// The platform's refund number.
    pub no: String,
    /// How much.
    pub amount: String,
    /// `original`, `balance`, or another route by consent.
    pub route: String,
    /// The channel's id; `balance` for the platform's balance.
    pub channel: String,
    /// The channel's own refund number; empty where there is none.
    pub channel_ref: String,
    /// `accepted`, `arrived`, or another stable code.
    pub state: String,
    /// When it was decided.
    pub decided_at: String,
    /// When the channel accepted it; empty where it was paid at once.
    pub accepted_at: String,
    /// When it arrived; empty while it has not.
    pub arrived_at: String,
    /// By when it is expected.
    pub expected_by: String,
}

/// Where a journal stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalEnd {
    /// Number of its last entry.
    pub seq: u64,
    /// Hash of its chain there, hex.
    pub head: String,
}

/// A certificate as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// `certificate`.
    pub yuanlu: String,
    /// Version of this form.
    pub v: u32,
    /// What it says, as signed.
    pub certificate: Map<String, Value>,
    /// Digests, key and signature.
    pub stamp: Stamp,
    /// Where the journal's end stands in the published log, once it was sealed.
    #[serde(default)]
    pub proof: Option<Inclusion>,
}

impl Document {
    /// Signs a certificate.
    ///
    /// # Errors
    /// Never for a certificate; a number that is not whole would be one.
    pub fn sign(certificate: &Certificate, by: &impl Sign) -> Result<Self, Unfit> {
        let Ok(Value::Object(fields)) = serde_json::to_value(certificate) else { return Err(Unfit) };
        let stamp = stamp::stamp(WHAT, &fields, by)?;
        Ok(Self { yuanlu: WHAT.to_owned(), v: 1, certificate: fields, stamp, proof: None })
    }

    /// Its JSON, in the one canonical spelling.
    ///
    /// # Errors
    /// As for [`Document::sign`].
    pub fn text(&self) -> Result<String, Unfit> {
        canonical::of(self)
    }

    /// Reads one.
    pub fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok().filter(|read: &Self| read.yuanlu == WHAT && read.v == 1)
    }

    /// What it says.
    pub fn certificate(&self) -> Option<Certificate> {
        serde_json::from_value(Value::Object(self.certificate.clone())).ok()
    }

    /// SHA-256 (hex) over its signature: what a QR code names it by.
    pub fn digest(&self) -> String {
        sha256_hex(self.stamp.signature.as_bytes())
    }

    /// Notes what is not as issued.
    pub fn check(&self, trusted: Option<&str>, report: &mut Report) {
        self.stamp.check(WHAT, &self.certificate, trusted, report);
        let Some(proof) = &self.proof else { return };
        let end = self.certificate().map(|certificate| (certificate.order, certificate.journal));
        let about = end.is_some_and(|(order, end)| {
            proof.kind == "order" && proof.id == order && proof.seq == end.seq && proof.head == end.head
        });
        if about && proof.holds(&self.stamp.key) {
            report.proofs += 1;
        } else {
            report.find("proof", WHAT);
        }
    }
}

/// Ends a PDF with the signed line over all of its bytes.
pub fn sign_print(mut pdf: Vec<u8>, by: &impl Sign) -> Vec<u8> {
    let sha256 = sha256_hex(&pdf);
    let signature = crate::hash::hex(&by.sign(print_text(&sha256).as_bytes()));
    let key = crate::hash::hex(&by.public_key());
    let line = json!({ "key": key, "sha256": sha256, "signature": signature });
    let line = canonical::text(&line).unwrap_or_default();
    pdf.extend(format!("{PRINT_LINE}{line}\n").into_bytes());
    pdf
}

fn print_text(sha256: &str) -> String {
    format!("yuanlu print\n{sha256}\n")
}

/// Checks a certificate, JSON or PDF; answers what it says, where it can be read at all.
pub fn check(bytes: &[u8], trusted: Option<&str>) -> (Report, Option<Document>) {
    let mut report = Report { files: 1, ..Report::default() };
    let document = if bytes.starts_with(b"%PDF-") { inside(bytes) } else { Document::parse(bytes) };
    match &document {
        Some(document) => document.check(trusted, &mut report),
        None => report.find("unreadable", WHAT),
    }
    if bytes.starts_with(b"%PDF-") && !print_holds(bytes, document.as_ref().map(|d| d.stamp.key.as_str())) {
        report.find("print", "PDF");
    }
    (report, document)
}

/// The JSON that a PDF carries.
fn inside(pdf: &[u8]) -> Option<Document> {
    let start = find(pdf, b"{\"certificate\":{")?;
    let value = serde_json::Deserializer::from_slice(&pdf[start..]).into_iter::<Value>().next()?.ok()?;
    serde_json::from_value(value).ok().filter(|read: &Document| read.yuanlu == WHAT && read.v == 1)
}

/// Whether the signed line at the end of a PDF is whole and fits every byte before it.
pub fn print_holds(pdf: &[u8], key: Option<&str>) -> bool {
    let mark = PRINT_LINE.as_bytes();
    let Some(at) = pdf.windows(mark.len()).rposition(|window| window == mark) else { return false };
    let (before, line) = (&pdf[..at], &pdf[at + mark.len()..]);
    let Ok(read) = serde_json::from_slice::<Value>(line) else { return false };
    let text = |name: &str| read[name].as_str().unwrap_or_default().to_owned();
    let (sha256, signer) = (text("sha256"), text("key"));
    canonical::text(&read).is_ok_and(|spelt| line == format!("{spelt}\n").as_bytes())
        && key.is_none_or(|key| key == signer)
        && sha256 == sha256_hex(before)
        && fits(&signer, &print_text(&sha256), &text("signature"))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
