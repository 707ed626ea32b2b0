//! What Terraform tells of what it manages, in the forms that it has for that: a state file, and what `terraform show -json`
//! prints of a state or of a plan. Of an object no more is kept than the attributes that are asked for here, and none that
//! Terraform marks as sensitive.

mod party;
mod picked;
mod raw;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Deserializer;
use serde_json::value::RawValue;

pub use party::party;
pub use picked::Picked;

/// What one file, or a part of one, tells.
#[derive(Debug)]
pub struct Document {
    pub form: Form,
    pub objects: Vec<Object>,
    /// What a plan found changed since the state was written.
    pub drift: Vec<Change>,
    /// What a plan is to change.
    pub changes: Vec<Change>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    State,
    Plan {
        /// When it was made, RFC 3339; Terraform tells it from 1.5 on.
        time: Option<String>,
        /// Whether errors ended it before it was whole.
        is_errored: bool,
    },
}

/// An object of any form.
#[derive(Debug)]
pub struct Object {
    pub address: String,
    pub is_data: bool,
    pub kind: String,
    /// The provider's address, "" where nobody tells.
    pub provider: String,
    pub schema_version: i64,
    pub attributes: Picked,
}

/// What becomes, or became, of an object.
#[derive(Debug)]
pub struct Change {
    pub address: String,
    pub kind: String,
    pub provider: String,
    pub actions: Vec<String>,
    pub is_import: bool,
    pub before: Option<Picked>,
    pub after: Option<Picked>,
    /// The attributes that only an apply will tell.
    pub unknown: Vec<String>,
}

/// Why a file is none of the forms.
#[derive(Debug)]
pub enum Unread {
    /// JSON of something else.
    Other,
    /// A state of a Terraform that nobody has any more, or not yet.
    Version(String),
    /// OpenTofu encrypted it.
    Encrypted,
    /// A plan as `terraform plan -out` saves it.
    SavedPlan,
    Broken(serde_json::Error),
}

impl Unread {
    /// What is the matter, for after the file's name.
    pub fn why(&self) -> String {
        match self {
            Self::Other => "it is JSON, but neither a state nor a plan".to_owned(),
            Self::Version(version) => format!("it is of version {version}"),
            Self::Encrypted => "it is encrypted".to_owned(),
            Self::SavedPlan => "it is a plan as terraform plan -out saves it".to_owned(),
            // The library would show what it found, which may be a secret in the wrong place.
            Self::Broken(error) if error.is_data() => "it is built otherwise than Terraform builds it".to_owned(),
            Self::Broken(error) => error.to_string(),
        }
    }
}

/// What every saved plan begins with, which is a zip file.
const ZIP: &[u8] = b"PK\x03\x04";

/// What a file holds: one form, or several one after the other. What comes after a part that is broken is not read.
pub fn documents(bytes: &[u8]) -> Vec<Result<Document, Unread>> {
    if bytes.starts_with(ZIP) {
        return vec![Err(Unread::SavedPlan)];
    }
    let text = decoded(bytes);
    let mut found: Vec<_> = Deserializer::from_slice(&text)
        .into_iter::<&RawValue>()
        .map(|part| part.map_err(Unread::Broken).and_then(raw::document))
        .collect();
    if found.is_empty() {
        // The words for nothing at all are the library's own.
        let nothing = serde_json::from_slice::<&RawValue>(&text).map(drop).map_err(Unread::Broken);
        found.extend(nothing.err().map(Err));
    }
    found
}

/// Windows PowerShell writes UTF-16 where it is told `>`, and others mark UTF-8.
fn decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| -> Cow<'_, [u8]> {
        let units: Vec<_> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        Cow::Owned(String::from_utf16_lossy(&units).into_bytes())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        _ => Cow::Borrowed(bytes),
    }
}

