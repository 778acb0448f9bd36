//! A package or certificate that was changed anywhere is found, and the place is named.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use proptest::prelude::*;
use ring::signature::Ed25519KeyPair;
use std::sync::LazyLock;
use yuanlu_paper::certificate::{self, Certificate, Document, JournalEnd, PaidOut, sign_print};
use yuanlu_paper::hash::{hex, sha256, sha256_hex};
use yuanlu_paper::package::{self, About, Opened, Writer};
use yuanlu_paper::proof::{Inclusion, Journal, JournalEntry};
use yuanlu_paper::seal::{LogHead, Seal};
use yuanlu_paper::{Sheet, merkle, zip};

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

fn sign(text: &str) -> String {
    hex(key().sign(text.as_bytes()).as_ref())
}

fn journal() -> Journal {
    let mut head = sha256(&[b"order:261122ABCDEFGHJK"]);
    let text = Opened { what: "text".into(), salt: "0102".into(), text: "未到账".into(), digest: String::new() };
    let digest = hex(&sha256(&[&[1, 2], text.text.as_bytes()]));
    let bodies = [r#"{"v":1}"#.to_owned(), format!(r#"{{"text":{{"id":"A","digest":"{digest}"}}}}"#)];
    let entries: Vec<JournalEntry> = (1..)
        .zip(bodies)
        .map(|(seq, body)| {
            head = sha256(&[&head, body.as_bytes()]);
            JournalEntry { seq, body, head: hex(&head) }
        })
        .collect();
    let leaf = merkle::leaf(format!("order:261122ABCDEFGHJK:2:{}", hex(&head)).as_bytes());
    let mut seal = Seal { n: 1, at: 1, size: 1, root: hex(&leaf), before: String::new(), signature: String::new() };
    seal.signature = sign(&seal.text());
    let mut log = LogHead { size: 1, root: hex(&merkle::leaf(seal.text().as_bytes())), signature: String::new() };
    log.signature = sign(&log.text());
    let proof = Inclusion {
        kind: "order".into(),
        id: "261122ABCDEFGHJK".into(),
        seq: 2,
        head: hex(&head),
        index: 0,
        path: vec![],
        seal,
        log_path: vec![],
        log,
    };
    Journal { kind: "order".into(), id: "261122ABCDEFGHJK".into(), entries, proof: Some(proof) }
}

fn document() -> Document {
    let text = str::to_owned;
    let journal = journal();
    let certificate = Certificate {
        id: text("ABCDEFGH2345"),
        issued_at: text("2026-11-22 10:00:00 +08:00"),
        platform: text("原路"),
        url: text("https://yuanlu.example"),
        order: text("261122ABCDEFGHJK"),
        case: text("261122ABCDEFGHJK-1"),
        title: text("游戏点卡100元"),
        seller: text("星河点卡"),
        buyer: text("b***r"),
        paid_at: text("2026-11-20 10:00:00 +08:00"),
        paid: text("99.99"),
        currency: text("CNY"),
        approved: text("99.99"),
        fee: text("4.99"),
        refunded: text("95.00"),
        payouts: vec![PaidOut {
            no: text("YL261122ABCDEFGHJKR1"),
            amount: text("95.00"),
            route: text("original"),
            channel: text("alipay"),
            channel_ref: text("2026112222001"),
            state: text("accepted"),
            decided_at: text("2026-11-22 09:00:00 +08:00"),
            accepted_at: text("2026-11-22 09:00:05 +08:00"),
            arrived_at: String::new(),
            expected_by: text("2026-11-24"),
        }],
        journal: JournalEnd { seq: 2, head: journal.entries[1].head.clone() },
    };
    let mut document = Document::sign(&certificate, &key()).unwrap();
    document.proof = journal.proof;
    document
}

fn pdf() -> Vec<u8> {
    let mut sheet = Sheet::new("退款凭证", "原路").unwrap();
    sheet.title("退款凭证", "Refund certificate");
    sheet.row("退款金额", "¥95.00");
    sheet.qr("https://yuanlu.example/check/ABCDEFGH2345", &["扫码核验"]).unwrap();
    sheet.attach("certificate.json", document().text().unwrap());
    sign_print(sheet.print().unwrap(), &key())
}

fn packed() -> Vec<u8> {
    let mut package = Writer::new(Vec::new());
    package.add("目录.txt", "这是目录".as_bytes()).unwrap();
    package.add("evidence/01-receipt.png", &[9; 300]).unwrap();
    package.add("certificate.json", document().text().unwrap().as_bytes()).unwrap();
    package.add("certificate.pdf", &PDF).unwrap();
    package.add("journal.json", &serde_json::to_vec(&journal()).unwrap()).unwrap();
    let digest = hex(&sha256(&[&[1, 2], "未到账".as_bytes()]));
    let opened = [Opened { what: "text".into(), salt: "0102".into(), text: "未到账".into(), digest }];
    package.add("texts.json", &serde_json::to_vec(&opened).unwrap()).unwrap();
    let text = str::to_owned;
    let about = About {
        id: text("PACK"),
        variant: text("12315"),
        strong: false,
        made_by: text("buyer"),
        made_at: text("2026-11-22 10:00:00 +08:00"),
        platform: text("原路"),
        url: text("https://yuanlu.example"),
        order: text("261122ABCDEFGHJK"),
        case: text("261122ABCDEFGHJK-1"),
    };
    package.finish(&about, &key()).unwrap().0
}

static PDF: LazyLock<Vec<u8>> = LazyLock::new(pdf);
static PACKED: LazyLock<Vec<u8>> = LazyLock::new(packed);

#[test]
fn what_was_issued_is_whole() {
    let trusted = document().stamp.key;
    let (report, about) = package::check(&PACKED, Some(&trusted));
    assert_eq!(report.findings, []);
    assert_eq!((report.files, report.entries, report.proofs), (7, 2, 3));
    assert_eq!(about.unwrap().variant, "12315");
    for bytes in [PDF.clone(), document().text().unwrap().into_bytes()] {
        let (report, read) = certificate::check(&bytes, Some(&trusted));
        assert_eq!((report.findings, report.proofs), (vec![], 1));
        assert_eq!(read.unwrap().certificate().unwrap().refunded, "95.00");
    }
    assert_eq!(package::check(&PACKED, Some(&sha256_hex(b"x"))).0.findings[0].code, "foreign_key");
}

#[test]
fn every_field_of_a_certificate_that_was_changed_is_named() {
    let issued = document();
    for field in issued.certificate.keys() {
        let mut changed = issued.clone();
        changed.certificate[field] = "else".into();
        let (report, _) = certificate::check(changed.text().unwrap().as_bytes(), None);
        assert!(
            report.findings.iter().any(|f| f.place == format!("certificate.{field}") && f.code == "changed"),
            "{field}"
        );
        let mut taken = issued.clone();
        taken.certificate.remove(field);
        let (report, _) = certificate::check(taken.text().unwrap().as_bytes(), None);
        assert!(
            report.findings.iter().any(|f| f.place == format!("certificate.{field}") && f.code == "missing"),
            "{field}"
        );
    }
    let mut added = issued.clone();
    added.certificate.insert("note".into(), "else".into());
    assert_eq!(certificate::check(added.text().unwrap().as_bytes(), None).0.findings[0].place, "certificate.note");
    let mut forged = issued.clone();
    let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    forged.stamp = Document::sign(&issued.certificate().unwrap(), &other).unwrap().stamp;
    let (report, _) = certificate::check(forged.text().unwrap().as_bytes(), Some(&issued.stamp.key));
    assert!(report.findings.iter().any(|f| f.code == "foreign_key"), "signed anew with another key");
}

#[test]
fn files_taken_away_added_or_put_twice_are_named() {
    let archive = zip::read(&PACKED).unwrap();
    let again = |keep: &dyn Fn(&str) -> bool, extra: &[&str]| {
        let mut writer = zip::Writer::new(Vec::new());
        for file in archive.files.iter().filter(|file| keep(file.name)) {
            writer.add(file.name, file.content).unwrap();
        }
        for name in extra {
            writer.add(name, b"x").unwrap();
        }
        let bytes = writer.finish().unwrap();
        package::check(&bytes, None).0.findings.iter().map(|f| format!("{} {}", f.code, f.place)).collect::<Vec<_>>()
    };
    assert_eq!(again(&|name| name != "evidence/01-receipt.png", &[]), ["missing evidence/01-receipt.png"]);
    assert_eq!(again(&|_| true, &["evidence/02.png"]), ["unlisted evidence/02.png"]);
    assert_eq!(again(&|_| true, &["目录.txt"]), ["unlisted 目录.txt"]);
    assert_eq!(again(&|name| name != "manifest.json", &[]), ["missing manifest.json"]);
}

#[test]
fn a_journal_that_was_rewritten_names_its_first_bad_entry() {
    let mut journal = journal();
    assert_eq!(journal.first_bad(), None);
    journal.entries[1].body.push(' ');
    assert_eq!(journal.first_bad(), Some(2));
    journal.entries.remove(0);
    assert_eq!(journal.first_bad(), Some(1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_changed_byte_of_a_package_is_found_and_its_file_named(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let at = at.index(PACKED.len());
        let mut bytes = PACKED.clone();
        bytes[at] ^= flip;
        let (report, _) = package::check(&bytes, None);
        prop_assert!(!report.is_whole(), "byte {at}");
        let start = PACKED.as_ptr() as usize;
        let archive = zip::read(&PACKED).unwrap();
        let hit = archive.files.iter().find(|file| {
            let from = file.content.as_ptr() as usize - start;
            (from..from + file.content.len()).contains(&at)
        });
        if let Some(file) = hit {
            prop_assert!(report.findings.iter().any(|f| f.place.starts_with(file.name)), "{}: {:?}", file.name, report.findings);
        }
    }

    #[test]
    fn a_package_cut_short_or_lengthened_is_found(at in any::<prop::sample::Index>(), more in prop::collection::vec(any::<u8>(), 1..20)) {
        let cut = at.index(PACKED.len());
        prop_assert!(!package::check(&PACKED[..cut], None).0.is_whole());
        let longer = [PACKED.as_slice(), &more].concat();
        prop_assert!(!package::check(&longer, None).0.is_whole());
    }

    #[test]
    fn any_changed_byte_of_a_printed_certificate_is_found(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let at = at.index(PDF.len());
        let mut bytes = PDF.clone();
        bytes[at] ^= flip;
        prop_assert!(!certificate::check(&bytes, None).0.is_whole(), "byte {at}");
    }

    #[test]
    fn nothing_breaks_on_anything(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!package::check(&bytes, None).0.is_whole());
        prop_assert!(!certificate::check(&bytes, None).0.is_whole());
    }
}
