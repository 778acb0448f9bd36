//! `yuanlu serve`: a real shop.

use crate::cli::Serving;
use crate::config::Effective;
use crate::held::Held;
use crate::running::say;
use crate::{Problem, migrate, open, running};
use std::process::ExitCode;
use std::sync::Arc;
use yuanlu_app::Clock;
use yuanlu_jobs::{HttpTransport, Jobs, Post, Postman, Runner};
use yuanlu_storage::Born;

/// Serves until told to stop.
pub fn run(given: &Serving) -> Result<ExitCode, Problem> {
    let mut effective = Effective::read(given, "./yuanlu-data")?;
    let (channels, faults) = open::channels(&effective, Clock::system().now());
    if !faults.is_empty() {
        let lines: Vec<_> = faults.iter().map(|fault| format!("{} {}", fault.channel, fault.setting)).collect();
        return Err(Problem::new(format!("payment channels: {}", lines.join("; "))));
    }
    let (notify, faults) = open::notify(&effective);
    if !faults.is_empty() {
        let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
        return Err(Problem::new(format!("messages: {}", lines.join("; "))));
    }
    let mut config = open::settings(&effective, Born::Live)?;
    config.notify = Arc::new(notify);
    config.channels = channels.ids().cloned().collect();
    config.roads = Arc::new(channels.roads());
    let app = open::shop(config)?;
    migrate::told(app.db().migrated());
    let jobs = Jobs::new(Held::new(&app)?, channels.clone());
    let clock = app.clock().clone();
    let runner = Runner::start(jobs, HttpTransport::new()?, move || clock.now())?;
    let postman = Postman::start(Post::new(&app)?)?;
    let runtime = running::runtime()?;
    runtime.block_on(async {
        let listener = running::listen(&effective).await?;
        effective.bound(listener.local_addr()?);
        say(&format!("Yuanlu serves {} (data: {})", effective.public_url, effective.data.display()));
        if app.config().notify.mail.is_none() {
            say("No mail server is configured: notices stay inside the site, apart from webhooks.");
        }
        if channels.ids().next().is_none() {
            say("No payment channel is configured: it sells against balance that an administrator credits.");
        }
        let state = running::state(&app, channels.entrances(), &effective)?;
        running::until_told(listener, yuanlu_server::router(state)).await
    })?;
    drop(postman);
    drop(runner);
    Ok(ExitCode::SUCCESS)
}
