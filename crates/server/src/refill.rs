//! A refused form is shown again as it was sent: what was typed stands in its fields, and what is wrong beside the one it
//! is about. Handlers that draw their form again do most of this themselves; this does it for every other form, and for
//! what a page leaves out. It reads nothing but pages of our own.

mod markup;

use crate::form::{Fields, own_path};
use crate::page::Page;
use askama::Template;
use markup::{Edit, Tag, decoded, edited, escaped, tags};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// The field that remembers on which page a refused form stood, because it is shown again at the address it was sent to.
const FROM: &str = "shown_at";

/// What a form held that was sent.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// Its fields.
    pub fields: Fields,
    /// How many files were chosen in it.
    pub files: usize,
}

tokio::task_local! {
    static SENT: Arc<OnceLock<Sent>>;
}

/// Answers a request and says what its form held, if one was read.
pub async fn listen<T>(answer: impl Future<Output = T>) -> (T, Option<Sent>) {
    let sent = Arc::new(OnceLock::new());
    let answer = SENT.scope(Arc::clone(&sent), answer).await;
    (answer, sent.get().cloned())
}

/// Remembers what a form held until its request is answered.
pub fn note(fields: &Fields, files: usize) {
    // Outside a page's request nobody asks.
    let _ = SENT.try_with(|sent| sent.set(Sent { fields: fields.clone(), files }));
}

/// The page on which a form stood: what the form says itself, else the page before.
pub fn page_of(sent: &Sent, before: Option<&str>) -> Option<String> {
    let said = sent.fields.text(FROM);
    let from = if said.is_empty() { before? } else { own_path(said) };
    Some(from.to_owned())
}

/// The pages on which the form of an address may have stood, likeliest first. A browser need not say which page was before;
/// then it is looked for above the address: the form sent to `/c/1/close` stands on `/c/1` or `/c`.
pub fn pages_of(path: &str, sent: &Sent, before: Option<&str>) -> Vec<String> {
    let mut pages: Vec<String> = page_of(sent, before).into_iter().collect();
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]).filter(|end| *end > 0);
    let above: Vec<&str> = ends.map(|end| &path[..end]).collect();
    for page in above.into_iter().rev() {
        if !pages.iter().any(|known| path_of(known) == page) {
            pages.push(page.to_owned());
        }
    }
    pages
}

#[derive(Template)]
#[template(path = "summary.html")]
struct Summary<'a> {
    p: &'a Page,
}

/// A page that was made without knowing of the error, with the summary of it on top.
pub fn with_summary(html: &str, p: &Page) -> Option<String> {
    let content = html.find("id=\"content\">")? + "id=\"content\">".len();
    let title = html.find("<title>")? + "<title>".len();
    let summary = Summary { p }.render().ok()?;
    Some(edited(html, vec![(title..title, p.t("common.wrong_title").to_owned()), (content..content, summary)]))
}

/// Says in a page's summary that files have to be chosen again.
pub fn remind(html: &str, sentence: &str) -> Option<String> {
    let summary = html.find("id=\"summary\"")?;
    let end = summary + html[summary..].find("</div>")?;
    Some(edited(html, vec![(end..end, format!("<p>{}</p>", escaped(sentence)))]))
}

/// A page with its form filled in again.
#[derive(Debug, PartialEq, Eq)]
pub struct Filled {
    /// The page.
    pub html: String,
    /// Files were chosen that the form does not hold any more.
    pub lost_files: bool,
}

/// A page with the form that was sent to `path` filled in again, or nothing if it shows no such form. A form that is not
/// shown on a page of this path remembers the one it came from. What is wrong is what `p` says, else the page's summary.
pub fn refill(html: &str, (path, from): (&str, Option<&str>), sent: &Sent, p: Option<&Page>) -> Option<Filled> {
    let tags = tags(html);
    let form = form_of(&tags, path, from.is_none_or(|from| path_of(from) == path), &sent.fields)?;
    let mut edits = Vec::new();
    open_folds(&tags[..form.start], &mut edits);
    fill(html, &tags[form.clone()], &sent.fields, &mut edits);
    let sentence = p.and_then(|p| p.error.as_deref()).map(escaped).unwrap_or_default();
    let known = p.and_then(|p| p.wrong_field).map(|field| Wrong { field, sentence: &sentence });
    if let Some(wrong) = known.or_else(|| Wrong::told(html)) {
        place(&tags[form.clone()], &wrong, &mut edits);
    }
    if let Some(from) = from.filter(|from| path_of(from) != path) {
        let (begin, hidden) = (tags[form.start].at.end, escaped(from));
        edits.push((begin..begin, format!("<input type=\"hidden\" name=\"{FROM}\" value=\"{hidden}\">")));
    }
    Some(Filled { html: edited(html, edits), lost_files: loses_files(&tags[form], sent) })
}

