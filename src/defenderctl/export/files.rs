//! Where the blocks go: stdout, a file, or a folder with a file for each workspace. No file is overwritten unless that was
//! asked for, and none is ever half written.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::blocks::Written;
use crate::provider::messages;
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
                refuse_existing(file, is_forced)?;
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
            Place::Stdout => {
                let text: String = files.into_values().collect();
                let done = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
                done.map_err(|error| messages::not_written("stdout", &error.to_string()))
            }
            _ => self.replace(&files),
        }
    }

    fn replace(&self, files: &BTreeMap<PathBuf, String>) -> Result<(), Diagnostic> {
        for path in files.keys() {
            refuse_existing(path, self.is_forced)?;
        }
        let beside = files.iter().map(|(path, text)| {
            let failed = |error: std::io::Error| messages::not_written(&path.display().to_string(), &error.to_string());
            Ok((path, beside(path, text).map_err(failed)?))
        });
        // All are written before the first is put in its place.
        for (path, file) in beside.collect::<Result<Vec<_>, Diagnostic>>()? {
            let put = if self.is_forced { file.persist(path) } else { file.persist_noclobber(path) };
            put.map_err(|error| messages::not_written(&path.display().to_string(), &error.error.to_string()))?;
        }
        Ok(())
    }
}

/// A workspace's file. What it ends with keeps it from what Terraform and systems take for more than a name: `main.tf`,
/// `x_override.tf`, `con.tf`.
fn file_name(place: &str) -> String {
    format!("{place}_workspace.tf")
}

fn refuse_existing(path: &Path, is_forced: bool) -> Result<(), Diagnostic> {
    // A link is in the way even where it leads nowhere.
    let is_there = path.symlink_metadata().is_ok();
    if is_there && !is_forced { Err(messages::is_there_already(&path.display().to_string())) } else { Ok(()) }
}

/// The text in a file beside the one it is for.
fn beside(path: &Path, text: &str) -> std::io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    // As any other program leaves its files; temporary ones are the owner's alone else.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".defenderctl-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}
