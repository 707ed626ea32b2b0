//! What the blocks of one configuration mean to each other beside Defender XDR: what is recommended is silent whatever the
//! order, and what is told is told once.

use expect_test::expect;

use crate::foresight::findings;
use crate::incident_rule_suppression::{rule, rules};
use crate::terraform::Bench;

const IDENTITY: &str = "Azure Advanced Threat Protection";

/// Blocks under these names; `xdr` depends on what it is told to.
fn recommended(suppression: &str, xdr: &str, depends_on: &str) -> String {
    format!(
        "resource \"defender_incident_rule_suppression\" \"{suppression}\" {{\n  workspace_id = var.workspace_id\n  products = [\"Microsoft \
         Defender for Cloud\", \"Microsoft Defender for Cloud Apps\", \"Microsoft Defender for Endpoint\", \"Microsoft Defender for \
         Identity\", \"Microsoft Defender for Office 365\", \"Microsoft Entra ID Protection\"]\n}}\nresource \
         \"defender_cloud_connector\" \"{suppression}\" {{\n  workspace_id = var.workspace_id\n}}\nresource \"defender_xdr_connector\" \
         \"{xdr}\" {{\n  workspace_id = var.workspace_id\n{depends_on}}}\n"
    )
}

fn both(suppression: &str) -> String {
    format!(
        "  depends_on = [defender_incident_rule_suppression.{suppression}, defender_cloud_connector.{suppression}]\n"
    )
}

fn plan(bench: &Bench, words: &[&str]) -> String {
    findings(&bench.run(&[&["plan", "-no-color", "-input=false"], words].concat()))
}

#[test]
fn the_recommended_configuration_is_silent_in_every_order() {
    for (suppression, xdr) in [("a", "z"), ("z", "a")] {
        let configuration = recommended(suppression, xdr, &both(suppression));
        for parallelism in ["-parallelism=1", "-parallelism=10"] {
            let bench = Bench::new();
            bench.configure(&configuration);
            assert_eq!(plan(&bench, &[parallelism]), "", "{configuration}");
            rule(&bench, "identity", IDENTITY, true);
            let what_it_does =
                format!("defender_incident_rule_suppression.{suppression}, Warning: Incident rules will be switched");
            assert_eq!(plan(&bench, &[parallelism]), what_it_does);
            let applied = bench.run(&["apply", "-no-color", "-auto-approve", parallelism]);
            assert_eq!((applied.code, findings(&applied)), (0, what_it_does), "{}", applied.text);
            assert_eq!(rules(&bench), "identity off");
            assert_eq!(plan(&bench, &[parallelism]), "");
            assert_eq!(bench.plan(), [""; 0]);
            // A rule that comes on later is cured by the suppression in state.
            let later =
                configuration.replace("workspace_id\n  depends_on", "workspace_id\n  alerts = true\n  depends_on");
            rule(&bench, "late", IDENTITY, true);
            bench.configure(&later);
            assert_eq!(plan(&bench, &[parallelism]), "");
            bench.apply();
            assert_eq!(plan(&bench, &["-destroy", parallelism]), "");
            bench.destroy();
            assert_eq!(rules(&bench), "identity on, late on");
        }
    }
}

#[test]
fn what_a_later_block_cures_is_worded_so_and_told_once() {
    let bench = Bench::new();
    rule(&bench, "identity", IDENTITY, true);
    let configuration = recommended("it", "it", "")
        .replace("workspace_id\n  products", "workspace_id\n  depends_on = [defender_xdr_connector.it]\n  products");
    bench.configure(&configuration);
    let outcome = bench.run(&["plan", "-no-color", "-input=false"]);
    assert_eq!(findings(&outcome).matches("Incidents will arrive twice").count(), 1, "{}", outcome.text);
    assert!(outcome.text.contains("unless another block of this"), "{}", outcome.text);
    bench.apply();
    assert_eq!(plan(&bench, &[]), "");
}

#[test]
fn a_cure_that_goes_away_is_missed_in_that_plan() {
    let bench = Bench::new();
    rule(&bench, "identity", IDENTITY, true);
    let configuration = recommended("it", "it", &both("it"));
    bench.configure(&configuration);
    bench.apply();
    let mut seen = String::new();
    bench.configure(&configuration.replace("\"Microsoft Defender for Identity\", ", ""));
    seen += &format!("== a product less\n{}\n", plan(&bench, &[]));
    bench.configure(&configuration.replace("\"Microsoft Defender for Cloud\", ", ""));
    seen += &format!("== a product less that has no rules\n{}\n", plan(&bench, &[]));
    let (gone, rest) = configuration.split_once("resource \"defender_cloud_connector\"").unwrap();
    let rest =
        format!("resource \"defender_cloud_connector\"{rest}").replace("defender_incident_rule_suppression.it, ", "");
    bench.configure(&rest);
    let outcome = bench.run(&["plan", "-no-color", "-input=false"]);
    seen += &format!("== all of it\n{}\n", findings(&outcome));
    assert!(outcome.text.contains("alertRules/identity"), "{}", outcome.text);
    bench.configure(&format!("{}{rest}", gone.replace("\n}", "\n  restore_on_destroy = false\n}")));
    bench.apply();
    bench.configure(&rest);
    seen += &format!("== all of it, and the rules stay off\n{}\n", plan(&bench, &[]));
    expect![[r#"
        == a product less
        defender_incident_rule_suppression.it, Warning: Incident rules will be switched
        defender_incident_rule_suppression.it, Warning: Incidents will arrive twice
        == a product less that has no rules

        == all of it
        ? Warning: Incidents will arrive twice
        == all of it, and the rules stay off

    "#]]
    .assert_eq(&seen);
}

#[test]
fn two_rules_of_one_product_are_told_of_once() {
    let block = |name: &str, more: &str| {
        format!(
            "resource \"defender_incident_rule\" \"{name}\" {{\n  workspace_id = var.workspace_id\n  product = \"Microsoft Defender for \
             Identity\"\n  display_name = \"{name}\"\n{more}}}\n"
        )
    };
    let told = |bench: &Bench, parallelism: &str| {
        let found = plan(bench, &[parallelism]);
        let count = found.matches("Warning: A second incident rule for one product").count();
        assert_eq!(found.lines().count(), count, "{found}");
        count
    };
    for parallelism in ["-parallelism=1", "-parallelism=10"] {
        let bench = Bench::new();
        bench.configure(&format!("{}{}", block("a", ""), block("b", "")));
        assert_eq!(told(&bench, parallelism), 1);
        bench.configure(&format!("{}{}", block("a", ""), block("b", "  enabled = false\n")));
        assert_eq!(told(&bench, parallelism), 0);
        bench.apply();
        bench.configure(&format!("{}{}", block("a", ""), block("b", "")));
        assert_eq!(told(&bench, parallelism), 1, "it is switched on");
        bench.configure(&format!("{}{}{}", block("a", ""), block("b", "  enabled = false\n"), block("c", "")));
        assert_eq!(told(&bench, parallelism), 1, "one comes to one that stays");
        bench.configure(&format!("{}{}", block("b", "  enabled = false\n"), block("c", "")));
        // The one that goes may be planned after the one that comes.
        assert!(told(&bench, parallelism) <= 1, "one comes and another goes");
        bench.configure(&format!("{}{}", block("a", ""), block("b", "")));
        bench.apply();
        assert_eq!(told(&bench, parallelism), 0, "nothing changes");
    }
}
