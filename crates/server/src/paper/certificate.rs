//! The refund certificate in words: the same rows on the page and in the PDF.

use super::{Block, print, unprinted, words};
use crate::page::Page;
use yuanlu_app::App;
use yuanlu_app::Result;
use yuanlu_paper::Sheet;
use yuanlu_paper::certificate::{Certificate, Document, PaidOut};

/// An amount with its sign.
pub fn money(currency: &str, amount: &str) -> String {
    match currency {
        "CNY" => format!("¥{amount}"),
        other => format!("{other} {amount}"),
    }
}

/// What a certificate is about, name by name.
pub fn rows(p: &Page, c: &Certificate) -> Vec<(String, String)> {
    let row = |name: &str, value: String| (p.t(&format!("paper.certificate.{name}")).to_owned(), value);
    let sum = |amount: &str| money(&c.currency, amount);
    let buyer = if c.buyer.is_empty() { p.t("paper.certificate.guest").to_owned() } else { c.buyer.clone() };
    let paid = p.say("paper.certificate.paid_at").with("amount", sum(&c.paid)).with("at", &c.paid_at);
    vec![
        row("id", c.id.clone()),
        row("issued", c.issued_at.clone()),
        row("order", c.order.clone()),
        row("case", c.case.clone()),
        row("goods", c.title.clone()),
        row("seller", c.seller.clone()),
        row("buyer", buyer),
        row("paid", paid.into()),
        row("approved", sum(&c.approved)),
        row("fee", sum(&c.fee)),
        row("refunded", sum(&c.refunded)),
    ]
}

/// One sum of it, name by name; empty values are left out.
pub fn payout_rows(p: &Page, c: &Certificate, paid: &PaidOut) -> Vec<(String, String)> {
    let amount = money(&c.currency, &paid.amount);
    let route = match paid.route.as_str() {
        "original" => p.t("paper.route.original"),
        "balance" => p.t("paper.route.balance"),
        _ => p.t("paper.route.other"),
    };
    let state = match paid.state.as_str() {
        "accepted" | "arrived" => p.t(&format!("paper.state.{}", paid.state)).to_owned(),
        other => p.code("payout", other),
    };
    let look = format!("paper.look.{}", paid.channel);
    let look = if p.locale.has(&look) { p.say(&look) } else { p.say("paper.look.other") };
    let look = look.with("amount", &amount).with("platform", &p.platform);
    let row = |name: &str, value: String| (p.t(&format!("paper.certificate.{name}")).to_owned(), value);
    let rows = [
        row("route", route.to_owned()),
        row("channel", p.code("tender", &paid.channel)),
        row("no", paid.no.clone()),
        row("channel_ref", paid.channel_ref.clone()),
        row("state", state),
        row("decided", paid.decided_at.clone()),
        row("accepted", paid.accepted_at.clone()),
        row("arrived", paid.arrived_at.clone()),
        row("expected", if paid.arrived_at.is_empty() { paid.expected_by.clone() } else { String::new() }),
        row("look", look.into()),
    ];
    rows.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The heading of one sum.
pub fn payout_title(p: &Page, c: &Certificate, n: usize, paid: &PaidOut) -> String {
    p.say("paper.certificate.payout").with("n", n).with("amount", money(&c.currency, &paid.amount)).into()
}

/// Whether the record behind it is in the published log already, as a sentence.
pub fn sealed(p: &Page, document: &Document) -> String {
    match &document.proof {
        Some(proof) => {
            let at = yuanlu_domain::time::Instant(proof.seal.at);
            let sentence = p.say("paper.certificate.proved").with("seq", proof.seq).with("n", proof.seal.n);
            sentence.with("at", at.minute_text()).into()
        }
        None => p.t("paper.certificate.unproved").to_owned(),
    }
}

/// The address under which it is checked, as in its QR code.
pub fn check_address(c: &Certificate, document: &Document) -> String {
    format!("{}/check/{}?d={}", c.url, c.id, &document.digest()[..16])
}

/// Its words as blocks of a document.
pub(crate) fn blocks(p: &Page, c: &Certificate, document: &Document) -> Vec<Block> {
    let row = |(name, value)| Block::Row(name, value);
    let mut blocks: Vec<Block> = rows(p, c).into_iter().map(row).collect();
    for (n, paid) in (1..).zip(&c.payouts) {
        blocks.push(Block::Heading(payout_title(p, c, n, paid)));
        blocks.extend(payout_rows(p, c, paid).into_iter().map(row));
    }
    blocks.push(Block::Heading(p.t("paper.certificate.check").to_owned()));
    blocks.push(Block::Text(sealed(p, document)));
    blocks
}

/// Its signed PDF.
pub fn pdf(app: &App, document: &Document) -> Result<Vec<u8>> {
    let c = document.certificate().ok_or(yuanlu_app::AppError::Unavailable)?;
    let p = words(app);
    let foot = p.say("paper.foot").with("platform", &c.platform).with("case", &c.case).with("url", &c.url);
    let mut sheet = Sheet::new(p.t("paper.certificate.title"), &foot.text()).map_err(unprinted)?;
    let under = p.say("paper.certificate.under").with("platform", &c.platform);
    sheet.title(p.t("paper.certificate.title"), &under.text());
    print(&mut sheet, &blocks(&p, &c, document));
    let scan = p.say("paper.certificate.scan").with("url", &c.url).with("id", &c.id).text();
    let offline = p.say("paper.certificate.offline").with("url", &c.url).text();
    let digest = p.say("paper.certificate.digest").with("digest", document.digest()).text();
    let key = p.say("paper.certificate.key").with("key", &document.stamp.key).text();
    sheet.qr(&check_address(&c, document), &[&scan, &offline, &digest, &key]).map_err(unprinted)?;
    sheet.attach("certificate.json", document.text().map_err(|_| yuanlu_app::AppError::Unavailable)?);
    app.sign_print(sheet.print().map_err(unprinted)?)
}
