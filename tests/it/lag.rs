//! A service whose reads lag behind its writes: what it answered is believed of what is new, waited for where that
//! matters, and never forgotten.

use expect_test::expect;
use serde_json::json;

use crate::kinds::{CONNECTOR, RULE, known};
use crate::terraform::{Bench, findings};

const IDENTITY: &str = r#"
resource "defender_identity_connector" "it" {
  workspace_id = var.workspace_id
  name         = "it"
}
"#;

fn lag(bench: &Bench, behaviour: &serde_json::Value) {
    bench.admin("POST", "/behaviour", Some(behaviour));
}

/// A connector whose create no read has shown yet, for so many reads.
fn unseen(reads: u32, more: &str) -> Bench {
    let bench = Bench::new();
    lag(&bench, &json!({ "lag_reads": reads }));
    bench.configure(&IDENTITY.replace("\n}", &format!("\n{more}}}")));
    let text = bench.apply();
    assert!(!text.contains("Warning: "), "{text}");
    bench
}

#[test]
fn what_is_new_is_waited_for_before_it_is_said_to_be_gone() {
    let bench = unseen(4, "");
    let already = bench.emulator.exchanges().len();
    assert_eq!(bench.plan(), [""; 0]);
    expect![[r#"
        GET dataConnectors 200
        GET dataConnectors/it 404
        GET dataConnectors/it 404
        GET dataConnectors/it 404
        GET dataConnectors/it 200"#]]
    .assert_eq(&bench.asked(already).join("\n"));
}

#[test]
fn what_shows_too_late_for_a_refresh_stays_in_state() {
    let bench = unseen(1000, "  timeouts {\n    read = \"2s\"\n  }\n");
    let planned = bench.run(&["plan", "-no-color", "-out=plan"]);
    assert_eq!(bench.changes(), [""; 0]);
    expect![[r#"
        Warning: Stored, but cannot be read yet

          with defender_identity_connector.it,
          on main.tf line 9, in resource "defender_identity_connector" "it":
           9: resource "defender_identity_connector" "it" {

        The service took the Microsoft Defender for Identity connector in, but did
        not show it before the time was over.
        Workspace:
        WORKSPACE

        State holds it as planned; run terraform plan in a few minutes to see what
        the service made of it.
    "#]]
    .assert_eq(&findings(&planned.text));
    // Minutes later an absence is one.
    bench.let_time_pass();
    assert_eq!(bench.plan(), ["defender_identity_connector.it create"]);
}

#[test]
fn what_a_run_makes_anew_waits_for_what_it_took_away() {
    let bench = Bench::new();
    bench.configure(IDENTITY);
    bench.apply();
    lag(&bench, &json!({ "delete_lag_reads": 3 }));
    // Under another name: the service keeps one of a kind, so this waits for the other too.
    for (configuration, options) in [
        (IDENTITY.to_owned(), "-replace=defender_identity_connector.it"),
        (IDENTITY.replace("\"it\"\n}", "\"other\"\n}"), "-refresh=true"),
    ] {
        bench.configure(&configuration);
        let already = bench.emulator.exchanges().len();
        bench.ok(&["apply", "-no-color", "-auto-approve", options]);
        let asked = bench.asked(already);
        let from = asked.iter().position(|line| line.starts_with("DELETE")).unwrap();
        let seen = asked[from..].iter().filter(|line| line.contains("dataConnectors/")).cloned().collect::<Vec<_>>();
        assert_eq!(
            (seen[0].as_str(), seen.last().unwrap().contains("PUT")),
            ("DELETE dataConnectors/it 200", true),
            "{seen:?}"
        );
        assert!(seen.contains(&"GET dataConnectors/it 404".to_owned()), "{seen:?}");
        assert_eq!(bench.plan(), [""; 0]);
    }
}

#[test]
fn a_create_after_a_destroy_that_still_shows_ends_with_the_object() {
    for kind in [CONNECTOR, RULE] {
        let bench = kind.made();
        lag(&bench, &json!({ "delete_lag_reads": 3, "lag_reads": 3 }));
        bench.destroy();
        bench.configure(&kind.block("it", ""));
        bench.apply();
        assert_eq!(bench.plan(), [""; 0], "{}", kind.resource);
        assert!(kind.lives(&bench) && known(&bench, &kind.at("it")), "{}", kind.resource);
    }
}

#[test]
fn a_destroy_asks_nothing_that_the_refresh_before_it_showed() {
    let bench = Bench::new();
    bench.configure(&format!(
        "resource \"defender_xdr_connector\" \"it\" {{\n  workspace_id = var.workspace_id\n}}\n{IDENTITY}"
    ));
    bench.apply();
    let already = bench.emulator.exchanges().len();
    let text = bench.ok(&[
        "destroy",
        "-no-color",
        "-auto-approve",
        "-parallelism=1",
        "-target=defender_identity_connector.it",
    ]);
    // Defender XDR stays, which is told without a list.
    assert!(
        text.contains("Warning: The Microsoft Defender for Identity connector goes while Defender XDR is on"),
        "{text}"
    );
    expect![[r#"
        GET dataConnectors 200
        DELETE dataConnectors/it 200"#]]
    .assert_eq(&bench.asked(already).join("\n"));
}
