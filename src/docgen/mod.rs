//! The pages under `docs/`, in the registry's layout, from the provider's schema and the files under `examples/`. Writing
//! and checking are the same code.

mod page;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::terraform::Provider;

/// The folders of `docs/` that hold nothing but generated pages; `index.md` is generated too.
const FOLDERS: [&str; 4] = ["resources", "list-resources", "data-sources", "functions"];

/// What a provider is called.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The prefix of its types.
    pub provider: &'a str,
}

/// Every page by its path under `docs/`; an example that a page needs and that is not there is an error.
pub fn pages(provider: &dyn Provider, names: Names<'_>, examples: &Path) -> io::Result<BTreeMap<PathBuf, String>> {
    let mut pages = BTreeMap::new();
    let read = |path: String| {
        let path = examples.join(path);
        fs::read_to_string(&path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    };
    let short =
        |type_name: &str| type_name.strip_prefix(&format!("{}_", names.provider)).unwrap_or(type_name).to_owned();

    let block = provider.schema().block;
    pages.insert(PathBuf::from("index.md"), page::index(names, &block, &read("provider/provider.tf".to_owned())?));
    for resource in provider.resources() {
        let name = resource.type_name();
        let example = read(format!("resources/{name}/resource.tf"))?;
        let import = read(format!("resources/{name}/import.sh"))?;
        let by_id = read(format!("resources/{name}/import-by-string-id.tf"))?;
        let by_identity = read(format!("resources/{name}/import-by-identity.tf"))?;
        let schema = resource.schema().block;
        let import = page::import(&schema, &resource.identity(), [&by_id, &by_identity, &import]);
        let text = page::resource(name, names, &schema, &example) + &import;
        pages.insert(PathBuf::from(format!("resources/{}.md", short(name))), text);
    }
    for list in provider.list_resources() {
        let name = list.type_name();
        let example = read(format!("list-resources/{name}/list-resource.tfquery.hcl"))?;
        let text = page::list_resource(name, names, &list.schema().block, &example);
        pages.insert(PathBuf::from(format!("list-resources/{}.md", short(name))), text);
    }
    for source in provider.data_sources() {
        let name = source.type_name();
        let example = read(format!("data-sources/{name}/data-source.tf"))?;
        let text = page::data_source(name, names, &source.schema().block, &example);
        pages.insert(PathBuf::from(format!("data-sources/{}.md", short(name))), text);
    }
    for function in provider.functions() {
        let name = function.name();
        let example = read(format!("functions/{name}/function.tf"))?;
        let text = page::function(name, names, &function.signature(), &example);
        pages.insert(PathBuf::from(format!("functions/{name}.md")), text);
    }
    Ok(pages)
}

/// Makes `docs` hold these pages and no other generated ones.
pub fn write(pages: &BTreeMap<PathBuf, String>, docs: &Path) -> io::Result<()> {
    for stale in strangers(pages, docs)? {
        fs::remove_file(docs.join(stale))?;
    }
    for (path, text) in pages {
        let path = docs.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

/// What is not as it would be written, a line each; empty means fresh.
pub fn check(pages: &BTreeMap<PathBuf, String>, docs: &Path) -> io::Result<Vec<String>> {
    let mut findings: Vec<_> = strangers(pages, docs)?
        .iter()
        .map(|path| format!("{} is not a page of this provider", path.display()))
        .collect();
    for (path, text) in pages {
        match fs::read_to_string(docs.join(path)) {
            Ok(found) if found == *text => {}
            Ok(_) => findings.push(format!("{} is stale", path.display())),
            Err(_) => findings.push(format!("{} is missing", path.display())),
        }
    }
    Ok(findings)
}

/// Pages in the generated folders that are not among `pages`.
fn strangers(pages: &BTreeMap<PathBuf, String>, docs: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let entries = match fs::read_dir(docs.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = Path::new(folder).join(entry?.file_name());
            if !pages.contains_key(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
