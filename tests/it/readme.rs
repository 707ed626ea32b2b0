//! What the README shows works as it stands there: its examples on a real Terraform, with the provider in the mirror and
//! the environment that it tells to make.

use std::fs;
use std::path::Path;

use crate::emulator_process::EmulatorProcess;
use crate::terraform::{terraform, without_settings};

const README: &str = include_str!("../../README.md");

/// The README's code blocks of a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    README.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The one block of a language that says this.
fn block_with(language: &str, what: &str) -> &'static str {
    let found: Vec<_> = blocks(language).into_iter().filter(|block| block.contains(what)).collect();
    assert_eq!(found.len(), 1, "blocks with {what:?}");
    found[0]
}

#[test]
fn the_examples_apply_as_they_stand_without_a_warning() {
    let emulator = EmulatorProcess::as_shipped();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let here = |text: &str| text.replace("https://127.0.0.1:8443", emulator.url());
    fs::copy(emulator.ca_path(), folder.path().join("ca.pem")).unwrap();

    // The mirror is filled from this build; all other lines are run as they are.
    let built = Path::new(env!("CARGO_BIN_EXE_terraform-provider-defender")).parent().unwrap();
    let mirror = block_with("shell", "filesystem_mirror").strip_prefix("cargo build --release\n").unwrap();
    let mirror = mirror.replace("target/release", &built.display().to_string());
    let environment = here(block_with("shell", "export SSL_CERT_FILE"));
    let run = |words: &str| {
        let script = format!(
            "set -euo pipefail\nterraform() {{ command \"$TERRAFORM\" \"$@\"; }}\n{mirror}{environment}{words}"
        );
        let mut bash = without_settings("bash");
        bash.args(["-c", &script]).current_dir(folder.path());
        bash.env("TERRAFORM", terraform()).env("CHECKPOINT_DISABLE", "1");
        let output = bash.output().expect("bash runs");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // What init warns of is a lock file that knows this platform alone, as every mirror has it.
        let warns = text.contains("Warning") && !words.starts_with("terraform init");
        assert!(output.status.success() && !warns, "{words}\n{text}");
        text
    };

    let recommended = blocks("terraform")[0];
    let by_itself = blocks("terraform")[1];
    let (head, _) = recommended.split_once("# Incidents and alerts").expect("what stands before the resources");
    write("emulator_override.tf", &here(block_with("terraform", "endpoints {")));
    for (example, resources) in [(recommended.to_owned(), 4), (format!("{head}{by_itself}"), 2)] {
        write("main.tf", &example);
        run("terraform init -no-color -input=false");
        let applied = run("terraform apply -no-color -input=false -auto-approve");
        assert!(applied.contains(&format!("Resources: {resources} added, 0 changed, 0 destroyed.")), "{applied}");
        let planned = run("terraform plan -no-color -input=false -detailed-exitcode");
        assert!(planned.contains("No changes."), "{planned}");
        run("terraform destroy -no-color -input=false -auto-approve");
    }
}

#[test]
fn it_names_the_version_and_the_rust_it_needs() {
    for name in [
        format!("version {},", env!("CARGO_PKG_VERSION")),
        format!("/defender/{}/", env!("CARGO_PKG_VERSION")),
        format!("provider-defender_v{}\"", env!("CARGO_PKG_VERSION")),
        format!("Rust {} ", env!("CARGO_PKG_RUST_VERSION")),
    ] {
        assert!(README.contains(&name), "the README does not say {name:?}");
    }
}