/// Whether files were sent that have to be chosen again: what was kept of them stands in the form by its number.
fn loses_files(form: &[Tag<'_>], sent: &Sent) -> bool {
    let kept = form.iter().filter(|tag| tag.name == "input" && tag.is("name", "evidence")).count();
    let asks = form.iter().any(|tag| tag.name == "input" && tag.is("type", "file"));
    sent.files > 0 && asks && kept <= sent.fields.all("evidence").count()
}

/// What the summary says is wrong, and the field it names.
struct Wrong<'a> {
    field: &'a str,
    /// As markup.
    sentence: &'a str,
}

impl<'a> Wrong<'a> {
    /// What the page's summary tells and no place beside a field does.
    fn told(html: &'a str) -> Option<Self> {
        let field = between(html, "data-wrong=\"", "\"")?;
        let sentence = between(html, &format!("<a href=\"#wrong-{field}\">"), "</a>")?;
        (!html.contains(&format!("id=\"wrong-{field}\""))).then_some(Self { field, sentence })
    }

    /// How well a field's name fits: forms name fields more closely than the use cases behind them.
    fn fits(&self, name: &str) -> u8 {
        let closer = |sign: char| {
            name.strip_suffix(self.field).is_some_and(|rest| rest.ends_with(sign))
                || name.strip_prefix(self.field).is_some_and(|rest| rest.starts_with(sign))
        };
        if name == self.field { 2 } else { u8::from(closer('_') || closer('.')) }
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let rest = &text[text.find(before)? + before.len()..];
    rest.find(after).map(|end| &rest[..end])
}

/// The form that was sent: of several to one address the one whose hidden fields were sent like this. Only `at` its own
/// path a form may do without an address.
fn form_of(tags: &[Tag<'_>], path: &str, at: bool, sent: &Fields) -> Option<Range<usize>> {
    let begin = (0..tags.len()).filter(|&n| tags[n].name == "form" && tags[n].is("method", "post"));
    let forms = begin.map(|begin| {
        let length = tags[begin..].iter().position(|tag| tag.name == "/form");
        begin..length.map_or(tags.len(), |length| begin + length + 1)
    });
    let fits = |form: &Range<usize>| {
        let goes = |name: &str| {
            let tags = &tags[form.clone()];
            tags.iter().any(|tag| tag.value(name).is_some_and(|to| path_of(&to) == path_of(path)))
        };
        goes("action") || goes("formaction") || at && tags[form.start].value("action").is_none()
    };
    let alike = |form: &Range<usize>| {
        let mut hidden = tags[form.clone()].iter().filter(|tag| tag.name == "input" && tag.is("type", "hidden"));
        let same = |tag: &Tag<'_>| {
            let (name, value) = (tag.value("name").unwrap_or_default(), tag.value("value").unwrap_or_default());
            name == "key" || name == FROM || sent.raw(&name) == value
        };
        hidden.all(same)
    };
    let fitting: Vec<_> = forms.filter(fits).collect();
    fitting.iter().find(|form| alike(form)).or_else(|| fitting.first()).cloned()
}

fn path_of(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// What is folded away around the form lies open.
fn open_folds(before: &[Tag<'_>], edits: &mut Vec<Edit>) {
    let mut around = Vec::new();
    for tag in before {
        match tag.name {
            "details" => around.push(tag),
            "/details" => drop(around.pop()),
            _ => {}
        }
    }
    for fold in around.into_iter().filter(|fold| fold.value("open").is_none()) {
        edits.push((fold.at.end - 1..fold.at.end - 1, " open".to_owned()));
    }
}

/// Puts what was sent into the fields. Passwords, codes of a moment, files and what a field says not to keep
/// (`data-keep="no"`) are asked for again.
fn fill(html: &str, form: &[Tag<'_>], sent: &Fields, edits: &mut Vec<Edit>) {
    let mut used = BTreeMap::<String, usize>::new();
    let mut next = |name: &str| {
        let nth = used.entry(name.to_owned()).or_default();
        *nth += 1;
        sent.0.iter().filter(|(n, _)| n == name).nth(*nth - 1).map(|(_, value)| value.as_str())
    };
    let mut list: Option<String> = None;
    for (n, tag) in form.iter().enumerate() {
        let name = tag.value("name").unwrap_or_default();
        match tag.name {
            "input" => match tag.value("type").as_deref().unwrap_or("text") {
                "hidden" | "password" | "file" | "submit" | "button" | "image" => {}
                "checkbox" | "radio" => {
                    let on =
                        sent.0.iter().any(|(n, v)| *n == name && *v == tag.value("value").as_deref().unwrap_or("on"));
                    tag.flag("checked", on, edits);
                }
                _ if tag.is("autocomplete", "one-time-code") || tag.is("data-keep", "no") => {}
                _ => {
                    if let Some(value) = next(&name) {
                        tag.set("value", value, edits);
                    }
                }
            },
            "textarea" => {
                if let (Some(value), Some(end)) = (next(&name), form.get(n + 1)) {
                    // The first line break in a text area is not part of its text.
                    let break_first = if value.starts_with(['\n', '\r']) { "\n" } else { "" };
                    edits.push((tag.at.end..end.at.start, format!("{break_first}{}", escaped(value))));
                }
            }
            "select" => list = sent.0.iter().any(|(n, _)| *n == name).then_some(name),
            "/select" => list = None,
            "option" => {
                if let Some(name) = &list {
                    let label = html[tag.at.end..].split('<').next().unwrap_or_default().trim();
                    let value = tag.value("value").unwrap_or_else(|| decoded(label));
                    tag.flag("selected", sent.0.iter().any(|(n, v)| n == name && *v == value), edits);
                }
            }
            _ => {}
        }
    }
}

/// Puts the sentence beside its field, or before the form's button if it has no such field.
fn place(form: &[Tag<'_>], wrong: &Wrong<'_>, edits: &mut Vec<Edit>) {
    let id = format!("wrong-{}", wrong.field);
    let is_field = |tag: &Tag<'_>| {
        matches!(tag.name, "input" | "select" | "textarea") && !tag.is("type", "hidden") && !tag.is("type", "submit")
    };
    let fit = |n: &usize| tag_fit(&form[*n], wrong);
    let best = (0..form.len()).filter(|&n| is_field(&form[n]) && fit(&n) > 0).rev().max_by_key(fit);
    let at = match best {
        Some(n) => {
            let tag = &form[n];
            let told = tag.value("aria-describedby").map_or(id.clone(), |other| format!("{other} {id}"));
            tag.flag("aria-invalid=\"true\"", true, edits);
            tag.set("aria-describedby", &told, edits);
            after(form, n)
        }
        None => form.iter().find(|tag| tag.name == "button").or(form.last()).map_or(0, |tag| tag.at.start),
    };
    edits.push((at..at, format!("<span class=\"wrong\" id=\"{id}\">{}</span>", wrong.sentence)));
}

fn tag_fit(tag: &Tag<'_>, wrong: &Wrong<'_>) -> u8 {
    wrong.fits(&tag.value("name").unwrap_or_default())
}

/// Where a sentence about a field stands: behind it, its label and, for one of several choices, all of them.
fn after(form: &[Tag<'_>], field: usize) -> usize {
    let open = |name: &str, close: &str| {
        form[..field].iter().filter(|tag| tag.name == name).count()
            > form[..field].iter().filter(|tag| tag.name == close).count()
    };
    let behind = |close: &str| form[field..].iter().find(|tag| tag.name == close);
    let tag = &form[field];
    let is_choice = tag.is("type", "radio") || tag.is("type", "checkbox");
    if is_choice && open("fieldset", "/fieldset") {
        return behind("/fieldset").map_or(tag.at.end, |end| end.at.start);
    }
    let close = match tag.name {
        _ if open("label", "/label") => "/label",
        "select" => "/select",
        "textarea" => "/textarea",
        _ => return tag.at.end,
    };
    behind(close).map_or(tag.at.end, |end| end.at.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = "<div id=\"summary\" data-wrong=\"words\"><a href=\"#wrong-words\">Say <b>why</b>.</a></div>";

    fn sent(pairs: &[(&str, &str)]) -> Sent {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Sent { fields: Fields(pairs.collect()), files: 0 }
    }

    fn again(form: &str, pairs: &[(&str, &str)]) -> String {
        refill(&format!("{SUMMARY}{form}"), ("/x", None), &sent(pairs), None).unwrap().html.replace(SUMMARY, "")
    }

    #[test]
    fn fields_hold_what_was_sent_and_the_sentence_stands_beside_the_one_it_is_about() {
        let beside = "<span class=\"wrong\" id=\"wrong-words\">Say <b>why</b>.</span>";
        let marked = " aria-invalid=\"true\" aria-describedby=\"wrong-words\"";
        for (form, typed, wanted) in [
            (
                "<input name=\"words\">",
                "a \"b\" <c>",
                format!("<input name=\"words\" value=\"a &#34;b&#34; &#60;c&#62;\"{marked}>{beside}"),
            ),
            (
                "<input name=\"words\" value=\"old\">",
                "new",
                format!("<input name=\"words\" value=\"new\"{marked}>{beside}"),
            ),
            (
                "<textarea name=\"approve_words\">old</textarea><button>Go</button>",
                "",
                format!("<textarea name=\"approve_words\"{marked}>old</textarea>{beside}<button>Go</button>"),
            ),
            (
                "<label>W <input name=\"words\"></label>",
                "x",
                format!("<label>W <input name=\"words\" value=\"x\"{marked}></label>{beside}"),
            ),
            (
                "<input name=\"other\"><button>Go</button>",
                "x",
                format!("<input name=\"other\">{beside}<button>Go</button>"),
            ),
            (
                "<fieldset><label><input type=\"radio\" name=\"words\" value=\"a\" checked></label><label><input type=\"radio\" name=\"words\" value=\"b\"></label></fieldset>",
                "b",
                format!(
                    "<fieldset><label><input type=\"radio\" name=\"words\" value=\"a\"{marked}></label><label><input type=\"radio\" name=\"words\" value=\"b\" checked></label>{beside}</fieldset>"
                ),
            ),
            (
                "<select name=\"words\"><option value=\"a\" selected>A<option>b</select>",
                "b",
                format!("<select name=\"words\"{marked}><option value=\"a\">A<option selected>b</select>{beside}"),
            ),
            (
                "<input type=\"password\" name=\"words\">",
                "secret",
                format!("<input type=\"password\" name=\"words\"{marked}>{beside}"),
            ),
        ] {
            let page = again(&format!("<form method=\"post\" action=\"/x\">{form}</form>"), &[("words", typed)]);
            let plain = |text: &str| text.replace(" >", ">").replace("  ", " ");
            let inside = page.trim_start_matches("<form method=\"post\" action=\"/x\">").trim_end_matches("</form>");
            assert_eq!(plain(inside), wanted, "{form}");
        }
    }

    #[test]
    fn of_several_forms_the_one_that_was_sent_is_filled_and_lies_open() {
        let form = |n: u8| {
            format!(
                "<details class=\"ask\"><summary>{n}</summary><form method=\"post\" action=\"/x?a=1&amp;b=2\"><input type=\"hidden\" name=\"n\" value=\"{n}\"><textarea name=\"words\"></textarea></form></details>"
            )
        };
        let page = again(&format!("{}{}", form(1), form(2)), &[("n", "2"), ("words", "\nsecond")]);
        assert!(page.starts_with(&form(1)), "{page}");
        assert!(page.contains("<details class=\"ask\" open><summary>2"), "{page}");
        assert!(page.contains(">\n\nsecond</textarea>"), "{page}");
        assert_eq!(refill("<form method=\"get\" action=\"/x\"></form>", ("/x", None), &Sent::default(), None), None);
        assert_eq!(refill("<form method=\"post\" action=\"/y\"></form>", ("/x", None), &Sent::default(), None), None);
        assert_eq!(refill("<form method=\"post\"></form>", ("/x", Some("/y")), &Sent::default(), None), None);
    }

    #[test]
    fn a_form_that_is_shown_elsewhere_knows_its_page() {
        let page = refill(
            "<form method=\"post\" action=\"/x\"></form>",
            ("/x", Some("/list?a=\"b\"")),
            &Sent::default(),
            None,
        );
        let page = page.unwrap().html;
        assert!(page.contains("name=\"shown_at\" value=\"/list?a=&#34;b&#34;\""), "{page}");
        assert_eq!(page_of(&sent(&[(FROM, "/list")]), Some("/x")).as_deref(), Some("/list"));
        assert_eq!(page_of(&sent(&[(FROM, "//evil")]), Some("/x")).as_deref(), Some("/"));
        assert_eq!(page_of(&Sent::default(), Some("/x")).as_deref(), Some("/x"));
    }

    #[test]
    fn where_no_page_is_named_it_is_looked_for_above_the_address() {
        let above = ["/c/1/close", "/c/1", "/c"];
        assert_eq!(pages_of("/c/1/close", &Sent::default(), None), above);
        assert_eq!(pages_of("/c/1/close", &Sent::default(), Some("/list?a=1"))[0], "/list?a=1");
        assert_eq!(pages_of("/c/1/close", &Sent::default(), Some("/c/1?a=1")), ["/c/1?a=1", "/c/1/close", "/c"]);
        assert_eq!(pages_of("/", &Sent::default(), None), ["/"]);
    }

    #[test]
    fn files_are_lost_where_the_form_does_not_hold_them() {
        let form =
            |kept: &str| format!("<form method=\"post\" action=\"/x\"><input type=\"file\" name=\"f\">{kept}</form>");
        let kept = "<input type=\"checkbox\" name=\"evidence\" value=\"E1\" checked>";
        let lost = |html: &str, files| {
            refill(html, ("/x", None), &Sent { files, ..Sent::default() }, None).unwrap().lost_files
        };
        assert!(lost(&form(""), 1) && !lost(&form(""), 0) && !lost(&form(kept), 1));
        let told = remind("<div id=\"summary\"><p>No.</p></div><div></div>", "Again & again.").unwrap();
        assert_eq!(told, "<div id=\"summary\"><p>No.</p><p>Again &#38; again.</p></div><div></div>");
    }
}
