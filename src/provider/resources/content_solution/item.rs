//! A solution as state has it and as the service has it, and which version is to be installed. No I/O.

use super::block::{CONTENT_ID, DISPLAY_NAME, PRODUCT, PRODUCT_ID, UPDATE_AVAILABLE, VERSION, block, solution_of};
use crate::arm::{Collection, ResourceId, WorkspaceId};
use crate::catalog::Connector;
use crate::provider::engine::attributes::{ADOPT_EXISTING, ID, TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::place;
use crate::provider::packages::{Package, is_newer};
use crate::terraform::{AttributePath, Planned, Value, plan};

/// Fills in what identifies a solution, as far as its workspace and one of its two names are known.
pub fn identify(rows: &'static [Connector], value: &mut Value) {
    if !value.get(CONTENT_ID).is_known()
        && let Some(content_id) = value.get(PRODUCT).as_str().and_then(|product| solution_of(rows, product))
    {
        value.set(CONTENT_ID, content_id);
    }
    if !value.get(PRODUCT).is_known()
        && let Some(content_id) = value.get(CONTENT_ID).as_str()
    {
        let product = Connector::of_solution(rows, content_id).next().map(|row| row.product);
        value.set(PRODUCT, product);
    }
    let id = place::known_workspace(value).zip(value.get(CONTENT_ID).as_str()).map(|(workspace, name)| {
        ResourceId { workspace, collection: Collection::ContentPackages, name: name.to_owned() }.to_string()
    });
    if let Some(id) = id {
        value.set(ID, id);
    }
}

/// Fills in what a change of the configuration makes of the two names: another spelling is no change, and another solution
/// is another resource.
pub fn identify_again(rows: &'static [Connector], config: &Value, prior: &Value, planned: &mut Planned) {
    let (value, before) = (&mut planned.value, prior.get(CONTENT_ID).as_str().unwrap_or_default());
    let is_other = if config.get(CONTENT_ID).is_null() {
        let wanted = config.get(PRODUCT).as_str().and_then(|product| solution_of(rows, product));
        wanted.is_none_or(|wanted| !wanted.eq_ignore_ascii_case(before)) && !config.get(PRODUCT).is_null()
    } else {
        planned.requires_replace.contains(&AttributePath::from(CONTENT_ID))
    };
    if !is_other {
        if prior.get(PRODUCT).is_known() || config.get(PRODUCT).is_null() {
            value.set(PRODUCT, prior.get(PRODUCT).clone());
        }
    } else if config.get(CONTENT_ID).is_null() {
        value.set(CONTENT_ID, Value::unknown());
        planned.requires_replace.push(AttributePath::from(CONTENT_ID));
    } else if config.get(PRODUCT).is_null() {
        value.set(PRODUCT, Value::unknown());
    }
}

/// Shows a package as what is installed.
pub fn show(value: &mut Value, package: &Package) {
    value.set(VERSION, package.version.as_str());
    value.set(DISPLAY_NAME, package.display_name.as_str());
    value.set(PRODUCT_ID, package.product_id.as_str());
}

/// Shows what the catalogue offers beyond what is installed.
pub fn show_update(value: &mut Value, offered: Option<&Package>) {
    let installed = value.get(VERSION).as_str().unwrap_or_default();
    let newer = offered.map(|offered| offered.version.as_str()).filter(|offered| is_newer(offered, installed));
    let newer = Value::from(newer);
    value.set(UPDATE_AVAILABLE, newer);
}

/// State as the service shows what is installed, in the spelling that state has.
pub fn seen(rows: &'static [Connector], state: &Value, installed: &Package) -> Value {
    let mut answered = state.clone();
    answered.set(CONTENT_ID, installed.content_id.as_str());
    show(&mut answered, installed);
    let mut answered = plan::keep_spellings(&block(rows), state, answered);
    identify(rows, &mut answered);
    answered.set(ID, state.get(ID).clone());
    answered
}

/// The state of a solution that is in nobody's state yet.
pub fn imported(rows: &'static [Connector], workspace: &WorkspaceId, tenant: &Value, installed: &Package) -> Value {
    let mut state = place::blank(&block(rows));
    state.set(WORKSPACE_ID, workspace.to_string());
    state.set(TENANT_ID, tenant.clone());
    state.set(ADOPT_EXISTING, false);
    state.set(CONTENT_ID, installed.content_id.as_str());
    show(&mut state, installed);
    identify(rows, &mut state);
    state
}

/// What is to be done for a version.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// What is installed stays.
    Keep(Package),
    Install(Package),
    /// Neither is there.
    NoPackage,
    /// It is neither the newest nor installed.
    OutOfReach,
}

/// Which package a configured version means, of the one that is offered and the one that is to be taken over.
pub fn choose(version: Option<&str>, offered: Option<Package>, installed: Option<Package>) -> Choice {
    let is_wanted = |package: &Package| version.is_none_or(|version| package.version == version);
    match (installed, offered) {
        (Some(installed), _) if is_wanted(&installed) => Choice::Keep(installed),
        (_, Some(offered)) if is_wanted(&offered) => Choice::Install(offered),
        (None, None) => Choice::NoPackage,
        _ => Choice::OutOfReach,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(version: &str) -> Package {
        Package {
            content_id: "a.b".to_owned(),
            product_id: format!("a.b-sl-{version}"),
            kind: "Solution".to_owned(),
            version: version.to_owned(),
            display_name: "B".to_owned(),
            schema_version: Some("3.0.0".to_owned()),
        }
    }

    #[test]
    fn only_the_newest_and_what_is_there_can_be_had() {
        let (new, old) = (|| Some(package("2")), || Some(package("1")));
        assert_eq!(choose(None, new(), None), Choice::Install(package("2")));
        assert_eq!(choose(None, new(), old()), Choice::Keep(package("1")));
        assert_eq!(choose(None, None, old()), Choice::Keep(package("1")));
        assert_eq!(choose(None, None, None), Choice::NoPackage);
        assert_eq!(choose(Some("2"), new(), old()), Choice::Install(package("2")));
        assert_eq!(choose(Some("1"), new(), old()), Choice::Keep(package("1")));
        assert_eq!(choose(Some("1"), new(), None), Choice::OutOfReach);
        assert_eq!(choose(Some("2"), None, old()), Choice::OutOfReach);
        assert_eq!(choose(Some("2"), None, None), Choice::NoPackage);
    }
}
