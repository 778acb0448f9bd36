//! Mistakes in a story: the line, and what is wrong in words its writer can act on.

use std::fmt;

/// Something a story says wrongly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// In which line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// `; did you mean X?` with the known word that is nearest, if one is near.
pub(super) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = known.into_iter().map(|k| (distance(word, k), k)).min().filter(|(far, k)| {
        let most = k.chars().count().max(word.chars().count()) / 3;
        *far <= most.max(1)
    });
    near.map_or(String::new(), |(_, known)| format!("; did you mean `{known}`?"))
}

/// How many letters must be put in, left out, changed, or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let above = &rows[i];
            let mut least = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_if_it_is_near() {
        assert_eq!(hint("aplies", ["applies", "appeals", "pays"]), "; did you mean `applies`?");
        assert_eq!(hint("crad", ["card"]), "; did you mean `card`?");
        assert_eq!(hint("小名", ["小明", "老李"]), "; did you mean `小明`?");
        assert_eq!(hint("quarrels", ["applies", "pays"]), "");
        assert_eq!(hint("x", []), "");
    }
}
