//! `contentPackages` and `contentProductPackages`: the solutions that are installed in a workspace, and the catalogue that
//! they are installed from \[spec\]. What a solution brings besides its connector's card is not emulated.

use serde_json::{Value, json};

use super::arm_call::{ArmCall, method_is};
use crate::emulator::collection::Resource;
use crate::emulator::exchange::{Answer, Reply};
use crate::emulator::refusals;
use crate::emulator::solutions::SOLUTIONS;
use crate::emulator::workspace::Workspace;

const INSTALLED: &str = "Microsoft.SecurityInsights/contentPackages";
const CATALOGUE: &str = "Microsoft.SecurityInsights/contentProductPackages";

/// What a PUT must say \[spec\], the last one by the service's own rule \[seen\].
const REQUIRED: [&str; 6] =
    ["contentId", "contentProductId", "contentKind", "version", "displayName", "contentSchemaVersion"];

/// The kinds of package \[spec\].
const KINDS: [&str; 2] = ["Solution", "Standalone"];

/// What a list takes besides \[spec\], and the emulator does not do.
const NOT_EMULATED: [&str; 6] = ["$filter", "$orderby", "$search", "$count", "$top", "$skip"];

/// Answers a call on the installed packages.
pub fn installed(workspace: &mut Workspace, arm: &ArmCall<'_>) -> Answer {
    let id = workspace.id();
    match (arm.call.method.as_str(), arm.name) {
        ("GET", None) => {
            plain(arm)?;
            let packages = workspace.content_packages.read_all();
            Ok(arm.page(packages.into_iter().map(|package| package.render(&id, INSTALLED)).collect()))
        }
        ("GET", Some(name)) => {
            let package = workspace.content_packages.read(name).ok_or_else(|| refusals::not_found(INSTALLED, name))?;
            Ok(Reply::json(200, package.render(&id, INSTALLED)))
        }
        ("PUT", Some(name)) => install(workspace, arm, name),
        ("DELETE", Some(name)) => {
            let known = workspace.content_packages.remove(name, arm.behaviour.delete_lag_reads);
            Ok(Reply::empty(if known { 200 } else { 204 }))
        }
        (method, _) => Err(refusals::no_such_method(method)),
    }
}

/// Answers a call on the catalogue, which nobody writes.
pub fn catalogue(workspace: &Workspace, arm: &ArmCall<'_>) -> Answer {
    method_is(arm.call, "GET")?;
    let id = workspace.id();
    let show = |package: &Resource| {
        let mut body = package.render(&id, CATALOGUE);
        let content_id = &package.properties["contentId"];
        let installed = workspace.content_packages.all().find(|known| known.properties["contentId"] == *content_id);
        // Null or absent where it is not installed [spec].
        body["properties"]["installedVersion"] =
            installed.map_or(Value::Null, |known| known.properties["version"].clone());
        body
    };
    match arm.name {
        None => {
            plain(arm)?;
            Ok(arm.page(workspace.content_product_packages.all().map(show).collect()))
        }
        Some(name) => {
            let package = workspace.content_product_packages.get(name);
            let mut body = show(package.ok_or_else(|| refusals::not_found(CATALOGUE, name))?);
            // Only who asks for one package gets what it deploys [spec: expandable; that the list leaves it out: seen].
            body["properties"]["packagedContent"] = json!({
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0",
                "resources": [],
            });
            Ok(Reply::json(200, body))
        }
    }
}

/// The cards that the installed solutions keep in the list of connectors \[seen\], by the connectors' content ids and the
/// packages' display names.
pub fn cards(workspace: &Workspace) -> Vec<(&'static str, String)> {
    let packages = workspace.content_packages.all();
    packages
        .flat_map(|package| {
            let content_id = package.properties["contentId"].as_str().unwrap_or_default();
            let solution = SOLUTIONS.iter().find(|known| known.content_id.eq_ignore_ascii_case(content_id));
            let title = package.properties["displayName"].as_str().unwrap_or_default().to_owned();
            solution.into_iter().flat_map(|known| known.cards).map(move |card| (*card, title.clone()))
        })
        .collect()
}

fn install(workspace: &mut Workspace, arm: &ArmCall<'_>, name: &str) -> Answer {
    let body = arm.body()?;
    let properties = body.get("properties").filter(|properties| properties.is_object());
    let properties = properties.ok_or_else(|| refusals::missing_property("properties"))?;
    let said = |field: &str| properties[field].as_str().filter(|text| !text.is_empty());
    for field in REQUIRED {
        said(field).ok_or_else(|| refusals::missing_property(&format!("properties.{field}")))?;
    }
    let [content_id, product_id, kind, version, ..] = REQUIRED.map(|field| said(field).unwrap_or_default());
    if !KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        return Err(refusals::bad_request(format!("'{kind}' is not a valid value for 'contentKind'.")));
    }
    let other = workspace.content_packages.all().find(|known| {
        let is_of_it = known.properties["contentId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(content_id));
        is_of_it && !known.name.eq_ignore_ascii_case(name)
    });
    if other.is_some() {
        // [seen: the code and the text's middle]
        let text = format!("The contentId '{content_id}' is already associated with another package.");
        return Err(Reply::error(400, "BadRequestException", text));
    }
    // What was refused was seen, and not with which words: product id and version have to be of one package [seen], which
    // is the catalogue's and none before it [inferred].
    let offered = workspace
        .content_product_packages
        .all()
        .find(|known| known.properties["contentId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(content_id)));
    let fits = offered.is_some_and(|known| {
        known.properties["version"] == version && known.properties["contentProductId"] == product_id
    });
    if !fits {
        let text =
            format!("The package '{content_id}' has no version '{version}' with the contentProductId '{product_id}'.");
        return Err(refusals::bad_request(text));
    }
    let mut kept = properties.clone();
    kept["installedVersion"] = json!(version);
    let known = workspace.content_packages.get(name).map_or(name, |known| &known.name).to_owned();
    let package = Resource::new(&known, None, kept);
    let shown = package.render(&workspace.id(), INSTALLED);
    let created = workspace.content_packages.put(package, arm.behaviour.lag_reads);
    Ok(Reply::json(if created { 201 } else { 200 }, shown))
}

/// Refuses what a list may be asked besides and is not done here.
fn plain(arm: &ArmCall<'_>) -> Result<(), Reply> {
    match NOT_EMULATED.iter().find(|name| arm.call.query(name).is_some()) {
        Some(other) => Err(refusals::not_emulated(&format!("{other} of a list of content packages"))),
        None => Ok(()),
    }
}
