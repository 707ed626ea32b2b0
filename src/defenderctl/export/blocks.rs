//! The blocks that stand for what was found: an `import` and a `resource` each, under an address that nothing else has.

use std::collections::{BTreeMap, BTreeSet};

use super::names;
use super::search::Found;
use crate::defenderctl::hcl;
use crate::defenderctl::state::Managed;
use crate::provider::attributes::TENANT_ID;
use crate::terraform::{Diagnostic, Object, Value};

/// What objects are told apart by where a workspace may have several of a type.
const GOES_BY: [&str; 2] = ["display_name", "table"];

/// What comes of one object.
pub struct Entry {
    /// What the workspace goes by here.
    pub place: String,
    pub type_name: String,
    pub is_managed: bool,
    /// Its blocks; none where it is managed already.
    pub text: String,
}

/// Everything that was found, in order.
pub struct Written {
    pub entries: Vec<Entry>,
    /// What places go by here, by their ids in lower case.
    pub places: BTreeMap<String, String>,
}

impl Written {
    /// `own_tenant` is the provider's own, which an import id need not name.
    pub fn of(
        found: &[Found],
        managed: &Managed,
        own_tenant: Option<&str>,
        alias: Option<&str>,
    ) -> Result<Self, Diagnostic> {
        let places = names::of_places(found.iter().map(Found::place));
        let place = |found: &Found| places.get(&found.place().to_lowercase()).map(String::as_str).unwrap_or_default();
        let types: BTreeSet<_> = found.iter().map(|found| found.resource.type_name()).collect();
        // Managed ones have a name too, so that those of the others stay when these are imported.
        let of_type = |of: &str| {
            let these = found.iter().filter(|found| found.resource.type_name() == of);
            names::of_objects(these.map(|found| (found.id(), place(found), goes_by(found))))
        };
        let named: BTreeMap<_, _> = types.into_iter().map(|of| (of, of_type(of))).collect();
        let entries = found.iter().map(|found| {
            let type_name = found.resource.type_name();
            let is_managed = managed.address(found.id()).is_some();
            let name = named.get(type_name).and_then(|names| names.get(&found.id().to_lowercase()));
            let name = name.map(String::as_str).unwrap_or_default();
            let text = if is_managed { String::new() } else { blocks(found, name, own_tenant, alias)? };
            Ok(Entry { place: place(found).to_owned(), type_name: type_name.to_owned(), is_managed, text })
        });
        let entries = entries.collect::<Result<_, _>>()?;
        Ok(Self { entries, places })
    }
}

/// What a user tells an object by.
fn goes_by(found: &Found) -> &str {
    GOES_BY.iter().find_map(|name| found.state.get(name).as_str()).unwrap_or_default()
}

fn blocks(found: &Found, name: &str, own_tenant: Option<&str>, alias: Option<&str>) -> Result<String, Diagnostic> {
    let resource = &found.resource;
    let of = resource.type_name();
    let provider = alias.map(|alias| ("provider", format!("defender.{alias}")));
    let id = resource.import_id(&identity(found, own_tenant))?;
    let mut import = vec![("to", format!("{of}.{name}")), ("id", hcl::quoted(&id))];
    import.extend(provider.clone());
    let import = hcl::block("import", &import);
    let meta: Vec<_> = provider.into_iter().collect();
    let config = resource.config_of(&found.state);
    Ok(format!("{import}\n{}", hcl::resource(of, name, &meta, &resource.schema().block, &config)))
}

/// The identity of what was found, without the provider's own tenant.
fn identity(found: &Found, own_tenant: Option<&str>) -> Value {
    let attributes = found.resource.identity().attributes.into_iter().map(|attribute| {
        let value = found.state.get(attribute.name);
        let is_own = attribute.name == TENANT_ID
            && value.as_str().zip(own_tenant).is_some_and(|(tenant, own)| tenant.eq_ignore_ascii_case(own));
        (attribute.name.to_owned(), if is_own { Value::Null } else { value.clone() })
    });
    Value::Object(attributes.collect::<Object>())
}
