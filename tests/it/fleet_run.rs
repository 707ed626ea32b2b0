//! A fleet: one provider block and one application for two hundred tenants with three connectors each. What a tenant
//! refuses or holds up concerns nobody else, and nothing is asked for twice.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET};
use crate::terraform::{Bench, findings};

const TENANTS: usize = 200;

/// The tenant that the application is taken out of between plan and apply.
const WITHOUT_CONSENT: usize = 7;
/// The tenant whose Resource Manager asks to wait for as long as the others are not done.
const THROTTLED: usize = 11;

/// The preflight is off: a licence is the matter of each tenant by itself, and asking for three in each would only double
/// the requests.
const FLEET: &str = r#"
provider "defender" {
  preflight = "off"
  endpoints {
    resource_manager = var.url
    active_directory = var.url
    defender         = var.url
  }
}

locals {
  workspaces = {
    for number in range(200) : format("%08d-aaaa-4aaa-8aaa-aaaaaaaaaaaa", number) => format(
      "/subscriptions/%08d-bbbb-4bbb-8bbb-bbbbbbbbbbbb/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law", number
    )
  }
}

resource "defender_xdr_connector" "it" {
  for_each     = local.workspaces
  tenant_id    = each.key
  workspace_id = each.value
}

resource "defender_identity_connector" "it" {
  for_each     = local.workspaces
  tenant_id    = each.key
  workspace_id = each.value
}

resource "defender_office365_connector" "it" {
  for_each     = local.workspaces
  tenant_id    = each.key
  workspace_id = each.value
}
"#;

