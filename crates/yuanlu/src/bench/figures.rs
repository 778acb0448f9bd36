//! What was measured, and how it is told.

use serde::Serialize;
use std::time::Duration;

/// One measured thing.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Of what.
    unit: &'static str,
    /// Beside another figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// Which.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'static str>,
    /// The most it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    most: Option<f64>,
}

impl Figure {
    fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, ratio: None, of: None, most: None }
    }
}

/// What was measured so far. Every figure is told as soon as it is known: what comes later may fail.
#[derive(Default)]
pub struct Figures<'a> {
    known: Vec<Figure>,
    tell: Option<&'a dyn Fn(&Figure)>,
}

impl<'a> Figures<'a> {
    /// Nothing yet.
    pub fn telling(tell: &'a dyn Fn(&Figure)) -> Self {
        Self { known: Vec::new(), tell: Some(tell) }
    }

    /// A figure that was taken, by its name.
    #[cfg(test)]
    pub fn find(&self, name: &str) -> Option<&Figure> {
        self.known.iter().find(|figure| figure.name == name)
    }

    /// How much of one thing.
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.push(Figure::new(name, value, unit));
    }

    /// A figure that has an aim.
    pub fn add_within(&mut self, name: impl Into<String>, value: f64, unit: &'static str, most: f64) {
        self.push(Figure { most: Some(most), ..Figure::new(name, value, unit) });
    }

    /// A figure beside another that was taken.
    pub fn add_beside(&mut self, name: &str, value: f64, unit: &'static str, of: &'static str) {
        let beside = self.known.iter().find(|figure| figure.name == of).map(|figure| value / figure.value);
        self.push(Figure { ratio: beside, of: Some(of), ..Figure::new(name, value, unit) });
    }

    /// Says what a figure that was taken is beside another.
    pub fn beside(&mut self, name: &str, of: &'static str) {
        let value = |wanted: &str| self.known.iter().find(|figure| figure.name == wanted).map(|figure| figure.value);
        if let (Some(this), Some(other)) = (value(name), value(of)) {
            self.add(format!("{name}_beside_{of}"), this / other, "×");
        }
    }

    fn push(&mut self, figure: Figure) {
        if let Some(tell) = self.tell {
            tell(&figure);
        }
        self.known.push(figure);
    }

    /// Refunds a second.
    pub fn refunds(&mut self, name: &str, rounds: Vec<Vec<Duration>>, refunds: usize, of: Option<&'static str>) {
        self.median(name, rounds, refunds, ("refunds/s", of));
    }

    /// The round in the middle.
    pub fn median(
        &mut self,
        name: &str,
        mut rounds: Vec<Vec<Duration>>,
        count: usize,
        (unit, of): (&'static str, Option<&'static str>),
    ) {
        rounds.sort_by_key(|commits| commits.iter().sum::<Duration>());
        let middle = rounds.len() / 2;
        let median = rounds.into_iter().nth(middle).unwrap_or_default();
        let value = per_second(count, median.iter().sum());
        match of {
            Some(of) => self.add_beside(name, value, unit, of),
            None => self.add(name, value, unit),
        }
        self.waits(&format!("{name}_commit"), median);
    }

    /// Median and 99th percentile of some waits.
    pub fn waits(&mut self, name: &str, mut waits: Vec<Duration>) {
        waits.sort_unstable();
        for (part, hundredths) in [("p50", 50), ("p99", 99)] {
            let at = waits.len().saturating_sub(1) * hundredths / 100;
            let wait = waits.get(at).copied().unwrap_or_default();
            self.add(format!("{name}_{part}"), wait.as_secs_f64() * 1000.0, "ms");
        }
    }
}

/// One line of a figure.
pub fn line(figure: &Figure, json: bool) -> String {
    if json {
        return serde_json::to_string(figure).unwrap_or_default();
    }
    let beside = match (figure.ratio, figure.of, figure.most) {
        (Some(ratio), Some(of), _) => format!("  {ratio:.2} × {of}"),
        (_, _, Some(most)) if figure.value > most => format!("  at most {most}: TOO MUCH"),
        (_, _, Some(most)) => format!("  at most {most}"),
        _ => String::new(),
    };
    format!("{:<34} {:>14.2} {:<12}{beside}", figure.name, figure.value, figure.unit)
}

/// How many in a second.
pub fn per_second(count: usize, took: Duration) -> f64 {
    // Counts here are far below what a float holds exactly.
    count as f64 / took.as_secs_f64().max(1e-9)
}
