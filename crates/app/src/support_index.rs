//! Keyed hashes by which support finds codes and contacts without anybody reading them: of the whole code, of its last eight
//! and its last six characters, of what a guest left to be reached by.

use crate::app::App;
use crate::codes::{folded, without_codes};
use crate::errors::{AppError, Result};
use yuanlu_blobs::{Place, Sealed, Secret};
use yuanlu_domain::ids::StockId;
use yuanlu_storage::{guest_access, outside_complaint, setting, stock};

/// How many characters of a code's end are found; what is as short as that is found as a whole only.
const ENDS: [usize; 2] = [6, 8];
/// Parts of a text that may be codes: as long as the shortest, and so many at most.
const LEAST_CODE: usize = 4;
const MOST_PARTS: usize = 200;
/// Rows of before the hashes were there, at a time.
const AT_ONCE: u32 = 500;
/// The setting that says that everything of before is findable.
const BUILT: &str = "support_index";

impl App {
    /// The keyed hash of a whole code.
    pub(crate) fn code_index(&self, code: &Secret<String>) -> String {
        self.vault().blind_index("code", code.expose().as_bytes())
    }

    /// Keyed hashes of the ends of a code.
    pub(crate) fn end_indexes(&self, code: &str) -> Vec<String> {
        let code = folded(code);
        let characters: Vec<char> = code.expose().chars().collect();
        let ends = ENDS.into_iter().filter(|end| characters.len() > *end);
        ends.map(|end| self.end_index(&characters[characters.len() - end..].iter().collect::<String>())).collect()
    }

    /// The keyed hash of what somebody read out, where it can be the end of a code.
    pub(crate) fn read_out_index(&self, end: &str) -> Option<String> {
        let end = folded(end);
        ENDS.contains(&end.expose().chars().count()).then(|| self.end_index(end.expose()))
    }

    fn end_index(&self, end: &str) -> String {
        self.vault().blind_index("code end", end.as_bytes())
    }

    /// The keyed hash of a contact: a telephone number however it is written, or anything else as it is.
    pub(crate) fn contact_index(&self, contact: &str) -> Option<String> {
        let written = contact.trim().to_lowercase();
        self.phone_index(contact)
            .or_else(|| (written.chars().count() >= 4).then(|| self.vault().blind_index("contact", written.as_bytes())))
    }

    /// A text in which codes of the platform are hidden, whosever they are.
    pub(crate) fn without_known_codes(&self, text: &str) -> Result<String> {
        let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
        let long = parts.filter(|part| part.chars().filter(char::is_ascii_alphanumeric).count() >= LEAST_CODE);
        let candidates: Vec<Secret<String>> = long.take(MOST_PARTS).map(|part| Secret::new(part.to_owned())).collect();
        let known = self.db().read(|db| {
            let mut known = Vec::new();
            for candidate in candidates {
                if stock::find_by_index(db, &self.code_index(&folded(candidate.expose())))?.is_some() {
                    known.push(candidate);
                }
            }
            Ok::<_, AppError>(known)
        })?;
        Ok(without_codes(text, &known))
    }

    /// Makes findable what was there before it could be; once.
    pub(crate) fn build_support_index(&self) -> Result<()> {
        if self.db().read(|db| setting::find(db, BUILT))?.is_some() {
            return Ok(());
        }
        let mut after = String::new();
        loop {
            let rows = self.db().read(|db| stock::list_sealed(db, &after, AT_ONCE))?;
            let Some((last, _, _)) = rows.last() else { break };
            after = last.to_string();
            let found: Vec<(StockId, Vec<String>)> =
                rows.iter().map(|row| Ok((row.0.clone(), self.ends_of(row)?))).collect::<Result<_>>()?;
            self.write(move |tx, _| {
                for (stock, ends) in &found {
                    ends.iter().try_for_each(|end| stock::put_fragment(tx, end, stock))?;
                }
                Ok(())
            })?;
        }
        let mut after = String::new();
        loop {
            let rows = self.db().read(|db| guest_access::list(db, &after, AT_ONCE))?;
            let Some(last) = rows.last() else { break };
            after = last.order.to_string();
            let mut found = Vec::new();
            for row in &rows {
                let contact = self.contact_of(row)?;
                found.extend(
                    self.contact_index(contact.expose())
                        .map(|index| outside_complaint::adding_phone(&index, &row.order, row.created_at)),
                );
            }
            self.write(move |tx, _| found.iter().try_for_each(|row| Ok(tx.run(row).map(drop)?)))?;
        }
        self.write(move |tx, now| Ok(setting::put(tx, BUILT, "built", now)?))
    }

    fn ends_of(&self, (stock, ciphertext, version): &stock::Sealed) -> Result<Vec<String>> {
        let version = u32::try_from(*version).map_err(|_| AppError::Unavailable)?;
        let place = Place { table: "stock", row: stock.as_str() };
        let code = self.vault().open_bytes(place, version, ciphertext).map_err(|_| AppError::Unavailable)?;
        Ok(std::str::from_utf8(code.expose()).map(|code| self.end_indexes(code)).unwrap_or_default())
    }

    /// What a guest left to be reached by.
    pub(crate) fn contact_of(&self, access: &guest_access::GuestAccess) -> Result<Secret<String>> {
        let place = Place { table: "guest_access", row: access.order.as_str() };
        let sealed = Sealed { ciphertext: access.contact.clone(), key_version: access.key_version };
        let opened = self.vault().open_record(place, &sealed).map_err(|_| AppError::Unavailable)?;
        String::from_utf8(opened.expose().clone()).map(Secret::new).map_err(|_| AppError::Unavailable)
    }
}
