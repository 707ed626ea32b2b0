//! What the files tell of this provider's objects, each once, and nothing of anybody else's. No I/O.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::model::{ReadFile, Unread};
use crate::defenderctl::forms::{Change, Document, Form, Object};
use crate::provider::messages;
use crate::terraform::{Diagnostic, Provider};

/// The last step of the provider's address, whichever registry or mirror it came from.
const PROVIDER: &str = "/defender";
const PREFIX: &str = "defender_";

/// What was read so far.
#[derive(Debug, Default)]
pub struct Gathered {
    /// By type and id, in lower case.
    objects: BTreeMap<(String, String), Seen>,
    pub drift: Vec<Change>,
    pub changes: Vec<Change>,
    pub files: Vec<ReadFile>,
    pub unread: Vec<Unread>,
    /// The schema that this version knows of each type.
    schemas: HashMap<String, i64>,
}

#[derive(Debug)]
pub struct Seen {
    pub object: Object,
    /// By a plan, whose refresh asked the service.
    pub is_planned: bool,
}

impl Gathered {
    /// Nothing yet, for whoever knows these types.
    pub fn new(provider: &dyn Provider) -> Self {
        let schemas = provider.resources().iter().map(|it| (it.type_name().to_owned(), it.schema().version));
        Self { schemas: schemas.collect(), ..Self::default() }
    }

    pub fn objects(&self) -> impl Iterator<Item = &Seen> {
        self.objects.values()
    }

    /// A file, or a part of one, could not be read.
    pub fn misses(&mut self, file: &str, why: &str) {
        self.unread.push(Unread { file: file.to_owned(), why: why.to_owned() });
    }

    /// Takes in what a file says. An object that several files have is what a plan says of it, and else what the file says
    /// that comes last; what of it cannot be shown is given back.
    pub fn take(&mut self, file: &str, document: Document) -> Vec<Diagnostic> {
        let Document { form, objects, drift, changes } = document;
        let mut told = Vec::new();
        let is_planned = matches!(form, Form::Plan { .. });
        let (mut newer, mut placeless, mut count) = (Vec::new(), Vec::new(), 0);
        for object in objects.into_iter().filter(|object| is_ours(&object.provider, &object.kind)) {
            count += 1;
            let known = self.schemas.get(&object.kind).copied();
            if !object.is_data && known.is_some_and(|known| object.schema_version > known) {
                newer.push(object.address);
            } else if !object.is_data && object.attributes.text("workspace_id").is_none() {
                placeless.push(object.address);
            } else {
                self.see(object, is_planned);
            }
        }
        let ours = |change: &Change| is_ours(&change.provider, &change.kind) && is_change(change);
        let (drift, changes) = (drift.into_iter().filter(ours), changes.into_iter().filter(ours));
        let before = self.drift.len() + self.changes.len();
        self.drift.extend(drift);
        self.changes.extend(changes);
        count += self.drift.len() + self.changes.len() - before;
        for (what, found) in
            [("newer", newer), ("placeless", placeless)].into_iter().filter(|(_, found)| !found.is_empty())
        {
            let (why, message) = match what {
                "newer" => ("a newer provider wrote some of its objects", messages::report_of_newer(file, &found)),
                _ => (
                    "some of its objects have no workspace that may be shown",
                    messages::report_without_place(file, &found),
                ),
            };
            self.misses(file, why);
            told.push(message);
        }
        let (form, time) = match form {
            Form::State => ("state", None),
            Form::Plan { time, is_errored } => {
                if is_errored {
                    self.misses(file, "errors ended the plan before it was whole");
                    told.push(messages::report_of_errored_plan(file));
                }
                ("plan", time)
            }
        };
        if count == 0 {
            told.push(messages::report_of_others(file));
        }
        self.files.push(ReadFile { file: file.to_owned(), form, time, objects: count });
        told
    }

    fn see(&mut self, object: Object, is_planned: bool) {
        // What a data source tells is of its place, and there may be several of a workspace.
        let by_address =
            || format!("{} {}", object.address, object.attributes.text("workspace_id").unwrap_or_default());
        let id = object.attributes.text("id").filter(|_| !object.is_data).map_or_else(by_address, str::to_owned);
        let key = (object.kind.clone(), id.to_lowercase());
        if is_planned || !self.objects.get(&key).is_some_and(|seen| seen.is_planned) {
            self.objects.insert(key, Seen { object, is_planned });
        }
    }

    /// The types of this provider's that the version does not know.
    pub fn strangers(&self) -> Vec<&str> {
        let managed = self.objects().filter(|seen| !seen.object.is_data).map(|seen| seen.object.kind.as_str());
        let kinds: BTreeSet<_> = managed.filter(|kind| !self.schemas.contains_key(*kind)).collect();
        kinds.into_iter().collect()
    }
}

fn is_ours(provider: &str, kind: &str) -> bool {
    provider.ends_with(PROVIDER) && kind.starts_with(PREFIX)
}

/// Whether a change is one: Terraform lists what stays, too.
fn is_change(change: &Change) -> bool {
    let actions: Vec<_> = change.actions.iter().map(String::as_str).collect();
    !matches!(actions[..], [] | ["read"]) && (actions != ["no-op"] || change.is_import)
}
