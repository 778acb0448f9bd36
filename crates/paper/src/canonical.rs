//! One spelling per value: keys sorted by their bytes, no spaces, whole numbers only. What is signed is spelt like this.

use serde::Serialize;
use serde_json::Value;

/// Why a value has no canonical spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit;

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("numbers must be whole")
    }
}

impl std::error::Error for Unfit {}

/// The canonical spelling of a value.
pub fn text(value: &Value) -> Result<String, Unfit> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

/// The canonical spelling of anything that serialises to JSON.
pub fn of(value: &impl Serialize) -> Result<String, Unfit> {
    text(&serde_json::to_value(value).map_err(|_| Unfit)?)
}

fn write(value: &Value, out: &mut String) -> Result<(), Unfit> {
    match value {
        Value::Number(number) if !number.is_i64() && !number.is_u64() => return Err(Unfit),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&value.to_string()),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
            out.push('{');
            for (i, (name, item)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write(item, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_of_keys_and_spaces_do_not_matter() {
        let one: Value = serde_json::from_str(r#"{"b": [1, {"z":null,"a":"退款\n"}], "a": -3}"#).unwrap();
        assert_eq!(text(&one).unwrap(), r#"{"a":-3,"b":[1,{"a":"退款\n","z":null}]}"#);
        assert_eq!(text(&json!({"a": 0.5})), Err(Unfit));
    }
}
