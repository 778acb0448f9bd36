//! Phone numbers, in the form +CC….

use std::fmt;

/// A phone number: a plus sign and 8 to 15 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// Reads what people write; without a country it is a mobile phone of mainland China.
    pub fn parse(text: &str) -> Option<Self> {
        let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '\u{3000}')).collect();
        let kept = kept.strip_prefix("00").map(|rest| format!("+{rest}")).unwrap_or(kept);
        let digits = kept.strip_prefix('+').unwrap_or(&kept);
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mainland = |number: &str| {
            number.len() == 11 && number.starts_with('1') && matches!(number.as_bytes().get(1), Some(b'3'..=b'9'))
        };
        match kept.strip_prefix('+') {
            Some(_) if digits.starts_with("86") => mainland(&digits[2..]).then(|| Self(format!("+{digits}"))),
            Some(_) => {
                ((8..=15).contains(&digits.len()) && !digits.starts_with('0')).then(|| Self(format!("+{digits}")))
            }
            None => mainland(digits).then(|| Self(format!("+86{digits}"))),
        }
    }

    /// The number in the form +CC….
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough to recognise one's own: `138****5678`.
    pub fn hint(&self) -> String {
        let local = self.0.strip_prefix("+86").unwrap_or(&self.0);
        let (head, tail) = (3.min(local.len() / 3), 4.min(local.len() / 2 - 1));
        format!("{}****{}", &local[..head], &local[local.len() - tail..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_becomes_one_form() {
        for good in ["13812345678", "+86 138-1234-5678", "0086 13812345678"] {
            let phone = Phone::parse(good).unwrap();
            assert_eq!(phone.as_str(), "+8613812345678");
            assert_eq!(phone.hint(), "138****5678");
            assert!(!format!("{phone:?}").contains("1234"));
        }
        assert_eq!(Phone::parse("+1 415 555 2671").unwrap().as_str(), "+14155552671");
        for bad in ["", "12345", "12812345678", "+86 12345678901", "138123456789", "1381234567a", "+123", "+0123456789"]
        {
            assert_eq!(Phone::parse(bad), None, "{bad}");
        }
    }
}
