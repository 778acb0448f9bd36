//! How refunds go, and the ranking of sellers: figures for everybody, with what each of them means.

use crate::AppState;
use crate::chart::Chart;
use crate::page::{Page, Web, html};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use yuanlu_app::figures::PERIODS;
use yuanlu_app::inputs;
use yuanlu_app::views::{DayView, FiguresView, PerformanceView, RankingView, ReviewsView};

/// Pages of figures.
pub fn router() -> Router<AppState> {
    Router::new().route("/figures", get(figures)).route("/ranking", get(ranking))
}

/// A length of time as people say it.
pub fn length(p: &Page, minutes: &i64) -> String {
    match *minutes {
        ..1 => p.t("disclosure.under_minute").to_owned(),
        minutes @ 1..120 => p.say("disclosure.minutes").with("n", minutes).into(),
        minutes @ 120..2_880 => p.say("disclosure.hours").with("n", tenths(minutes, 60)).into(),
        minutes => p.say("disclosure.some_days").with("n", tenths(minutes, 1_440)).into(),
    }
}

/// So many wholes with one decimal, which is left out where it is zero.
fn tenths(minutes: i64, whole: i64) -> String {
    let tenths = (minutes * 10 + whole / 2) / whole;
    if tenths % 10 == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Asked {
    days: String,
    cursor: Option<String>,
}

impl Asked {
    /// What cannot be read asks for the shortest period.
    fn days(&self) -> i64 {
        self.days.parse().ok().filter(|days| PERIODS.contains(days)).unwrap_or(PERIODS[0])
    }
}

#[derive(Template)]
#[template(path = "public/figures.html")]
struct Figures {
    p: Page,
    f: PerformanceView,
    totals: FiguresView,
    reviews: ReviewsView,
    charts: [Chart; 2],
}

/// `GET /figures?days=`
async fn figures(State(state): State<AppState>, visitor: Visitor, Query(asked): Query<Asked>) -> Web {
    let (who, days) = (visitor.principal.clone(), asked.days());
    let (f, totals, reviews) = state
        .run(move |app| {
            let first = inputs::Page { cursor: None, limit: Some(3) };
            Ok((app.performance(Some(days))?, app.figures()?, app.service_reviews(&who, false, &first)?))
        })
        .await?;
    let p = visitor.page(&state, "disclosure.figures.title");
    let charts = [
        chart(&p, "disclosure.figures.applied_chart", &f.by_day, |day| day.applied),
        chart(&p, "disclosure.figures.decided_chart", &f.by_day, |day| day.decided),
    ];
    html(&Figures { p, f, totals, reviews, charts })
}

fn chart(p: &Page, title: &str, days: &[DayView], value: impl Fn(&DayView) -> i64) -> Chart {
    let point = |day: &DayView| {
        let name = day.day.get(5..).unwrap_or(&day.day).to_owned();
        (name, value(day), value(day).to_string())
    };
    Chart {
        title: p.t(title).to_owned(),
        names: p.t("disclosure.figures.day").to_owned(),
        values: p.t("disclosure.figures.number").to_owned(),
        points: days.iter().map(point).collect(),
    }
}

#[derive(Template)]
#[template(path = "public/ranking.html")]
struct Ranking {
    p: Page,
    r: RankingView,
}

/// `GET /ranking?days=`
async fn ranking(State(state): State<AppState>, visitor: Visitor, Query(asked): Query<Asked>) -> Web {
    let (days, page) = (asked.days(), inputs::Page { cursor: asked.cursor, limit: None });
    let r = state.run(move |app| app.seller_ranking(Some(days), &page)).await?;
    html(&Ranking { p: visitor.page(&state, "disclosure.ranking.title"), r })
}
