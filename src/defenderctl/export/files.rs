//! Where the blocks go: stdout, a file, or a folder with a file for each workspace.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::blocks::Written;
use crate::defenderctl::output;
use crate::terraform::Diagnostic;

/// What every file begins with.
const HEAD: &str = "# Written by defenderctl export: read it, and the terraform plan of it.\n";

/// Where the blocks go.
#[derive(Debug)]
pub struct Target {
    place: Place,
    is_forced: bool,
}

#[derive(Debug)]
enum Place {
    Stdout,
    File(PathBuf),
    Folder(PathBuf),
}

impl Target {
    /// A file that is there already is refused before anything is asked of the service.
    pub fn of(file: Option<&Path>, folder: Option<&Path>, is_forced: bool) -> Result<Self, Diagnostic> {
        let place = match (file, folder) {
            (Some(file), _) => {
                output::refuse_existing(file, is_forced)?;
                Place::File(file.to_owned())
            }
            (None, Some(folder)) => Place::Folder(folder.to_owned()),
            (None, None) => Place::Stdout,
        };
        Ok(Self { place, is_forced })
    }

    /// Writes all of it, or nothing where something is in the way from the start.
    pub fn write(&self, written: &Written, stdout: &mut dyn Write) -> Result<(), Diagnostic> {
        let texts =
            written.entries.iter().filter(|entry| !entry.text.is_empty()).map(|entry| (&entry.place, &entry.text));
        let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
        for (place, text) in texts {
            let path = match &self.place {
                Place::Stdout => PathBuf::new(),
                Place::File(file) => file.clone(),
                Place::Folder(folder) => folder.join(file_name(place)),
            };
            let file = files.entry(path).or_insert_with(|| HEAD.to_owned());
            *file += "\n";
            *file += text;
        }
        match &self.place {
            Place::Stdout => output::print(&files.into_values().collect::<String>(), stdout),
            _ => output::replace(&files, self.is_forced),
        }
    }
}

/// A workspace's file. What it ends with keeps it from what Terraform and systems take for more than a name: `main.tf`,
/// `x_override.tf`, `con.tf`.
fn file_name(place: &str) -> String {
    format!("{place}_workspace.tf")
}
