//! The forms as JSON has them, and what becomes of each.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::{Change, Document, Form, Object, Picked, Unread, or_default};

/// A part of a file, of whichever form it is.
pub fn document(raw: &RawValue) -> Result<Document, Unread> {
    if !raw.get().starts_with('{') {
        return Err(Unread::Other);
    }
    let fields: Fields = serde_json::from_str(raw.get()).map_err(Unread::Broken)?;
    let has = |name: &str| fields.contains_key(name);
    if has("encrypted_data") && has("encryption_version") {
        return Err(Unread::Encrypted);
    }
    if let Some(version) = take::<Option<Json>>(&fields, "format_version")?.as_ref().and_then(Json::as_str) {
        return match version.starts_with("1.") {
            true if has("planned_values") || has("resource_changes") => plan(&fields),
            true => Ok(state(objects(take::<Option<Shown>>(&fields, "values")?))),
            false => Err(Unread::Version(version.to_owned())),
        };
    }
    let stored = take::<Option<Json>>(&fields, "version")?.as_ref().and_then(Json::as_i64);
    match stored {
        Some(4) if has("resources") => {
            let resources: Vec<Stored> = take::<Option<_>>(&fields, "resources")?.unwrap_or_default();
            Ok(state(resources.into_iter().flat_map(Stored::objects).collect()))
        }
        // Only what looks like a state otherwise is one of another version.
        Some(version) if version != 4 && (has("modules") || has("terraform_version") || has("resources")) => {
            Err(Unread::Version(version.to_string()))
        }
        _ => Err(Unread::Other),
    }
}

type Fields<'a> = BTreeMap<String, &'a RawValue>;

fn take<T: DeserializeOwned + Default>(fields: &Fields<'_>, name: &str) -> Result<T, Unread> {
    fields.get(name).map_or_else(|| Ok(T::default()), |raw| serde_json::from_str(raw.get()).map_err(Unread::Broken))
}

fn state(objects: Vec<Object>) -> Document {
    Document { form: Form::State, objects, drift: Vec::new(), changes: Vec::new() }
}

fn plan(fields: &Fields<'_>) -> Result<Document, Unread> {
    // What the plan's refresh found; planned values are not there yet.
    let prior: Option<Prior> = take(fields, "prior_state")?;
    let changes = |name: &str| -> Result<Vec<Change>, Unread> {
        let changes: Option<Vec<ShownChange>> = take(fields, name)?;
        let managed = changes.into_iter().flatten().filter(|change| change.mode == "managed");
        Ok(managed.map(ShownChange::told).collect())
    };
    let form = Form::Plan {
        time: take::<Option<Json>>(fields, "timestamp")?.and_then(|time| time.as_str().map(str::to_owned)),
        is_errored: take::<Option<Json>>(fields, "errored")? == Some(Json::Bool(true)),
    };
    Ok(Document {
        form,
        objects: objects(prior.and_then(|prior| prior.values)),
        drift: changes("resource_drift")?,
        changes: changes("resource_changes")?,
    })
}

/// A resource of a state file.
#[derive(Deserialize)]
struct Stored {
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    module: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    provider: String,
    /// Deposed ones too: they are on their way out, but managed until then.
    #[serde(default, deserialize_with = "or_default")]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    index_key: Option<Json>,
    #[serde(default, deserialize_with = "or_default")]
    schema_version: i64,
    #[serde(default)]
    attributes: Picked,
    #[serde(default, deserialize_with = "or_default")]
    sensitive_attributes: Vec<Json>,
}

impl Stored {
    fn objects(self) -> Vec<Object> {
        let Self { mode, kind, name, module, provider, instances } = self;
        let is_data = mode == "data";
        let within = module.map(|module| format!("{module}.")).unwrap_or_default();
        let data = if is_data { "data." } else { "" };
        // provider["registry.terraform.io/hashicorp/azurerm"].west
        let provider =
            provider.split_once("[\"").and_then(|(_, rest)| rest.split_once("\"]")).map(|(address, _)| address);
        let object = |instance: Instance| {
            let index = instance.index_key.map(|key| format!("[{key}]")).unwrap_or_default();
            let paths = instance.sensitive_attributes.iter();
            let sensitive: Vec<_> = paths.filter_map(|path| Some(path[0]["value"].as_str()?.to_owned())).collect();
            Object {
                address: format!("{within}{data}{kind}.{name}{index}"),
                is_data,
                kind: kind.clone(),
                provider: provider.unwrap_or_default().to_owned(),
                schema_version: instance.schema_version,
                attributes: instance.attributes.without(&sensitive),
            }
        };
        instances.into_iter().map(object).collect()
    }
}

#[derive(Deserialize)]
struct Prior {
    values: Option<Shown>,
}

#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    root_module: Module,
}

#[derive(Default, Deserialize)]
struct Module {
    #[serde(default)]
    resources: Vec<ShownResource>,
    #[serde(default)]
    child_modules: Vec<Module>,
}

#[derive(Deserialize)]
struct ShownResource {
    address: String,
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    provider_name: String,
    #[serde(default, deserialize_with = "or_default")]
    schema_version: i64,
    #[serde(default)]
    values: Picked,
    #[serde(default)]
    sensitive_values: Json,
}

fn objects(shown: Option<Shown>) -> Vec<Object> {
    let mut found = Vec::new();
    if let Some(shown) = shown {
        shown.root_module.collect(&mut found);
    }
    found
}

impl Module {
    fn collect(self, found: &mut Vec<Object>) {
        found.extend(self.resources.into_iter().map(|resource| Object {
            address: resource.address,
            is_data: resource.mode == "data",
            kind: resource.kind,
            provider: resource.provider_name,
            schema_version: resource.schema_version,
            attributes: hidden(resource.values, &resource.sensitive_values),
        }));
        self.child_modules.into_iter().for_each(|module| module.collect(found));
    }
}

#[derive(Deserialize)]
struct ShownChange {
    address: String,
    #[serde(default, deserialize_with = "or_default")]
    mode: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    provider_name: String,
    change: What,
}

#[derive(Deserialize)]
struct What {
    #[serde(default)]
    actions: Vec<String>,
    before: Option<Picked>,
    after: Option<Picked>,
    #[serde(default)]
    after_unknown: Json,
    #[serde(default)]
    before_sensitive: Json,
    #[serde(default)]
    after_sensitive: Json,
    importing: Option<Json>,
}

impl ShownChange {
    fn told(self) -> Change {
        let What { actions, before, after, after_unknown, before_sensitive, after_sensitive, importing } = self.change;
        Change {
            address: self.address,
            kind: self.kind,
            provider: self.provider_name,
            actions,
            is_import: importing.is_some(),
            before: before.map(|before| hidden(before, &before_sensitive)),
            after: after.map(|after| hidden(after, &after_sensitive)),
            unknown: marked(&after_unknown),
        }
    }
}

/// Attributes without those that are marked as sensitive.
fn hidden(attributes: Picked, marks: &Json) -> Picked {
    match marks {
        Json::Bool(true) => Picked::default(),
        marks => attributes.without(&marked(marks)),
    }
}

/// The attributes that are marked wholly or in a part.
fn marked(marks: &Json) -> Vec<String> {
    let names = marks.as_object().into_iter().flatten();
    names.filter(|(_, mark)| holds_true(mark)).map(|(name, _)| name.clone()).collect()
}

fn holds_true(mark: &Json) -> bool {
    match mark {
        Json::Bool(is_marked) => *is_marked,
        Json::Array(parts) => parts.iter().any(holds_true),
        Json::Object(parts) => parts.values().any(holds_true),
        _ => false,
    }
}
