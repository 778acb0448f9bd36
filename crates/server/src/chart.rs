//! Charts as they stand in a page: the geometry of bars and lines, without script and without colours of their own.

/// What a chart shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it is about.
    pub title: String,
    /// What the names stand for, over the first column of its table.
    pub names: String,
    /// What the values stand for, over the second.
    pub values: String,
    /// Name, value, and the value as people read it.
    pub points: Vec<(String, i64, String)>,
}

/// A bar or a stop of the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// From the left.
    pub x: f64,
    /// From above.
    pub y: f64,
    /// How wide a bar is.
    pub width: f64,
    /// How high a bar is.
    pub height: f64,
    /// Its middle.
    pub middle: f64,
    /// Its name, where there is room for one.
    pub name: Option<String>,
    /// Name and value.
    pub title: String,
}

/// Width of every chart; pages scale it.
pub const WIDTH: f64 = 640.0;
/// Height of every chart, the names below included.
pub const HEIGHT: f64 = 200.0;
/// Where nothing stands.
pub const GROUND: f64 = 172.0;
const TOP: f64 = 16.0;
/// Most names that stand below.
const NAMES: usize = 8;

impl Chart {
    /// The greatest value; a chart of nothing has the height of one.
    fn most(&self) -> i64 {
        self.points.iter().map(|(_, value, _)| *value).max().unwrap_or(0).max(1)
    }

    /// The value at the upper edge, as people read it.
    pub fn most_text(&self) -> &str {
        self.points.iter().max_by_key(|(_, value, _)| *value).map_or("", |(_, _, text)| text)
    }

    /// The marks from left to right.
    pub fn marks(&self) -> Vec<Mark> {
        let count = self.points.len().max(1);
        let (room, most) = (WIDTH / count as f64, self.most() as f64);
        let every = count.div_ceil(NAMES);
        let mark = |(i, (name, value, text)): (usize, &(String, i64, String))| {
            let height = (GROUND - TOP) * (*value).max(0) as f64 / most;
            let width = (room * 0.68).min(48.0);
            let middle = room * (i as f64 + 0.5);
            Mark {
                x: middle - width / 2.0,
                y: GROUND - height,
                width,
                height,
                middle,
                name: (i % every == 0).then(|| name.clone()),
                title: format!("{name}: {text}"),
            }
        };
        self.points.iter().enumerate().map(mark).collect()
    }

    /// The line through the marks.
    pub fn way(&self) -> String {
        let step =
            |(i, mark): (usize, &Mark)| format!("{}{:.1} {:.1}", if i == 0 { "M" } else { "L" }, mark.middle, mark.y);
        self.marks().iter().enumerate().map(step).collect()
    }

    /// The field under the line.
    pub fn under(&self) -> String {
        let marks = self.marks();
        match (marks.first(), marks.last()) {
            (Some(first), Some(last)) => {
                format!("{}L{:.1} {GROUND}L{:.1} {GROUND}Z", self.way(), last.middle, first.middle)
            }
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[i64]) -> Chart {
        let points = values.iter().enumerate().map(|(i, value)| (i.to_string(), *value, value.to_string())).collect();
        Chart { title: String::new(), names: String::new(), values: String::new(), points }
    }

    #[test]
    fn every_mark_stands_inside() {
        for values in [&[][..], &[0], &[5], &[0, 0], &[3, 9, 1, 0, 7], &[i64::MAX, 1], &[-4, 2]] {
            let chart = chart(values);
            assert_eq!(chart.marks().len(), values.len());
            for mark in chart.marks() {
                assert!(mark.x >= 0.0 && mark.x + mark.width <= WIDTH, "{mark:?}");
                assert!(mark.y >= TOP - 0.01 && mark.y <= GROUND && mark.height >= 0.0, "{mark:?}");
            }
        }
        assert!(chart(&[]).way().is_empty() && chart(&[]).under().is_empty());
        assert_eq!(chart(&[1; 40]).marks().iter().filter(|mark| mark.name.is_some()).count(), 8);
        assert_eq!(chart(&[2, 9, 4]).most_text(), "9");
    }
}
