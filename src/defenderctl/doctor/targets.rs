//! What is to be looked at: the objects of plans and states by their workspaces, and what the command line names.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::CONNECTORS;
use crate::defenderctl::forms::{self, Picked};
use crate::defenderctl::report::building::{Homes, Place};
use crate::defenderctl::report::gathered::Gathered;
use crate::provider::attributes::{ADOPT_EXISTING, ID, MANAGED_BY_PORTAL, SUBSCRIPTION_ID, WORKSPACE_ID};
use crate::provider::examination::{Operations, Target, Wish};
use crate::provider::interlocks::{Part, Party};
use crate::provider::split_tenant;

/// What the command line names.
pub struct Asked<'a> {
    pub workspaces: &'a [String],
    pub types: &'a [String],
    pub known: &'a [&'a str],
    /// The tenant of what names none, where the provider block names one.
    pub own_tenant: Option<String>,
}

/// All workspaces that are known by an id, each once for each tenant that it is asked in.
pub fn of(gathered: &Gathered, asked: &Asked<'_>) -> Vec<Target> {
    let mut targets: BTreeMap<Place, Target> = BTreeMap::new();
    let homes = Homes::of(gathered);
    let mut wishes = |attributes: &Picked, wish: Wish| {
        // What is made together with its workspace is nowhere yet.
        let Some(workspace_id) = attributes.text(WORKSPACE_ID) else { return };
        let (tenant, workspace) = homes.place(attributes);
        let place = (tenant.or_else(|| asked.own_tenant.clone()), workspace);
        let new = || Target { tenant_id: place.0.clone(), workspace_id: workspace_id.to_owned(), wishes: Vec::new() };
        targets.entry(place.clone()).or_insert_with(new).wishes.push(wish);
    };
    let mut changed = BTreeSet::new();
    for change in &gathered.changes {
        let Some(attributes) = change.after.as_ref().or(change.before.as_ref()) else { continue };
        let does = |action: &str| change.actions.iter().any(|done| done == action);
        let operations = Operations { creates: does("create"), updates: does("update"), deletes: does("delete") };
        let mut wish = wish(&change.kind, &change.address, attributes, operations);
        if change.after.is_none() {
            // What goes plays no part any more.
            wish = Wish { party: None, of: Vec::new(), ..wish };
        }
        wish.id = change.before.as_ref().and_then(|before| before.text(ID)).map(str::to_owned);
        changed.insert((&change.address, attributes.text(WORKSPACE_ID)));
        wishes(attributes, wish);
    }
    for seen in gathered.objects().filter(|seen| !seen.object.is_data) {
        let (object, attributes) = (&seen.object, &seen.object.attributes);
        if changed.contains(&(&object.address, attributes.text(WORKSPACE_ID))) {
            continue;
        }
        // A plan says what is to be done; of a state nobody knows what its next plan does.
        let operations = Operations { updates: !seen.is_planned, ..Operations::default() };
        wishes(attributes, wish(&object.kind, &object.address, attributes, operations));
    }
    for text in asked.workspaces {
        let (tenant, id) = split_tenant(text);
        let tenant = tenant.map(str::to_lowercase).or_else(|| asked.own_tenant.clone());
        let place = (tenant.clone(), Some(id.trim_end_matches('/').to_lowercase()));
        let new = || Target { tenant_id: tenant, workspace_id: id.to_owned(), wishes: Vec::new() };
        targets.entry(place).or_insert_with(new).wishes.extend(named(asked));
    }
    targets.into_values().collect()
}

fn wish(kind: &str, address: &str, attributes: &Picked, operations: Operations) -> Wish {
    let flag = |name: &str| attributes.get(name).as_bool() == Some(true);
    let text = |name: &str| attributes.text(name).map(str::to_owned);
    let names = ["product", "content_id"].into_iter().filter_map(text);
    Wish {
        resource: kind.to_owned(),
        name: address.to_owned(),
        operations,
        id: text(ID),
        party: forms::party(kind, address, attributes),
        subscription_id: text(SUBSCRIPTION_ID),
        of: names.chain(attributes.texts("products").map(str::to_owned)).collect(),
        adopts: flag(ADOPT_EXISTING),
        managed_by_portal: flag(MANAGED_BY_PORTAL),
        is_asked_for: true,
    }
}

/// One of each type that is named, or of every type, as a block with nothing but what it must have would make it.
fn named(asked: &Asked<'_>) -> impl Iterator<Item = Wish> {
    let is_asked_for = !asked.types.is_empty();
    let types = asked.known.iter().filter(move |known| !is_asked_for || asked.types.iter().any(|of| of == *known));
    types.map(move |name| {
        let row = CONNECTORS.iter().find(|row| row.resource == *name);
        let is_on = |attribute: &str| {
            let types = row.iter().flat_map(|row| row.data_types);
            types.into_iter().any(|of| of.attribute == attribute && of.default)
        };
        let part = row.and_then(|row| Some((row, Part::of_connector(row, is_on)?)));
        let party = part.map(|(row, part)| Party { id: (*name).to_owned(), product: row.product.to_owned(), part });
        let operations = Operations { creates: true, updates: true, deletes: true };
        let name = (*name).to_owned();
        Wish { resource: name.clone(), name, operations, party, is_asked_for, ..Wish::default() }
    })
}
