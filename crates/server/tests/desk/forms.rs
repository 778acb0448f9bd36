//! Every form that people of each role can reach is sent empty and sent nonsense. What is refused is shown again with what
//! was typed, with a summary, and with the same sentence beside the field it is about.

use super::house::{House, PNG, Somebody};
use super::{CARD, but, card_on_sale};
use std::collections::BTreeSet;
use yuanlu_app::inputs::{AnswersInput, InviteInput, OrganisationInput, RejectInput};
use yuanlu_app::views::OrderView;
use yuanlu_domain::ids::CaseId;

const NONSENSE: &str = "<nonsense> & \"more\"";
const NONSENSE_KEPT: &str = "&#60;nonsense&#62;";
/// What ends the session, or takes away a role where nothing is chosen.
const NOT_THESE: &[&str] = &["/logout", "/roles", "/account/language", "/account/revoke", "/account/notices"];
/// Most pages that are looked at for one person.
const MOST_PAGES: usize = 120;

/// A form as a page shows it.
#[derive(Debug)]
struct Form {
    page: String,
    action: String,
    files: bool,
    /// Name, kind, and the value that a browser would send if nothing was done.
    fields: Vec<(String, Kind, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Typed,
    Secret,
    Chosen,
    Hidden,
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split_once(&format!(" {name}=\""))?.1;
    Some(decoded(rest.split('"').next()?))
}

fn decoded(text: &str) -> String {
    text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&amp;", "&").replace("&#38;", "&")
}

fn forms(page: &str, html: &str) -> Vec<Form> {
    let each = html.split("<form ").skip(1).filter_map(|part| {
        let (head, rest) = part.split_once('>')?;
        let head = format!(" {head}");
        if attribute(&head, "method").as_deref() != Some("post") {
            return None;
        }
        let action = attribute(&head, "action").unwrap_or_else(|| page.split('?').next().unwrap().to_owned());
        let body = rest.split("</form>").next()?;
        let mut fields: Vec<(String, Kind, String)> = Vec::new();
        for tag in body.split('<').skip(1).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag) {
            let Some(name) = attribute(tag, "name") else { continue };
            let value = attribute(tag, "value").unwrap_or_default();
            let kind = match (tag.split(' ').next().unwrap(), attribute(tag, "type").as_deref()) {
                ("textarea", _) => Kind::Typed,
                ("select", _) => Kind::Chosen,
                ("input", Some("hidden")) => Kind::Hidden,
                ("input", Some("file" | "checkbox" | "submit")) => continue,
                ("input", Some("radio")) => Kind::Chosen,
                ("input", Some("password")) => Kind::Secret,
                ("input", _) if attribute(tag, "autocomplete").as_deref() == Some("one-time-code") => Kind::Secret,
                ("input", _) => Kind::Typed,
                _ => continue,
            };
            if kind != Kind::Chosen || !fields.iter().any(|(known, ..)| *known == name) {
                fields.push((name, kind, value));
            }
        }
        let files = attribute(&head, "enctype").is_some();
        Some(Form { page: page.to_owned(), action, files, fields })
    });
    each.collect()
}

fn links(html: &str) -> impl Iterator<Item = String> {
    let all = html.split(" href=\"/").skip(1).filter_map(|rest| rest.split('"').next());
    all.map(|rest| decoded(&format!("/{rest}")).split('#').next().unwrap().to_owned())
}

