//! Playing a story, and what came of it.

use super::form::{Call, Does};
use super::goods::{open_shop, publish};
use super::grammar::Story;
use super::look::audit;
use super::stage::{Place, Settings, Stage, Stop};
use super::vocabulary::{EXPECTATIONS, PEOPLE, find};
use std::fmt;
use std::path::Path;
use yuanlu_app::AppError;
use yuanlu_app::principal::Principal;
use yuanlu_domain::Refusal;
use yuanlu_domain::calendar::Calendar;

/// How a statement went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Held,
    /// Something else is true.
    Differs,
    /// This platform has no such part yet.
    Cannot,
    /// An action could not be done; what follows was not played.
    Stopped,
}

/// One line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Line of the story; none for what is checked at every story's end.
    pub line: Option<usize>,
    /// How it went.
    pub verdict: Verdict,
    /// What was expected or done.
    pub said: String,
    /// What really happened.
    pub really: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map_or("end".to_owned(), |line| line.to_string());
        let Self { said, really, .. } = self;
        match self.verdict {
            Verdict::Held => write!(f, "  ok       {line:>4}  {said}  ({really})"),
            Verdict::Differs => write!(f, "  DIFFERS  {line:>4}  {said}  but really: {really}"),
            Verdict::Cannot => write!(f, "  CANNOT   {line:>4}  {said}: {really}"),
            Verdict::Stopped => write!(f, "  STOPPED  {line:>4}  {said}: {really}"),
        }
    }
}

/// What came of a story.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every expectation, refusal and stop, in the order of the story.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether everything is as the story says.
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.verdict == Verdict::Held)
    }

    fn add(&mut self, line: Option<usize>, verdict: Verdict, said: &str, really: impl Into<String>) {
        self.findings.push(Finding { line, verdict, said: said.to_owned(), really: really.into() });
    }
}

impl Story {
    /// Plays it on a platform of its own, which is gone afterwards. Files that it names are looked for in `folder`.
    pub fn play(&self, folder: &Path) -> Report {
        let mut report = Report::default();
        match self.open(folder) {
            Ok(mut stage) => {
                let followers = self.calls.iter().skip(1).map(Some).chain([None]);
                let mut calls = self.calls.iter().zip(followers);
                calls.all(|(call, next)| step(&mut stage, call, next, &mut report));
                match audit(&stage) {
                    Ok(seen) => report.add(None, verdict(seen.holds), "books balance, verify is clean", seen.really),
                    Err(stop) => report.add(None, Verdict::Stopped, "books balance, verify is clean", sentence(stop)),
                }
            }
            Err(stop) => report.add(None, Verdict::Stopped, "the platform opens", sentence(stop)),
        }
        report
    }

    /// An empty platform with the people of the usual cast whom the story uses.
    fn open(&self, folder: &Path) -> Result<Stage, Stop> {
        let is_admin = |call: &&Call| call.form.word == "person" && call.words("is").iter().any(|role| role == "admin");
        let admin = self.calls.iter().find(is_admin);
        let roles = admin.map_or(vec!["admin".to_owned()], |call| call.words("is").to_vec());
        let settings = self.settings(folder)?;
        let name = admin.map_or("admin", |call| call.given("name"));
        let mut stage = Stage::open(self.begins, name, &roles, settings)?;
        for (name, role) in PEOPLE.iter().filter(|(name, _)| self.usual.contains(name)) {
            match *role {
                "admin" if stage.admin == *name => {}
                "seller" => open_shop(&mut stage, name, None, false)?,
                "guest" => {
                    stage.people.insert((*name).to_owned(), Principal::Anonymous);
                    stage.guests.insert((*name).to_owned());
                }
                role => stage.invite(name, &[role.to_owned()], Place::default())?,
            }
        }
        stage.world_mut().settle();
        Ok(stage)
    }

