//! `yuanlu incident pause`, `resume`, `set-rate`: a person of staff signs in at the terminal and changes how a run goes, as on
//! the page “Mass refunds”. The program is one more node meanwhile, which a file does not take while it is served.

use crate::cli::{Serving, Steering};
use crate::config::Effective;
use crate::{Problem, open};
use console::Term;
use std::io::{BufRead, IsTerminal, stdin};
use std::process::ExitCode;
use yuanlu_app::inputs::{LoginInput, Origin};
use yuanlu_app::views::IncidentView;
use yuanlu_app::{App, AppError, OpenError, Principal, SessionKind};
use yuanlu_blobs::Secret;
use yuanlu_domain::ids::DeskId;
use yuanlu_storage::StorageError;

/// Asks who it is, and does it in that person's name.
pub fn steer(
    by: &Steering,
    act: impl FnOnce(&App, &Principal, &DeskId) -> yuanlu_app::Result<IncidentView>,
) -> Result<ExitCode, Problem> {
    let effective = Effective::read(&Serving { data: by.data.clone(), ..Serving::default() }, "./yuanlu-data")?;
    let born = open::inspect(&effective)?.meta().born;
    let data = effective.data.display().to_string();
    let app = App::open(open::settings(&effective, born)?).map_err(|error| match error {
        OpenError::Storage(StorageError::Locked { .. }) => Problem::new(
            "the shop is being served from a file, which has one writer: use its page “Mass refunds”, or stop it first. On a \
             server this works beside the shop",
        ),
        other => open::sentence(&data, &other),
    })?;
    let input = LoginInput {
        login: by.login.clone(),
        password: asked("Password")?,
        totp: Some(asked("One-time code")?.expose().clone()),
    };
    let origin = Origin { user_agent: "yuanlu incident".to_owned(), ..Origin::default() };
    let grant = app.login(&input, SessionKind::Api, &origin).map_err(|error| sentence(by, &error))?;
    let done = act(&app, &grant.principal, &DeskId::from(by.incident.as_str()));
    app.logout(grant.token.expose()).map_err(|error| sentence(by, &error))?;
    let incident = done.map_err(|error| sentence(by, &error))?;
    let rate = if incident.rate == 0 { "no limit".to_owned() } else { format!("{} orders a second", incident.rate) };
    println!("{}: {}, {rate}", by.incident, incident.state);
    Ok(ExitCode::SUCCESS)
}

/// Something secret, not shown while it is typed; without a terminal, the next line of the input.
fn asked(what: &str) -> Result<Secret<String>, Problem> {
    let mut text = String::new();
    if stdin().is_terminal() {
        eprint!("{what}: ");
        text = Term::stderr().read_secure_line()?;
    } else {
        stdin().lock().read_line(&mut text)?;
    }
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn sentence(by: &Steering, error: &AppError) -> Problem {
    Problem::new(match error {
        AppError::WrongCredentials => "name, password or one-time code is wrong".to_owned(),
        AppError::TooMany { retry_after_seconds } => {
            format!("too many tries; wait {} minutes", retry_after_seconds.div_ceil(60))
        }
        AppError::Forbidden | AppError::NeedsSecondFactor => {
            format!("{} may not do that: it takes risk, finance or an administrator", by.login)
        }
        AppError::NotFound => format!("there is no incident `{}`; see `yuanlu incident list`", by.incident),
        AppError::Invalid { .. } => "it cannot go so fast".to_owned(),
        AppError::Refused(_) => {
            format!("{} is not in a state in which that can be done; see `yuanlu incident show`", by.incident)
        }
        other => format!("it was not done: {}", other.code()),
    })
}