/// Goes through the pages that somebody can reach from one, and gives every form on them.
async fn reached(house: &House, who: Option<&Somebody>, from: &[&str]) -> Vec<Form> {
    let (mut found, mut seen): (Vec<Form>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    let (mut known, mut wait) = (BTreeSet::new(), from.iter().map(ToString::to_string).collect::<Vec<_>>());
    while let Some(path) = wait.pop().filter(|_| known.len() < MOST_PAGES) {
        let file = [".csv", ".pdf", ".json", ".zip", ".css", ".svg"].iter().any(|end| path.contains(end));
        let switch = ["lang=", "theme=", "/evidence", "/assets"].iter().any(|part| path.contains(part));
        if file || switch || !known.insert(path.clone()) {
            continue;
        }
        let page = house.get(who, &path).await;
        if page.status != 200 {
            continue;
        }
        wait.splice(0..0, links(&page.body));
        let new = forms(&path, &page.body).into_iter();
        let new = new.filter(|form| !NOT_THESE.iter().any(|end| form.action.ends_with(end)));
        let asks = |form: &Form| form.fields.iter().any(|(_, kind, _)| *kind != Kind::Hidden);
        found.extend(new.filter(|form| asks(form) && seen.insert(form.action.clone())));
    }
    found
}

/// Sends a form with these words in every field that is typed into, and looks at what comes back. Whether it was refused.
/// A browser may keep to itself on which page the form stood.
async fn sent(house: &House, who: Option<&Somebody>, form: &Form, words: &str, says_page: bool) -> bool {
    // Forms that were taken before may have left nothing to do here.
    let page = house.get(who, &form.page).await;
    if !forms(&form.page, &page.body).iter().any(|one| one.action == form.action) {
        return false;
    }
    let typed = form.fields.iter().map(|(name, kind, value)| match kind {
        Kind::Hidden => (name.as_str(), value.as_str()),
        Kind::Chosen => (name.as_str(), if words.is_empty() { "" } else { "nothing_like_it" }),
        Kind::Typed | Kind::Secret => (name.as_str(), words),
    });
    let fields: Vec<_> = typed.collect();
    let page = says_page.then_some(form.page.as_str());
    let reply = house.post_from(who, page, &form.action, &fields, form.files.then_some(&[][..])).await;
    let about = || format!("{} from {} ({page:?}): {}\n{}", form.action, form.page, reply.status, reply.body);
    assert!(!reply.status.is_server_error(), "{}", about());
    if !matches!(reply.status.as_u16(), 401 | 409 | 413 | 422) {
        return false;
    }
    assert!(reply.body.contains("id=\"summary\""), "no summary: {}", about());
    if let Some(field) = reply.body.split("data-wrong=\"").nth(1).and_then(|rest| rest.split('"').next()) {
        let beside = reply.body.matches(&format!("id=\"wrong-{field}\"")).count();
        assert!(beside > 0, "nothing beside {field}: {}", about());
        let sentence = reply.body.split(&format!("<a href=\"#wrong-{field}\">")).nth(1).unwrap();
        let sentence = sentence.split("</a>").next().unwrap();
        assert!(reply.body.matches(sentence).count() > 1, "`{sentence}` once only: {}", about());
    }
    let keeps = form.fields.iter().any(|(_, kind, _)| *kind == Kind::Typed);
    assert!(words.is_empty() || !keeps || reply.body.contains(NONSENSE_KEPT), "forgot what was typed: {}", about());
    true
}

/// Each form empty and with nonsense; the addresses of those that were refused.
async fn refused(house: &House, who: Option<&Somebody>, from: &[&str]) -> BTreeSet<String> {
    let mut refused = BTreeSet::new();
    for form in reached(house, who, from).await {
        for (words, says_page) in [("", true), (NONSENSE, true), (NONSENSE, false)] {
            if sent(house, who, &form, words, says_page).await {
                refused.insert(form.action.clone());
            }
        }
    }
    refused
}

struct Town {
    house: House,
    seller: Somebody,
    buyer: Somebody,
    product: String,
    order: OrderView,
    case: CaseId,
}

/// A house in which something goes on everywhere.
async fn town() -> Town {
    let house = House::open();
    let seller = house.seller("Moon Cards", "moon");
    let buyer = house.buyer("ann", "900");
    let product = card_on_sale(&house, &seller, "AAAA-1111\nBBBB-2222\nCCCC-3333\nDDDD-4444\n").await;
    let quick = but(CARD, ("title", "Another card"));
    house.post(Some(&seller), "/seller/products/new", &quick).await.goes_to("/seller/products/");
    let order = house.buys(&buyer, &product, "95.50");
    house.buys(&buyer, &product, "95.50");
    let case = CaseId::new(house.complains(&buyer, &order).summary.case);
    Town { house, seller, buyer, product, order, case }
}

#[tokio::test]
async fn forms_of_strangers_say_what_is_wrong_beside_the_field() {
    let Town { house, product, .. } = town().await;
    let paths =
        ["/", "/login", "/register", "/find", "/money", "/help", "/support", "/support/progress", "/tip-off", "/check"];
    let refused = refused(
        &house,
        None,
        &[&paths[..], &[&format!("/p/{product}"), &format!("/checkout?product={product}")]].concat(),
    )
    .await;
    for form in ["/login", "/register", "/find", "/tip-off", "/checkout"] {
        assert!(refused.contains(form), "{form} not among {refused:?}");
    }
}

#[tokio::test]
async fn forms_of_buyers_say_what_is_wrong_beside_the_field() {
    let Town { house, buyer, product, order, case, .. } = town().await;
    let own = [format!("/o/{}/refund", order.order), format!("/c/{case}"), format!("/checkout?product={product}")];
    let more = [
        "/",
        "/account",
        "/account/balance",
        "/account/notices",
        "/sell",
        "/support",
        "/orders",
        "/refunds",
        "/tip-off",
    ];
    let from: Vec<&str> = own.iter().map(String::as_str).chain(more).collect();
    let refused = refused(&house, Some(&buyer), &from).await;
    for form in ["/account/redeem", "/account/contacts", "/account/password", "/sell", "/checkout"] {
        assert!(refused.contains(form), "{form} not among {refused:?}");
    }
}

#[tokio::test]
async fn forms_of_sellers_say_what_is_wrong_beside_the_field() {
    let Town { house, seller, product, case, .. } = town().await;
    let own = [format!("/seller/products/{product}"), format!("/seller/cases/{case}")];
    let more = ["/seller", "/seller/account", "/seller/rules", "/seller/webhooks", "/seller/products/new"];
    let from: Vec<&str> = own.iter().map(String::as_str).chain(more).collect();
    let refused = refused(&house, Some(&seller), &from).await;
    let codes = format!("/seller/products/{product}/threshold");
    for form in [&format!("/seller/cases/{case}/contest"), &codes, "/seller/products/new", "/seller/webhooks"] {
        assert!(refused.contains(form), "{form} not among {refused:?}");
    }
}

#[tokio::test]
async fn forms_of_staff_say_what_is_wrong_beside_the_field() {
    let Town { house, seller, case, order, .. } = town().await;
    let contest = [("words", "The code is good."), ("evidence_kind", "other")];
    let path = format!("/seller/cases/{case}/contest");
    house.post_files(Some(&seller), &path, &contest, &[("file_1", "x.png", PNG)]).await.goes_to("/seller");
    let of_case = [format!("/staff/cases/{case}"), format!("/staff/support/orders/{}", order.order)];
    for (login, role, forms) in [
        ("rita", "reviewer", vec![format!("/staff/cases/{case}/reject")]),
        ("sue", "support", vec!["/staff/outside".to_owned(), "/staff/outside/import".to_owned()]),
        ("rick", "risk", vec![]),
        ("fin", "finance", vec!["/staff/codes".to_owned()]),
        ("adam", "admin", vec!["/staff/platform".to_owned(), "/staff/people".to_owned(), "/staff/sellers".to_owned()]),
    ] {
        let who = house.hire(login, &[role], None);
        let from: Vec<&str> = of_case
            .iter()
            .map(String::as_str)
            .chain(["/staff", "/staff/people", "/staff/sellers", "/staff/outside"])
            .collect();
        let refused = refused(&house, Some(&who), &from).await;
        for form in forms {
            assert!(refused.contains(&form), "{role}: {form} not among {refused:?}");
        }
    }
}

impl Town {
    /// The seller answers the buyer's claim.
    async fn contested(&self) {
        let contest = [("words", "The code is good."), ("evidence_kind", "other")];
        let path = format!("/seller/cases/{}/contest", self.case);
        let answered = self.house.post_files(Some(&self.seller), &path, &contest, &[("file_1", "x.png", PNG)]).await;
        answered.goes_to("/seller");
    }
}

#[tokio::test]
async fn forms_of_senior_reviewers_say_what_is_wrong_beside_the_field() {
    let town = town().await;
    town.contested().await;
    let Town { house, buyer, case, .. } = &town;
    let reviewer = house.hire("rita", &["reviewer"], None);
    let answers = AnswersInput { order_state: true, evidence: true, ground: true };
    let no = RejectInput {
        code: "REJECT_NO_FAULT".to_owned(),
        clause: Some("R25".to_owned()),
        answers,
        words: "The log shows that the code works.".to_owned(),
    };
    house.app.reject(&reviewer.principal, case, &no, None).unwrap();
    house.sent();
    let appeal = [("ground", "unjust_refusal"), ("words", "It never worked.")];
    house.post_files(Some(buyer), &format!("/c/{case}/complaint"), &appeal, &[]).await.goes_to("/c/");
    let senior = house.hire("sen", &["senior_reviewer"], None);
    let desk = format!("/staff/cases/{case}");
    let refused = refused(house, Some(&senior), &[&desk, "/staff?desk=senior"]).await;
    for act in ["uphold", "dismiss"] {
        assert!(refused.contains(&format!("{desk}/{act}")), "{act} not among {refused:?}");
    }
}

#[tokio::test]
async fn forms_of_arbitrators_say_what_is_wrong_beside_the_field() {
    let town = town().await;
    town.contested().await;
    let Town { house, case, .. } = &town;
    let reviewer = house.hire("rita", &["reviewer"], None);
    let link = |n: u32| {
        let office = OrganisationInput {
            name_zh: format!("第{n}调解中心"),
            name_en: format!("Mediation {n}"),
            registration_no: format!("REG-{n:03}"),
            contact: "010-12345678".to_owned(),
            active: true,
        };
        let office = house.app.register_organisation(&house.admin.principal, &office).unwrap().id;
        let (login, roles) = (format!("arb{n:02}"), vec!["arbitrator".to_owned()]);
        let invite = InviteInput { login, roles, seller: None, organisation: Some(office) };
        house.app.invite(&house.admin.principal, &invite).unwrap().link
    };
    let seats: Vec<_> = (1..=17).map(|n| house.enter(link(n).expose())).collect();
    house.app.refer_to_panel(&reviewer.principal, case).unwrap();
    // Material is collected for two days; sessions of staff do not last as long.
    house.app.clock().set(house.app.now().plus_hours(49));
    house.sent();
    let person = seats[0].principal.account().unwrap();
    let seat = house.enter(house.app.reset_access(&house.admin.principal, person).unwrap().expose());
    let own = format!("/panel/{case}");
    let refused = refused(house, Some(&seat), &["/panel", &own, "/account"]).await;
    assert!(refused.contains(&format!("{own}/vote")), "no vote among {refused:?}");
}

/// Files cannot be put back into a form: the summary says so, in the words of the reader, and only where some were chosen.
#[tokio::test]
async fn files_that_were_not_kept_are_asked_for_again() {
    let house = House::open();
    let (ann, support) = (house.buyer("ann", "1"), house.hire("sue", &["support"], None));
    let again = "The files you chose were not kept. Please choose them again.";
    let list: &[(&str, &str, &[u8])] = &[("file", "list.csv", b"agency,number\nnobody,1\n")];
    let large = vec![b'x'; 1024 * 1024 + 1];
    let large: &[(&str, &str, &[u8])] = &[("file", "list.csv", &large)];
    let broken: &[(&str, &str, &[u8])] = &[("file", "list.csv", &[0xff, 0xfe])];
    let import = "/staff/outside/import";
    for (files, page) in [(list, Some("/staff/outside")), (list, None), (large, None), (broken, None)] {
        let reply = house.post_from(Some(&support), page, import, &[("csv", "my <notes>")], Some(files)).await;
        assert!(matches!(reply.status.as_u16(), 413 | 422), "{}", reply.status);
        assert!(reply.body.contains(again) && reply.body.contains("my &#60;notes&#62;"), "{}", reply.body);
        assert!(reply.body.contains("id=\"summary\"") && !reply.body.contains("agency,number\n"), "{}", reply.body);
    }
    let reply = house.post_from(Some(&support), None, import, &[("csv", "nothing")], Some(&[])).await;
    assert!(reply.body.contains("id=\"summary\"") && !reply.body.contains(again), "{}", reply.body);
    // Whoever sends it again from there is not asked what the page was.
    let typed = [("shown_at", "/staff/outside"), ("csv", "agency,number,received_at")];
    let reply = house.post_from(Some(&support), None, import, &typed, Some(&[])).await;
    assert!(!reply.body.contains("/staff/outsideagency"), "{}", reply.body);
    let picture: &[(&str, &str, &[u8])] = &[("file_1", "x.png", PNG)];
    let said = [("legal_form", "company"), ("kind_1", "other"), ("goods", "too few")];
    let reply = house.post_from(Some(&ann), None, "/sell", &said, Some(picture)).await;
    assert!(reply.body.contains(again) && reply.body.contains("too few"), "{}", reply.body);
    let zh = house.post_from(Some(&ann), Some("/sell?lang=zh"), "/sell?lang=zh", &said, Some(picture)).await;
    assert!(zh.body.contains("已选的文件没有保存，请重新选择。"), "{}", zh.body);
}
