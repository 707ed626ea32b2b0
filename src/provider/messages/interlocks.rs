//! How Defender XDR, the connectors of its products and incident rules get in each other's way.

use super::{Subject, bullets, sentence_case};
use crate::terraform::{AttributePath, Diagnostic};

pub fn xdr_beside_rules(path: impl Into<AttributePath>, subject: Subject<'_>, rules: &[String]) -> Diagnostic {
    Diagnostic::warning(
        "Incidents will arrive twice",
        format!(
            "With Defender XDR incidents on, these enabled incident rules make each incident of their products a second time in {}:\n{}\n\n\
             Disable or remove them, unless another block of this configuration does. A defender_incident_rule_suppression of their \
             products does so for good; let this resource depend on it (depends_on), and it is taken into account whatever the order.",
            subject.place,
            bullets(rules)
        ),
    )
    .at(path)
}

pub fn rule_beside_xdr(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    Diagnostic::warning(
        "Incidents will arrive twice",
        format!(
            "Defender XDR streams its incidents into {}, those of this rule's product among them; the rule makes each a second time.\n\n\
             Set enabled = false, or remove the rule, unless another block of this configuration takes Defender XDR away.",
            subject.place
        ),
    )
    .at(path)
}

pub fn xdr_beside_components(
    path: impl Into<AttributePath>,
    subject: Subject<'_>,
    components: &[String],
) -> Diagnostic {
    Diagnostic::warning(
        "Component connectors fall silent",
        format!(
            "With Defender XDR incidents on, the service disconnects the connectors of its products in {}; they stay listed, but the \
             alerts come through the Defender XDR connector (documented since 2025; until 2023 it connected them instead):\n{}\n\nSet \
             alerts = true here if their alerts are wanted, and remove them, unless another block of this configuration does.",
            subject.place,
            bullets(components)
        ),
    )
    .at(path)
}

pub fn component_beside_xdr(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    Diagnostic::warning(
        format!("{} carries no data beside Defender XDR", sentence_case(subject.what)),
        format!(
            "The Defender XDR connector streams incidents into {}. Since 2025 it stands in for the connectors of its products, which stay \
             listed but are disconnected (documented).\n\nSet alerts = true on defender_xdr_connector and remove this resource, unless \
             another block of this configuration takes Defender XDR away.",
            subject.place
        ),
    )
    .at(path)
}

pub fn component_leaves_xdr(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    Diagnostic::warning(
        format!("{} goes while Defender XDR is on", sentence_case(subject.what)),
        format!(
            "The Defender XDR connector streams incidents into {}. Until 2023 the service let nobody disconnect a product before Defender \
             XDR was disconnected; since 2025 the product's alerts come through Defender XDR whether this connector is there or not \
             (both documented).\n\nIf it is refused at apply, disconnect Defender XDR first. To stop the alerts, narrow \
             defender_xdr_connector instead.",
            subject.place
        ),
    )
    .at(path)
}

pub fn incidents_without_alerts(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    Diagnostic::warning(
        "Defender for Cloud incidents come without their alerts",
        format!(
            "Defender XDR brings the incidents of Defender for Cloud into {}, but not their alerts (documented), and no \
             defender_cloud_connector is there or was planned before this.\n\nIf you use Defender for Cloud, add a defender_cloud_connector \
             for each subscription, unless another block of this configuration is one; let this resource depend on it (depends_on), and \
             it is taken into account whatever the order.",
            subject.place
        ),
    )
    .at(path)
}

pub fn alerts_leave_incidents(path: impl Into<AttributePath>, subject: Subject<'_>) -> Diagnostic {
    Diagnostic::warning(
        "Defender for Cloud incidents will come without their alerts",
        format!(
            "Defender XDR goes on bringing the incidents of Defender for Cloud into {}, and their alerts came through this connector \
             (documented).\n\nKeep it on as long as those incidents are looked at, unless another block of this configuration takes \
             Defender XDR away.",
            subject.place
        ),
    )
    .at(path)
}
