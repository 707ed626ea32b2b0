//! The script under `examples/pipelines`, by the real Terraform against the emulator, with stand-ins for what posts a comment, which
//! write down what they are asked for. The pipelines themselves are held to the script alone.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect;
use serde_json::{Value, json};

use crate::terraform::{Bench, Outcome, terraform, without_settings};

const CONFIGURATION: &str = r#"
resource "defender_xdr_connector" "it" {
  workspace_id = var.workspace_id
}
"#;

/// Writes down what it is called with and given, but for the token, and answers with what there is to answer.
const WRITES_DOWN: &str = r#"
seen=$SEEN/$(basename "$0")
for word in "$@"; do
  case $word in
    /dev/fd/* | @/dev/fd/*) cat "${word#@}" >"$seen.header"; word=HEADER ;;
    "$PWD"/*) word=.${word#"$PWD"} ;;
  esac
  printf '%s\n' "$word" >>"$seen.words"
done
case "$*" in
  *--data*) cat >"$seen.body" ;;
  *) cat "$SEEN/answer.json" 2>/dev/null || true ;;
esac
"#;

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/pipelines")
}

struct Pipeline {
    bench: Bench,
}

impl Pipeline {
    fn new() -> Self {
        let mut bench = Bench::new();
        bench.configure(CONFIGURATION);
        // By the path from before the stand-ins, among which it would find itself.
        let path = std::env::var("PATH").unwrap();
        for (name, program) in [("terraform", terraform()), ("defenderctl", env!("CARGO_BIN_EXE_defenderctl").into())] {
            bench.stand_in(name, &format!("PATH={path:?}; export PATH; exec {program:?} \"$@\""));
        }
        for program in ["gh", "curl"] {
            bench.stand_in(program, WRITES_DOWN);
        }
        for folder in ["seen", "temporary"] {
            fs::create_dir(bench.path(folder)).unwrap();
        }
        let [seen, temporary] = ["seen", "temporary"].map(|folder| bench.path(folder).display().to_string());
        bench.set("SEEN", &seen).set("TMPDIR", &temporary);
        Self { bench }
    }

    /// Runs a step of the script as a pipeline does.
    fn step(&self, words: &[&str], variables: &[(&str, &str)]) -> Outcome {
        let mut bash = without_settings("bash");
        bash.arg(examples().join("report.sh")).args(words).current_dir(self.bench.path(""));
        for (name, value) in self.bench.command(&[]).get_envs() {
            if let Some(value) = value {
                bash.env(name, value);
            }
        }
        let output = bash.envs(variables.iter().copied()).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let left: Vec<_> = fs::read_dir(self.bench.path("temporary")).unwrap().collect();
        assert!(left.is_empty(), "a plan with the secrets of its state is left: {left:?}");
        Outcome { code: output.status.code().unwrap(), text }
    }

    fn ends(&self, variables: &[(&str, &str)]) -> i32 {
        self.step(&["end"], variables).code
    }

    /// What a stand-in wrote down, which is then forgotten.
    fn seen(&self, what: &str) -> String {
        let path = self.bench.path("seen").join(what);
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_file(path).unwrap();
        text
    }

    fn report(&self, name: &str) -> String {
        fs::read_to_string(self.bench.path("report").join(name)).unwrap()
    }

    fn drift(&self) {
        let id = self.bench.state("defender_xdr_connector.it")["id"].as_str().unwrap().to_owned();
        let off = json!({ "properties": { "dataTypes": { "incidents": { "state": "Disabled" } } } });
        self.bench.portal("PATCH", &id, Some(&off));
    }
}

#[test]
fn a_plan_is_reported_kept_and_posted_before_anything_fails() {
    let it = Pipeline::new();
    it.bench.apply();
    let planned = it.step(&["plan"], &[]);
    assert_eq!((planned.code, it.ends(&[])), (0, 0), "{}", planned.text);

    it.drift();
    let planned = it.step(&["plan"], &[]);
    assert_eq!(planned.code, 0, "{}", planned.text);
    assert!(it.report("report.html").starts_with("<!doctype html>"));
    let markdown = it.report("report.md");
    assert!(markdown.contains("**1** drifted, **1** to be changed") && markdown.contains("`incidents`"), "{markdown}");
    assert_eq!(it.ends(&[]), 4);
    assert_eq!(it.ends(&[("CHANGES_ARE_FINE", "true")]), 0);

    let posted = it.step(&["comment", "github"], &[("PULL_REQUEST", "17")]);
    assert_eq!(posted.code, 0, "{}", posted.text);
    expect![[r#"
        pr
        comment
        17
        --body-file
        report/report.md
        --edit-last
        --create-if-none
    "#]]
    .assert_eq(&it.seen("gh.words"));
}

#[test]
fn a_pull_request_of_azure_devops_has_one_comment_that_is_renewed() {
    let it = Pipeline::new();
    it.bench.apply();
    assert_eq!(it.step(&["plan"], &[]).code, 0);
    let post = |threads: &Value| {
        fs::write(it.bench.path("seen/answer.json"), threads.to_string()).unwrap();
        let posted = it.step(
            &["comment", "azure"],
            &[
                ("SYSTEM_COLLECTIONURI", "https://dev.example/org/"),
                ("SYSTEM_TEAMPROJECTID", "project"),
                ("BUILD_REPOSITORY_ID", "repository"),
                ("SYSTEM_PULLREQUEST_PULLREQUESTID", "17"),
                ("SYSTEM_ACCESSTOKEN", "TOKEN-OF-THE-BUILD"),
            ],
        );
        assert_eq!((posted.code, posted.text.as_str()), (0, ""));
        assert_eq!(it.seen("curl.header"), "Authorization: Bearer TOKEN-OF-THE-BUILD\n");
        let words = it.seen("curl.words");
        assert!(!words.contains("TOKEN-OF-THE-BUILD"), "{words}");
        let words = words.replace(
            "--fail\n--silent\n--show-error\n--header\nHEADER\n--header\nContent-Type: application/json\n",
            "-- ",
        );
        (words, serde_json::from_str::<Value>(&it.seen("curl.body")).unwrap())
    };
    let report = it.report("report.md");
    let others = json!({ "id": 1, "comments": [{ "id": 1, "content": "Looks good" }, { "id": 2, "content": report }] });
    let gone = json!({ "id": 2, "comments": [{ "id": 1, "content": report, "isDeleted": true }, { "id": 2, "isDeleted": true }] });
    let (words, body) = post(&json!({ "value": [others, gone] }));
    expect![[r#"
        -- https://dev.example/org/project/_apis/git/repositories/repository/pullRequests/17/threads?api-version=7.1
        -- --data
        @-
        https://dev.example/org/project/_apis/git/repositories/repository/pullRequests/17/threads?api-version=7.1
    "#]]
    .assert_eq(&words);
    let comment = json!({ "parentCommentId": 0, "content": report, "commentType": 1 });
    assert_eq!(body, json!({ "comments": [comment], "status": 1 }));

    let (words, body) = post(&json!({ "value": [others, { "id": 7, "comments": [{ "id": 3, "content": report }] }] }));
    expect![[r#"
        -- https://dev.example/org/project/_apis/git/repositories/repository/pullRequests/17/threads?api-version=7.1
        -- --request
        PATCH
        --data
        @-
        https://dev.example/org/project/_apis/git/repositories/repository/pullRequests/17/threads/7/comments/3?api-version=7.1
    "#]]
    .assert_eq(&words);
    assert_eq!(body, json!({ "content": report }));
}

#[test]
fn a_configuration_without_a_plan_is_told_and_the_others_are_reported() {
    let it = Pipeline::new();
    it.bench.apply();
    it.drift();
    fs::create_dir_all(it.bench.path("customers/broken")).unwrap();
    fs::write(it.bench.path("customers/broken/main.tf"), "output \"it\" {\n  value = var.nothing\n}\n").unwrap();
    let planned = it.step(&["plan", ".", "customers/broken"], &[]);
    assert_eq!(planned.code, 0, "{}", planned.text);
    let markdown = it.report("report.md");
    assert!(
        markdown.contains("**1** drifted") && markdown.contains("**unread** `./plan-customers+broken.json`"),
        "{markdown}"
    );
    assert_eq!((it.ends(&[]), it.ends(&[("CHANGES_ARE_FINE", "true")])), (3, 3));
    // Alone, there is nothing to report.
    let planned = it.step(&["plan", "customers/broken"], &[]);
    assert_eq!(planned.code, 1, "{}", planned.text);
    let other = it.step(&["post"], &[]);
    assert_eq!(other.code, 2);
    assert!(other.text.contains("report.sh comment github"), "{}", other.text);
}

/// The pipelines do with the report what the script does, and nothing besides.
#[test]
fn the_pipelines_know_the_steps_of_the_script() {
    let script = fs::read_to_string(examples().join("report.sh")).unwrap();
    for (name, comment) in [("github-actions.yml", "comment github"), ("azure-pipelines.yml", "comment azure")] {
        let text = fs::read_to_string(examples().join(name)).unwrap();
        let lines = text.lines().map(|line| line.split_once('#').map_or(line, |(before, _)| before));
        let steps: Vec<_> =
            lines.clone().filter_map(|line| Some(line.split_once("pipelines/report.sh ")?.1.trim())).collect();
        assert_eq!(steps, ["plan", comment, "end"], "{name}");
        assert!(script.contains(&format!("\"{comment}\")")), "{comment}");
        let besides: Vec<_> =
            lines.filter(|line| line.contains("defenderctl") || line.contains("terraform plan")).collect();
        assert!(besides.is_empty(), "{name}: {besides:?}");
    }
}
