//! Values a story can give: how each is written, read and refused.

use super::line::Token;
use super::mistake::hint;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money, MoneyError};

/// What can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noun {
    /// Somebody who acts.
    Person,
    /// A shop.
    Seller,
    /// Something sold.
    Product,
    /// An order.
    Order,
    /// A case.
    Case,
    /// A coupon or voucher.
    Coupon,
    /// A redemption code.
    RedemptionCode,
    /// An organisation of arbitrators.
    Organisation,
    /// A tip-off.
    TipOff,
}

impl Noun {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Seller => "seller",
            Self::Product => "product",
            Self::Order => "order",
            Self::Case => "case",
            Self::Coupon => "coupon",
            Self::RedemptionCode => "redemption code",
            Self::Organisation => "organisation",
            Self::TipOff => "tip-off",
        }
    }
}

/// What a slot of a form takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Nothing: the word alone says it.
    Flag,
    /// An amount.
    Amount,
    /// A whole number.
    Number,
    /// A whole number, not below zero.
    Count,
    /// A share.
    Percent,
    /// A length of time.
    Span,
    /// A length of time in whole hours.
    Hours,
    /// A length of time in whole days.
    Days,
    /// A moment of the clock.
    Moment,
    /// Words between quotation marks.
    Text,
    /// A code that only the platform knows.
    Word,
    /// Numbers of units.
    Units,
    /// One of a closed list.
    Code(fn() -> Vec<&'static str>),
    /// Several of a closed list.
    Codes(fn() -> Vec<&'static str>),
    /// A new name.
    New(Noun),
    /// A name that was given before.
    Name(Noun),
}

/// A moment as a story names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// By the clock, in Shanghai.
    At(Instant),
    /// When the turn of the current case ends.
    Due,
}

/// What a slot was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Flag,
    Amount(Money),
    Number(i64),
    /// Basis points.
    Percent(u32),
    /// Microseconds.
    Span(i64),
    Moment(Moment),
    Text(String),
    Word(String),
    Words(Vec<String>),
    Units(Vec<u16>),
}

impl Kind {
    /// How it is written, for the documentation.
    pub(super) fn shown(self) -> String {
        let codes = |codes: fn() -> Vec<&'static str>| {
            codes().iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Flag => "no value".to_owned(),
            Self::Amount => "AMOUNT".to_owned(),
            Self::Number | Self::Count => "NUMBER".to_owned(),
            Self::Percent => "PERCENT".to_owned(),
            Self::Span | Self::Hours | Self::Days => "SPAN".to_owned(),
            Self::Moment => "MOMENT".to_owned(),
            Self::Text => "\"TEXT\"".to_owned(),
            Self::Word => "CODE".to_owned(),
            Self::Units => "UNITS".to_owned(),
            Self::Code(list) => format!("one of {}", codes(list)),
            Self::Codes(list) => format!("one or more, joined by `+`, of {}", codes(list)),
            Self::New(noun) => format!("a new {} name", noun.word()),
            Self::Name(Noun::Case) => "CASE".to_owned(),
            Self::Name(noun @ (Noun::Order | Noun::Organisation)) => format!("an {}", noun.word()),
            Self::Name(noun) => format!("a {}", noun.word()),
        }
    }

    /// Reads one from the front of `tokens`. A name is checked by the caller, who knows which there are.
    pub(super) fn read(self, tokens: &mut &[Token]) -> Result<Value, String> {
        if matches!(self, Self::Flag) {
            return Ok(Value::Flag);
        }
        let token = tokens.split_off_first().ok_or_else(|| format!("needs {}", self.wanted()))?;
        match (self, token) {
            (Self::Text, Token::Text(text)) => Ok(Value::Text(text.clone())),
            (_, Token::Word(word)) if !matches!(self, Self::Text) => self.read_word(word, tokens),
            (_, other) => Err(format!("needs {}, not {}", self.wanted(), other.shown())),
        }
    }

    fn read_word(self, word: &str, tokens: &mut &[Token]) -> Result<Value, String> {
        match self {
            Self::Flag | Self::Text => Err(format!("`{word}` is no text")),
            Self::Amount => amount(word).map(Value::Amount),
            Self::Number => number(word).map(Value::Number),
            Self::Count => match number(word)? {
                count @ 0.. => Ok(Value::Number(count)),
                _ => Err(format!("`{word}` is below zero")),
            },
            Self::Percent => percent(word).map(Value::Percent),
            Self::Span => span(word).map(Value::Span),
            Self::Hours => whole(word, HOUR, "hours"),
            Self::Days => whole(word, DAY, "days"),
            Self::Moment => moment(word, tokens).map(Value::Moment),
            Self::Word => Ok(Value::Word(word.to_owned())),
            Self::Units => units(word).map(Value::Units),
            Self::Code(list) => known(word, &list()).map(Value::Word),
            Self::Codes(list) => {
                let list = list();
                let each: Result<_, _> = word.split('+').map(|one| known(one, &list)).collect();
                each.map(Value::Words)
            }
            Self::New(noun) => {
                let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
                let good =
                    word.starts_with(char::is_alphabetic) && word.chars().all(fits) && word.chars().count() <= 40;
                let why = "begins with a letter and has letters, digits, `-` and `_`";
                if good {
                    Ok(Value::Word(word.to_owned()))
                } else {
                    Err(format!("`{word}` is no name: a {} name {why}", noun.word()))
                }
            }
            Self::Name(_) => Ok(Value::Word(word.to_owned())),
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Flag => "nothing",
            Self::Amount => "an amount such as 99.99",
            Self::Number | Self::Count => "a number",
            Self::Percent => "a share such as 5%",
            Self::Span | Self::Hours | Self::Days => "a length of time such as 24h, 30m, 90s or 3d",
            Self::Moment => "a date and time such as 2026-03-10 10:05:00",
            Self::Text => "a text between quotation marks",
            Self::Word | Self::Code(_) | Self::Codes(_) => "a code",
            Self::Units => "units such as 1, 1+3 or 1-4",
            Self::New(_) => "a new name",
            Self::Name(_) => "a name",
        }
    }
}

