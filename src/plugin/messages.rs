//! What a user is told of trouble on the wire itself: values that do not fit, bugs, things that this provider
//! does not do.

use super::fault::Fault;
use crate::terraform::Diagnostic;

const ISSUES: &str = "https://github.com/sentinel-iac/terraform-provider-defender/issues";

/// Terraform sent what the schema does not allow.
pub fn unreadable(what: &str, of: &str, fault: &Fault) -> Diagnostic {
    let detail = format!(
        "Terraform sent {what} for {of} that this provider cannot read: {fault}.\n\n\
         Run `terraform init -upgrade` to use a provider that fits the state and the configuration. If it stays, \
         please report it at {ISSUES}."
    );
    Diagnostic::error("Value not understood", detail).at(fault.path.clone())
}

/// The provider made what its own schema does not allow.
pub fn unfit(what: &str, of: &str, fault: &Fault) -> Diagnostic {
    let detail = format!(
        "The provider made {what} for {of} that its own schema does not allow: {fault}. \
         That part was left out; everything else was kept.\n\n\
         This is a bug in the provider. Please report it at {ISSUES}."
    );
    Diagnostic::error("Provider made an invalid value", detail).at(fault.path.clone())
}

/// A panic, caught; `kept` says what became of the state, where there is one.
pub fn panicked(call: &str, of: &str, panic: &str, kept: Option<&str>) -> Diagnostic {
    let of = if of.is_empty() { String::new() } else { format!(" for {of}") };
    let kept = kept.map(|kept| format!(" {kept}")).unwrap_or_default();
    let detail = format!(
        "The provider failed in {call}{of}: {panic}.{kept}\n\n\
         This is a bug in the provider. Please report it at {ISSUES}."
    );
    Diagnostic::error("Provider bug", detail)
}

/// The same for a function, after whose text Terraform puts a full stop.
pub fn function_panicked(panic: &str) -> String {
    format!("the provider failed: {panic}. This is a bug in the provider; please report it at {ISSUES}")
}

pub fn unknown_resource(type_name: &str) -> Diagnostic {
    unknown("resource", type_name)
}

pub fn unknown_list_resource(type_name: &str) -> Diagnostic {
    unknown("list resource", type_name)
}

pub fn unknown_data_source(type_name: &str) -> Diagnostic {
    unknown("data source", type_name)
}

fn unknown(kind: &str, type_name: &str) -> Diagnostic {
    let detail = format!(
        "This version of the provider has no {kind} \"{type_name}\". State or configuration may come from a newer \
         version: compare the versions in `terraform version` with those in `.terraform.lock.hcl`."
    );
    Diagnostic::error(format!("No such {kind}"), detail)
}

/// State written by Terraform 0.11 or older.
pub fn flat_state(type_name: &str) -> Diagnostic {
    let detail = format!(
        "The stored state of {type_name} has the form of Terraform 0.11. No version of this provider ever wrote that. \
         Remove the resource with `terraform state rm` and import it again."
    );
    Diagnostic::error("State too old", detail)
}

pub fn no_identity(type_name: &str) -> Diagnostic {
    let detail = format!("The resource \"{type_name}\" has no identity schema; import it by id.");
    Diagnostic::error("No resource identity", detail)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::terraform::Step;

    #[test]
    fn every_message_says_what_happened_and_what_to_do() {
        let fault = || Fault::here("a bool expected").under(Step::Attribute("alerts".to_owned()));
        let all = [
            unreadable("a configuration", "x_thing", &fault()),
            unfit("state", "x_thing", &fault()),
            panicked("Configure", "", "oops", None),
            panicked("ReadResource", "x_thing", "oops", Some("The state was kept as it was.")),
            unknown_resource("x_thing"),
            unknown_list_resource("x_thing"),
            unknown_data_source("x_thing"),
            flat_state("x_thing"),
            no_identity("x_thing"),
        ];
        let shown = all.map(|message| format!("{} [{}]\n{}\n", message.summary, message.path, message.detail));
        expect![[r#"
            Value not understood [alerts]
            Terraform sent a configuration for x_thing that this provider cannot read: alerts: a bool expected.

            Run `terraform init -upgrade` to use a provider that fits the state and the configuration. If it stays, please report it at https://github.com/sentinel-iac/terraform-provider-defender/issues.

            Provider made an invalid value [alerts]
            The provider made state for x_thing that its own schema does not allow: alerts: a bool expected. That part was left out; everything else was kept.

            This is a bug in the provider. Please report it at https://github.com/sentinel-iac/terraform-provider-defender/issues.

            Provider bug []
            The provider failed in Configure: oops.

            This is a bug in the provider. Please report it at https://github.com/sentinel-iac/terraform-provider-defender/issues.

            Provider bug []
            The provider failed in ReadResource for x_thing: oops. The state was kept as it was.

            This is a bug in the provider. Please report it at https://github.com/sentinel-iac/terraform-provider-defender/issues.

            No such resource []
            This version of the provider has no resource "x_thing". State or configuration may come from a newer version: compare the versions in `terraform version` with those in `.terraform.lock.hcl`.

            No such list resource []
            This version of the provider has no list resource "x_thing". State or configuration may come from a newer version: compare the versions in `terraform version` with those in `.terraform.lock.hcl`.

            No such data source []
            This version of the provider has no data source "x_thing". State or configuration may come from a newer version: compare the versions in `terraform version` with those in `.terraform.lock.hcl`.

            State too old []
            The stored state of x_thing has the form of Terraform 0.11. No version of this provider ever wrote that. Remove the resource with `terraform state rm` and import it again.

            No resource identity []
            The resource "x_thing" has no identity schema; import it by id.
        "#]].assert_eq(&shown.join("\n"));
    }
}
