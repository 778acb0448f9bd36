//! Names and pages that views need, each looked up once per answer.

use crate::errors::Result;
use crate::principal::Principal;
use crate::views::{OrganisationRef, SellerRef};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use yuanlu_domain::catalogue::Terms;
use yuanlu_domain::ids::{AccountId, OrganisationId, ProductId, SellerId};
use yuanlu_storage::product::ProductPage;
use yuanlu_storage::{Read, Result as StorageResult, account, agreement, organisation, product, seller};

/// What never changes once it is written, shared by all answers: what was read last.
#[derive(Clone, Default)]
pub(crate) struct Lasting {
    pages: Kept<(ProductId, i64), Arc<ProductPage>>,
    /// Kind and version, by hash.
    agreements: Kept<String, (String, i64)>,
}

#[derive(Clone)]
struct Kept<K, V>(Arc<Mutex<HashMap<K, V>>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// One is a few kilobytes; when so many are known, all are forgotten.
    const MOST: usize = 1_000;

    fn find(&self, key: K, read: impl FnOnce(&K) -> StorageResult<Option<V>>) -> StorageResult<Option<V>> {
        if let Some(known) = self.lock().get(&key) {
            return Ok(Some(known.clone()));
        }
        let Some(found) = read(&key)? else { return Ok(None) };
        let mut known = self.lock();
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(key, found.clone());
        Ok(Some(found))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looked-up names and pages, each once per answer.
#[derive(Default)]
pub(crate) struct Lookup {
    lasting: Lasting,
    sellers: BTreeMap<SellerId, String>,
    accounts: BTreeMap<AccountId, String>,
    organisations: BTreeMap<OrganisationId, OrganisationRef>,
}

impl Lookup {
    /// With what is known already.
    pub(crate) fn knowing(lasting: &Lasting) -> Self {
        Self { lasting: lasting.clone(), ..Self::default() }
    }

    /// Whose name is known, for he asks himself.
    pub(crate) fn of(mut self, who: &Principal) -> Self {
        self.accounts.extend(who.person().map(|person| (person.account.clone(), person.name.clone())));
        self
    }

    pub(crate) fn page(&self, db: &impl Read, terms: &Terms) -> Result<Arc<ProductPage>> {
        let key = (terms.product.clone(), terms.product_version);
        let found = self
            .lasting
            .pages
            .find(key, |(product, version)| product::find_page(db, product, *version).map(|page| page.map(Arc::new)))?;
        Ok(found.unwrap_or_else(|| {
            let title = terms.product.to_string();
            Arc::new(ProductPage { title, description: String::new(), how_to_use: String::new() })
        }))
    }

    /// Kind and version of the agreement with this hash.
    pub(crate) fn agreement(&self, db: &impl Read, hash: &str) -> Result<Option<(String, i64)>> {
        Ok(self.lasting.agreements.find(hash.to_owned(), |hash| agreement::find_version(db, hash))?)
    }

    pub(crate) fn seller(&mut self, db: &impl Read, id: &SellerId) -> Result<SellerRef> {
        if !self.sellers.contains_key(id) {
            let name = seller::find(db, id)?.map_or_else(|| id.to_string(), |seller| seller.name);
            self.sellers.insert(id.clone(), name);
        }
        Ok(SellerRef { id: id.to_string(), name: self.sellers.get(id).cloned().unwrap_or_default() })
    }

    pub(crate) fn organisation(&mut self, db: &impl Read, id: &OrganisationId) -> Result<OrganisationRef> {
        if let Some(known) = self.organisations.get(id) {
            return Ok(known.clone());
        }
        let found = organisation::find(db, id)?;
        let (name_zh, name_en) = found.map_or_else(Default::default, |found| (found.name_zh, found.name_en));
        let shown = OrganisationRef { id: id.to_string(), name_zh, name_en };
        self.organisations.insert(id.clone(), shown.clone());
        Ok(shown)
    }

    pub(crate) fn login(&mut self, db: &impl Read, id: &AccountId) -> Result<String> {
        if !self.accounts.contains_key(id) {
            let login = account::find(db, id)?.map_or_else(|| id.to_string(), |account| account.login);
            self.accounts.insert(id.clone(), login);
        }
        Ok(self.accounts.get(id).cloned().unwrap_or_default())
    }
}