fn known(word: &str, list: &[&'static str]) -> Result<String, String> {
    if list.contains(&word) {
        return Ok(word.to_owned());
    }
    let hint = hint(word, list.iter().copied());
    if hint.is_empty() {
        Err(format!("`{word}` is none of: {}", list.join(", ")))
    } else {
        Err(format!("`{word}` is unknown{hint}"))
    }
}

fn amount(word: &str) -> Result<Money, String> {
    let (currency, digits) = [Currency::Cny, Currency::Usd]
        .into_iter()
        .find_map(|currency| Some((currency, word.strip_prefix(currency.code())?)))
        .unwrap_or((Currency::Cny, word.trim_start_matches(['¥', '￥'])));
    Money::parse(digits, currency).map_err(|error| match error {
        MoneyError::Negative => format!("`{word}`: an amount is never negative"),
        MoneyError::TooPrecise { allowed } => format!("`{word}`: an amount has at most {allowed} decimals"),
        MoneyError::Overflow => format!("`{word}` is too much"),
        _ => format!("`{word}` is not an amount such as 99.99"),
    })
}

fn number(word: &str) -> Result<i64, String> {
    word.parse().map_err(|_| format!("`{word}` is not a whole number"))
}

fn percent(word: &str) -> Result<u32, String> {
    let unfit = || format!("`{word}` is not a share such as 5% or 2.5%");
    let share = word.strip_suffix(['%', '％']).ok_or_else(unfit)?;
    // A share of a hundred with two decimals is a sum of hundredths, as money is.
    let read = Money::parse(share, Currency::Cny).map_err(|_| unfit())?;
    u32::try_from(read.minor()).ok().filter(|points| *points <= 10_000).ok_or_else(unfit)
}

/// `24h`, `1h30m`, `3d`.
fn span(word: &str) -> Result<i64, String> {
    let unfit = || format!("`{word}` is not a length of time such as 24h, 30m, 90s or 3d");
    let mut rest = word;
    let mut micros: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(unfit)?;
        let count: i64 = rest[..digits].parse().map_err(|_| unfit())?;
        let unit = rest[digits..].chars().next().ok_or_else(unfit)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(unfit()),
        };
        let part = count.checked_mul(seconds * 1_000_000).ok_or_else(unfit)?;
        micros = micros.checked_add(part).filter(|sum| *sum <= MOST_SPAN).ok_or_else(unfit)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    if word.is_empty() { Err(unfit()) } else { Ok(micros) }
}

fn whole(word: &str, unit: i64, name: &str) -> Result<Value, String> {
    let micros = span(word)?;
    if micros % unit == 0 { Ok(Value::Span(micros)) } else { Err(format!("`{word}` is no whole number of {name}")) }
}

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// Ten years: further than any deadline.
const MOST_SPAN: i64 = 3660 * 86_400 * 1_000_000;

/// `2026-03-10`, `2026-03-10 10:05`, `2026-03-10T10:05:00`, `2026-03-10 24:00`, `due`.
fn moment(word: &str, tokens: &mut &[Token]) -> Result<Moment, String> {
    if word == "due" {
        return Ok(Moment::Due);
    }
    let (date, time) = match word.split_once('T') {
        Some((date, time)) => (date, time.to_owned()),
        None => match tokens.first() {
            Some(Token::Word(time)) if time.starts_with(|c: char| c.is_ascii_digit()) && time.contains(':') => {
                let _ = tokens.split_off_first();
                (word, time.clone())
            }
            _ => (word, String::new()),
        },
    };
    let unfit = || format!("`{}` is not a date and time such as 2026-03-10 10:05:00", format!("{date} {time}").trim());
    let iso = date.len() == 10 && date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let clock = time.is_empty() || time.bytes().all(|b| b.is_ascii_digit() || b == b':');
    if !iso || !clock {
        return Err(unfit());
    }
    let day = Instant::parse_shanghai(date).ok_or_else(unfit)?;
    let at = match time.as_str() {
        "" => Some(day),
        "24:00" | "24:00:00" => Some(day.plus_days(1)),
        time => Instant::parse_shanghai(&format!("{date} {time}")),
    };
    at.filter(|at| (FIRST_YEAR..=LAST_YEAR).contains(&at.local().year())).map(Moment::At).ok_or_else(unfit)
}

const FIRST_YEAR: i16 = 2000;
const LAST_YEAR: i16 = 2100;

/// `1`, `1+3`, `1-4`.
fn units(word: &str) -> Result<Vec<u16>, String> {
    let unfit = || format!("`{word}` are not units such as 1, 1+3 or 1-4");
    let mut units = Vec::new();
    for part in word.split('+') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let one = |text: &str| text.parse::<u16>().ok().filter(|n| (1..=200).contains(n)).ok_or_else(unfit);
        units.extend(one(first)?..=one(last)?);
    }
    if units.is_empty() { Err(unfit()) } else { Ok(units) }
}
