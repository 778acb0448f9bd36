//! A story's text as lines of words, texts and commas.

use super::Mistake;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Anything without spaces and commas.
    Word(String),
    /// What stood between quotation marks.
    Text(String),
    /// A comma; only between expectations it means something.
    Comma,
}

impl Token {
    /// As it is shown in a report.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => format!("\"{text}\""),
            Self::Comma => "a comma".to_owned(),
        }
    }
}

/// A statement: one line, and the indented ones below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Of the first line, from 1.
    pub(super) number: usize,
    pub(super) tokens: Vec<Token>,
}

/// Cuts a text into statements. What cannot be cut is a mistake of its line and left out.
pub(super) fn lines(text: &str, mistakes: &mut Vec<Mistake>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (number, raw) in text.trim_start_matches('\u{feff}').lines().enumerate().map(|(n, raw)| (n + 1, raw)) {
        let mut tokens = Vec::new();
        if let Err(what) = cut(raw, &mut tokens) {
            mistakes.push(Mistake { line: number, what });
        }
        if tokens.is_empty() {
            continue;
        }
        match lines.last_mut() {
            Some(above) if raw.starts_with(char::is_whitespace) => above.tokens.extend(tokens),
            None if raw.starts_with(char::is_whitespace) => {
                let what = "the first line must not be indented: an indented line belongs to the one above".to_owned();
                mistakes.push(Mistake { line: number, what });
            }
            _ => lines.push(Line { number, tokens }),
        }
    }
    lines
}

fn cut(raw: &str, tokens: &mut Vec<Token>) -> Result<(), String> {
    let mut rest = raw.trim();
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            '#' => return Ok(()),
            ',' | '，' | '、' => {
                tokens.push(Token::Comma);
                after
            }
            '"' | '“' | '「' => {
                let close: &[char] = match first {
                    '"' => &['"'],
                    '“' => &['”', '"'],
                    _ => &['」'],
                };
                let Some(end) = after.find(close) else {
                    // The rest is taken for the text, so that nothing else of the line seems wrong.
                    tokens.push(Token::Text(after.to_owned()));
                    return Err(format!("the text after {first} is not closed"));
                };
                tokens.push(Token::Text(after[..end].to_owned()));
                after[end..].trim_start_matches(close)
            }
            _ => {
                let stops = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | '"' | '“' | '「' | '#');
                let end = rest.find(stops).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..end].to_owned()));
                &rest[end..]
            }
        }
        .trim_start();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_all(text: &str) -> (Vec<(usize, Vec<String>)>, Vec<String>) {
        let mut mistakes = Vec::new();
        let lines = lines(text, &mut mistakes);
        let shown = lines.iter().map(|l| (l.number, l.tokens.iter().map(Token::shown).collect())).collect();
        (shown, mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn words_texts_commas_comments_and_lines_that_go_on() {
        let text =
            "# a comment\r\nbuyer 小明 # who pays\n\nming writes “24 小时到账”，\"a, b # c\"\n  order one\n\tas x";
        let (lines, mistakes) = cut_all(text);
        assert_eq!(mistakes, Vec::<String>::new());
        assert_eq!(lines[0], (2, vec!["`buyer`".to_owned(), "`小明`".to_owned()]));
        let written =
            ["`ming`", "`writes`", "\"24 小时到账\"", "a comma", "\"a, b # c\"", "`order`", "`one`", "`as`", "`x`"];
        assert_eq!(lines[1], (4, written.map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_cannot_be_cut_is_said() {
        let (_, mistakes) = cut_all("  buyer ming\nming writes \"no end");
        assert_eq!(
            mistakes,
            [
                "line 1: the first line must not be indented: an indented line belongs to the one above",
                "line 2: the text after \" is not closed",
            ]
        );
    }
}