fn tenant_id(number: usize) -> String {
    format!("{number:08}-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
}

fn subscription_id(number: usize) -> String {
    format!("{number:08}-bbbb-4bbb-8bbb-bbbbbbbbbbbb")
}

/// A tenant that knows the application, or does not.
fn tenant(number: usize, is_consented: bool) -> Value {
    let application = json!({ "client_id": CLIENT, "client_secret": SECRET });
    json!({ "tenant_id": tenant_id(number), "clients": if is_consented { vec![application] } else { Vec::new() } })
}

fn bench() -> Bench {
    let workspace = |number| {
        let (tenant_id, subscription_id) = (tenant_id(number), subscription_id(number));
        json!({ "subscription_id": subscription_id, "resource_group": "rg", "name": "law", "tenant_id": tenant_id })
    };
    let tenants: Vec<_> = (0..TENANTS).map(|number| tenant(number, true)).collect();
    let workspaces: Vec<_> = (0..TENANTS).map(workspace).collect();
    let bench = Bench::with(&json!({ "tenants": tenants, "workspaces": workspaces }));
    bench.configure_all(FLEET);
    bench
}

/// What a command of Terraform sent, in order.
struct Sent(Vec<Value>);

/// A request for a token: the process that sent it, which its correlation id tells, the tenant and the audience.
type Asked = (String, String, String);

impl Sent {
    /// What was sent since so many exchanges, which become so many more.
    fn since(bench: &Bench, already: &mut usize) -> Self {
        let sent = bench.emulator.exchanges().split_off(*already);
        *already += sent.len();
        Self(sent)
    }

    /// How many processes sent it.
    fn processes(&self) -> usize {
        let mut ids: Vec<_> = self.0.iter().map(process).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    }

    /// How often each token was asked for, and what the last answer was.
    fn tokens(&self) -> BTreeMap<Asked, (usize, u64)> {
        let mut tokens = BTreeMap::new();
        for exchange in self.0.iter().filter(|exchange| url(exchange).ends_with("/oauth2/v2.0/token")) {
            let tenant = url(exchange).split('/').nth(3).unwrap().to_owned();
            let form = exchange["requestBody"].as_str().unwrap().as_bytes();
            let scope = url::form_urlencoded::parse(form).find(|(name, _)| name == "scope").unwrap().1;
            let entry = tokens.entry((process(exchange).to_owned(), tenant, scope.into_owned())).or_insert((0, 0));
            *entry = (entry.0 + 1, exchange["status"].as_u64().unwrap());
        }
        tokens
    }

    /// Place, method and status of what was sent about a tenant's subscription.
    fn about(&self, number: usize) -> Vec<(usize, &str, u64)> {
        let subscription = format!("/subscriptions/{}/", subscription_id(number));
        let about = self.0.iter().enumerate().filter(|(_, exchange)| url(exchange).contains(&subscription));
        about
            .map(|(place, exchange)| {
                (place, exchange["method"].as_str().unwrap(), exchange["status"].as_u64().unwrap())
            })
            .collect()
    }

    /// The places of a tenant's connectors that were written.
    fn written(&self, number: usize) -> Vec<usize> {
        let about = self.about(number).into_iter();
        about.filter(|(_, method, status)| (*method, *status) == ("PUT", 201)).map(|(place, ..)| place).collect()
    }
}

fn url(exchange: &Value) -> &str {
    exchange["url"].as_str().unwrap()
}

fn process(exchange: &Value) -> &str {
    exchange["requestHeaders"]["x-ms-correlation-request-id"].as_str().unwrap()
}

/// Every token was asked for by its process once, and given.
fn assert_once(tokens: &BTreeMap<Asked, (usize, u64)>, count: usize) {
    let others: Vec<_> = tokens.iter().filter(|(_, answer)| **answer != (1, 200)).collect();
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(tokens.len(), count);
}

/// Applies the saved plan under a throttle, which is lifted when so many connectors are made; what Terraform says until
/// then, and after it.
fn apply_throttled(bench: &Bench, lifted_at: usize) -> (String, String) {
    let subscription = format!("/subscriptions/{}/", subscription_id(THROTTLED));
    let wait = json!({ "status": 429, "headers": { "retry-after": "12" } });
    bench.faults(&json!([{ "match": { "path": subscription, "times": 1000 }, "action": wait }]));
    let mut command = bench.command(&["apply", "-no-color", "-input=false", "plan"]);
    let mut terraform = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(terraform.stdout.take().unwrap());
    let (mut until, mut made) = (String::new(), 0);
    while made < lifted_at {
        let begin = until.len();
        if stdout.read_line(&mut until).unwrap() == 0 {
            let told = terraform.wait_with_output().unwrap().stderr;
            panic!("{made} connectors were made: {until}{}", String::from_utf8_lossy(&told));
        }
        made += usize::from(until[begin..].contains("Creation complete"));
    }
    bench.admin("DELETE", "/faults", None);
    let mut after = String::new();
    stdout.read_to_string(&mut after).unwrap();
    after += &String::from_utf8_lossy(&terraform.wait_with_output().unwrap().stderr);
    (until, bench.clean(&after))
}

#[test]
fn what_a_tenant_refuses_or_holds_up_is_its_own() {
    let (bench, mut already) = (bench(), 0);
    bench.ok(&["plan", "-no-color", "-input=false", "-out=plan"]);
    let planned = Sent::since(&bench, &mut already);
    assert_eq!(planned.processes(), 1);
    assert_once(&planned.tokens(), TENANTS);

    bench.admin("POST", "/tenants", Some(&tenant(WITHOUT_CONSENT, false)));
    let is_other = |number: &usize| ![WITHOUT_CONSENT, THROTTLED].contains(number);
    let others: Vec<_> = (0..TENANTS).filter(is_other).collect();
    let (until, after) = apply_throttled(&bench, 3 * others.len());
    let applied = Sent::since(&bench, &mut already);
    assert_eq!(applied.processes(), 1);

    // Whoever is not consented to is asked for a token in vain, and Resource Manager hears nothing of it.
    let is_refused = |asked: &Asked| asked.1 == tenant_id(WITHOUT_CONSENT);
    let (refused, given): (BTreeMap<_, _>, _) = applied.tokens().into_iter().partition(|(asked, _)| is_refused(asked));
    assert_eq!(refused.into_values().collect::<Vec<_>>(), [(1, 400)]);
    assert!(applied.about(WITHOUT_CONSENT).is_empty());
    assert_once(&given, TENANTS - 1);
    let told = findings(&after);
    let is_named = |line: &&str| ["with defender_", "adminconsent"].iter().any(|part| line.contains(part));
    let mut told: Vec<Vec<_>> =
        told.split("Error: ").skip(1).map(|error| error.lines().map(str::trim).filter(is_named).collect()).collect();
    told.sort();
    expect![[r#"
          with defender_identity_connector.it["00000007-aaaa-4aaa-8aaa-aaaaaaaaaaaa"],
          https://EMULATOR/00000007-aaaa-4aaa-8aaa-aaaaaaaaaaaa/adminconsent?client_id=33333333-3333-4333-8333-333333333333
          with defender_office365_connector.it["00000007-aaaa-4aaa-8aaa-aaaaaaaaaaaa"],
          https://EMULATOR/00000007-aaaa-4aaa-8aaa-aaaaaaaaaaaa/adminconsent?client_id=33333333-3333-4333-8333-333333333333
          with defender_xdr_connector.it["00000007-aaaa-4aaa-8aaa-aaaaaaaaaaaa"],
          https://EMULATOR/00000007-aaaa-4aaa-8aaa-aaaaaaaaaaaa/adminconsent?client_id=33333333-3333-4333-8333-333333333333"#]].assert_eq(&told.concat().join("\n"));

    // The throttled one waited until all others were done, who were not refused anything and asked for nothing twice.
    assert!(!until.contains("Error: "), "{until}");
    let last = others.iter().flat_map(|number| applied.written(*number)).max();
    assert!(applied.written(THROTTLED).into_iter().min() > last);
    assert!(applied.about(THROTTLED).iter().any(|(.., status)| *status == 429));
    for number in others {
        let about: Vec<_> = applied.about(number).into_iter().map(|(_, method, status)| (method, status)).collect();
        let mut counts = BTreeMap::new();
        about.iter().for_each(|sort| *counts.entry(*sort).or_insert(0) += 1);
        assert_eq!(counts, BTreeMap::from([(("GET", 200), 2), (("PUT", 201), 3)]), "tenant {number}: {about:?}");
    }
    assert_eq!(applied.written(THROTTLED).len(), 3);
    assert_eq!(bench.left().len(), 3 * (TENANTS - 1));

    // Consented to after all, the next run makes what is missing and nothing else.
    bench.admin("POST", "/tenants", Some(&tenant(WITHOUT_CONSENT, true)));
    let text = bench.apply();
    assert!(text.contains("Apply complete! Resources: 3 added, 0 changed, 0 destroyed."), "{text}");
    let applied = Sent::since(&bench, &mut already);
    assert_eq!(applied.processes(), 2, "one that plans, one that applies");
    assert_once(&applied.tokens(), TENANTS + 1);
    assert_eq!(bench.left().len(), 3 * TENANTS);
}