    fn settings(&self, folder: &Path) -> Result<Settings, Stop> {
        let mut calendar = Calendar::builtin();
        for call in self.calls.iter().filter(|call| call.form.word == "calendar") {
            let file = call.given("file");
            let wrong = |why: &dyn fmt::Display| Stop::Story(format!("line {}: {file}: {why}", call.line));
            let text = std::fs::read_to_string(folder.join(file)).map_err(|error| wrong(&error))?;
            let with = calendar.with_year(&text).map_err(|error| wrong(&error))?;
            // A calendar lives as long as the program; a run of stories brings a handful.
            calendar = Box::leak(Box::new(with));
        }
        let commission = self.calls.iter().find(|call| call.form.word == "commission");
        let commission = commission.and_then(|call| call.percent("share")).unwrap_or(USUAL_COMMISSION);
        let agents = self.calls.iter().filter(|call| call.form.word == "escrow-agent");
        let escrow_agents = agents.map(|call| call.given("channel").into()).collect();
        Ok(Settings { commission_basis_points: commission, calendar, escrow_agents })
    }
}

/// What the platform keeps of sales, in basis points, unless the story says otherwise.
const USUAL_COMMISSION: u32 = 300;

fn verdict(holds: bool) -> Verdict {
    if holds { Verdict::Held } else { Verdict::Differs }
}

/// Plays one statement; whether the story goes on.
fn step(stage: &mut Stage, call: &Call, next: Option<&Call>, report: &mut Report) -> bool {
    let line = Some(call.line);
    match call.form.does {
        Does::NotYet => {
            let what = format!("this platform cannot do that yet (`{}`)", call.form.word);
            report.add(line, Verdict::Cannot, &call.text, what);
            // What is only looked at changes nothing for what follows.
            return find(EXPECTATIONS, call.form.word).is_some_and(|form| std::ptr::eq(form, call.form));
        }
        Does::Look(look) => match look(stage, call) {
            Ok(seen) => report.add(line, verdict(seen.holds), &call.text, seen.really),
            Err(stop) => report.add(line, Verdict::Differs, &call.text, sentence(stop)),
        },
        Does::Deed(deed) => {
            // Changes of the policy that stand together are one change.
            let is_policy = |call: &Call| call.form.word == "policy";
            let complete = is_policy(call) && !next.is_some_and(is_policy);
            let done = deed(stage, call).and_then(|()| if complete { publish(stage) } else { Ok(()) });
            stage.world_mut().settle();
            match (done, call.refused()) {
                (Ok(()), None) => {}
                (Ok(()), Some(_)) => report.add(line, Verdict::Differs, &call.text, "it was done"),
                (Err(Stop::App(error)), Some(code)) => {
                    report.add(line, verdict(is(stage, &error, code)), &call.text, shown(stage, &error));
                }
                (Err(Stop::App(error)), None) => {
                    report.add(line, Verdict::Stopped, &call.text, format!("refused: {}", shown(stage, &error)));
                    return false;
                }
                (Err(stop), _) => {
                    let verdict = if matches!(stop, Stop::Cannot(_)) { Verdict::Cannot } else { Verdict::Stopped };
                    report.add(line, verdict, &call.text, sentence(stop));
                    return false;
                }
            }
        }
    }
    true
}

/// A refusal by its code, `duplicate`, or with what it says too, `duplicate:case1`; a wrong input also by its field.
fn is(stage: &Stage, error: &AppError, code: &str) -> bool {
    let field = matches!(error, AppError::Invalid { field, .. } if *field == code);
    field || error.code() == code || shown(stage, error).replace(": ", ":") == code
}

/// A refusal as the reader of a story knows things: cases by their names.
fn shown(stage: &Stage, error: &AppError) -> String {
    let AppError::Refused(refusal @ (Refusal::Duplicate { case } | Refusal::NothingNew { case })) = error else {
        return error.to_string();
    };
    let named = stage.cases.iter().find(|(_, id)| *id == case).map(|(name, _)| name.clone());
    let counted = || {
        let (order, ordinal) = case.parts()?;
        let (name, _) = stage.orders.iter().find(|(_, id)| **id == order)?;
        Some(format!("{name}/{ordinal}"))
    };
    format!("{}: {}", refusal.code(), named.or_else(counted).unwrap_or_default())
}

fn sentence(stop: Stop) -> String {
    match stop {
        Stop::App(error) => error.to_string(),
        Stop::Cannot(what) => format!("this platform cannot {what} yet"),
        Stop::Story(what) => what,
    }
}
