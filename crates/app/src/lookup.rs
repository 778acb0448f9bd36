//! Names and pages that views need, each looked up once per answer.

use crate::errors::Result;
use crate::principal::Principal;
use crate::views::{OrganisationRef, SellerRef};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use yuanlu_domain::catalogue::Terms;
use yuanlu_domain::ids::{AccountId, OrganisationId, ProductId, SellerId};
use yuanlu_storage::product::ProductPage;
use yuanlu_storage::{Read, account, organisation, product, seller};

/// Pages of products as sold, which never change: those read last, shared by all answers.
#[derive(Clone, Default)]
pub(crate) struct Pages(Arc<Mutex<Known>>);

type Known = HashMap<(ProductId, i64), Arc<ProductPage>>;

impl Pages {
    /// A page is a few kilobytes; when so many are known, all are forgotten.
    const MOST: usize = 1_000;

    fn find(&self, db: &impl Read, terms: &Terms) -> Result<Arc<ProductPage>> {
        let key = (terms.product.clone(), terms.product_version);
        if let Some(known) = self.lock().get(&key) {
            return Ok(Arc::clone(known));
        }
        let Some(page) = product::find_page(db, &terms.product, terms.product_version)? else {
            let title = terms.product.to_string();
            return Ok(Arc::new(ProductPage { title, description: String::new(), how_to_use: String::new() }));
        };
        let page = Arc::new(page);
        let mut known = self.lock();
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(key, Arc::clone(&page));
        Ok(page)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looked-up names and pages, each once per answer.
#[derive(Default)]
pub(crate) struct Lookup {
    pages: Pages,
    sellers: BTreeMap<SellerId, String>,
    accounts: BTreeMap<AccountId, String>,
    organisations: BTreeMap<OrganisationId, OrganisationRef>,
}

impl Lookup {
    /// With the pages that are known already.
    pub(crate) fn with_pages(pages: &Pages) -> Self {
        Self { pages: pages.clone(), ..Self::default() }
    }

    /// Whose name is known, for he asks himself.
    pub(crate) fn of(mut self, who: &Principal) -> Self {
        self.accounts.extend(who.person().map(|person| (person.account.clone(), person.name.clone())));
        self
    }

    pub(crate) fn page(&self, db: &impl Read, terms: &Terms) -> Result<Arc<ProductPage>> {
        self.pages.find(db, terms)
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