/// A field that may be null as one that may be left out.
fn or_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    fn shown(bytes: &[u8]) -> String {
        let part = |part: Result<Document, Unread>| match part {
            Err(why) => format!("unread: {}\n", why.why()),
            Ok(document) => {
                let mut text = format!("{:?}\n", document.form);
                for object in &document.objects {
                    text += &format!("  {} {:?}\n", object.address, object.attributes);
                }
                for (what, changes) in [("drift", &document.drift), ("change", &document.changes)] {
                    for change in changes {
                        let Change { address, actions, is_import, before, after, unknown, .. } = change;
                        let import = if *is_import { " import" } else { "" };
                        text += &format!("  {what}{import} {actions:?} {address}\n    {before:?}\n    {after:?}\n");
                        text += &format!("    unknown: {unknown:?}\n");
                    }
                }
                text
            }
        };
        documents(bytes).into_iter().map(part).collect()
    }

    #[test]
    fn of_every_form_the_same_is_read_and_nothing_sensitive() {
        let provider = "registry.terraform.io/sentinel-iac/defender";
        let values =
            json!({ "id": "/A", "enabled": true, "product": "SECRET", "api_key": "SECRET", "description": "SECRET" });
        let stored = json!({
            "version": 4, "outputs": { "password": { "value": "SECRET" } },
            "resources": [{
                "mode": "managed", "type": "defender_incident_rule", "name": "x", "module": "module.m",
                "provider": format!("module.m.provider[\"{provider}\"].west"),
                "instances": [{ "index_key": "k", "attributes": values, "sensitive_attributes": [
                    [{ "type": "get_attr", "value": "product" }], [{ "type": "get_attr", "value": "description" }, { "type": "index", "value": 0 }],
                ] }],
            }],
        });
        let resource = json!({
            "address": "defender_incident_rule.x", "mode": "managed", "type": "defender_incident_rule", "name": "x",
            "provider_name": provider, "values": values, "sensitive_values": { "product": true, "description": [false, { "a": true }], "enabled": [] },
        });
        let state = json!({ "format_version": "1.0", "values": { "root_module": { "resources": [resource] } } });
        let change = |actions: Vec<&str>, before, after: serde_json::Value| {
            json!({
                "address": "defender_incident_rule.x", "mode": "managed", "type": "defender_incident_rule", "provider_name": provider,
                "change": {
                    "actions": actions, "before": before, "after": after, "importing": { "id": "/A" },
                    "after_unknown": { "id": true, "tables": [] }, "before_sensitive": { "product": true, "description": true },
                    "after_sensitive": true,
                },
            })
        };
        let plan = json!({
            "format_version": "1.2", "timestamp": "2026-11-28T08:00:00Z", "variables": { "key": { "value": "SECRET" } }, "planned_values": {},
            "prior_state": { "format_version": "1.0", "values": { "root_module": { "child_modules": [{ "resources": [resource] }] } } },
            "resource_changes": [
                change(vec!["create"], json!(null), values.clone()),
                { "address": "data.x.y", "mode": "data", "type": "x", "change": { "actions": ["read"] } },
            ],
            "resource_drift": [change(vec!["update"], values.clone(), json!(null))],
        });
        let together = format!("{state}\n{plan}");
        let texts = [stored.to_string(), together].map(|text| shown(text.as_bytes())).concat();
        assert!(!texts.contains("SECRET"), "{texts}");
        expect![[r#"
            State
              module.m.defender_incident_rule.x["k"] Picked({"enabled": Bool(true), "id": String("/A")})
            State
              defender_incident_rule.x Picked({"enabled": Bool(true), "id": String("/A")})
            Plan { time: Some("2026-11-28T08:00:00Z"), is_errored: false }
              defender_incident_rule.x Picked({"enabled": Bool(true), "id": String("/A")})
              drift import ["update"] defender_incident_rule.x
                Some(Picked({"enabled": Bool(true), "id": String("/A")}))
                None
                unknown: ["id"]
              change import ["create"] defender_incident_rule.x
                None
                Some(Picked({}))
                unknown: ["id"]
        "#]]
        .assert_eq(&texts);
    }

    #[test]
    fn what_is_none_of_the_forms_is_told_apart() {
        let wide: Vec<u8> = "\u{feff}{\"format_version\":\"1.0\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}{\"format_version\":\"1.0\"}".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let deep = format!("{{\"version\":4,\"resources\":{}{}}}", "[".repeat(500), "]".repeat(500));
        let inputs: [&[u8]; 17] = [
            b"",
            b"  ",
            b"[]",
            b"7",
            b"{}",
            b"{\"version\":3}",
            b"{\"version\":\"1.0.0\",\"name\":\"a package\"}",
            b"{\"format_version\":\"2.0\"}",
            b"{\"version\":4,\"resources\":[{\"mode\":\"managed\"",
            b"{\"version\":4,\"resources\":7}",
            b"{\"version\":4}",
            b"{\"meta\":{},\"encrypted_data\":\"x\",\"encryption_version\":\"v0\"}",
            b"PK\x03\x04...",
            b"\xff\x00\x01",
            &wide,
            &big,
            deep.as_bytes(),
        ];
        let seen: String = inputs.iter().map(|input| shown(input)).collect();
        expect![[r#"
            unread: EOF while parsing a value at line 1 column 0
            unread: EOF while parsing a value at line 1 column 2
            unread: it is JSON, but neither a state nor a plan
            unread: it is JSON, but neither a state nor a plan
            unread: it is JSON, but neither a state nor a plan
            unread: it is JSON, but neither a state nor a plan
            unread: it is JSON, but neither a state nor a plan
            unread: it is of version 2.0
            unread: EOF while parsing an object at line 1 column 43
            unread: it is built otherwise than Terraform builds it
            unread: it is JSON, but neither a state nor a plan
            unread: it is encrypted
            unread: it is a plan as terraform plan -out saves it
            unread: expected value at line 1 column 1
            State
            State
            unread: it is built otherwise than Terraform builds it
        "#]]
        .assert_eq(&seen);
        let marked = [b"\xef\xbb\xbf".as_slice(), b"{\"format_version\":\"1.0\"} {\"half\":"].concat();
        expect![[r#"
            State
            unread: EOF while parsing a value at line 1 column 33
        "#]]
        .assert_eq(&shown(&marked));
    }
}
