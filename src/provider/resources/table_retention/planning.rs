//! What a plan of a retention looks at, and what it tells.

use jiff::Timestamp;

use super::block::{PLAN, RETENTION, TABLE, TOTAL};
use super::item::{DEFAULT, basic_table, days, is_basic, one_way, own_retention, plan_of, refused_change, too_soon};
use super::{Table, TableRetention, set_id};
use crate::arm::Request;
use crate::provider::engine::attributes::{TENANT_ID, WORKSPACE_ID};
use crate::provider::engine::standing::{Standing, has_workspace};
use crate::provider::engine::timeouts::Operation;
use crate::provider::messages;
use crate::provider::spelling::number;
use crate::terraform::{Context, Diagnostic, PlanRequest, Planned, Value};

impl TableRetention {
    /// Plans a create, or a change of what state has.
    pub(super) async fn plan_change(&self, context: &Context, request: PlanRequest<'_>, planned: &mut Planned) {
        let names = [WORKSPACE_ID, TENANT_ID, "table", RETENTION, TOTAL, "plan"];
        let known = names.iter().all(|name| request.config.get(name).is_wholly_known());
        if !known || self.session.client().is_none() || request.prior.is_some_and(|prior| *prior == planned.value) {
            return;
        }
        let value = planned.value.clone();
        let outcome = async {
            let table = self.table(context, Operation::Create, "plan", &value).await?;
            if request.prior.is_none() {
                table.place.fill_tenant(&mut planned.value).await?;
                set_id(&mut planned.value);
                self.look(&table, planned).await?;
            }
            if let Some(prior) = request.prior.filter(|prior| changes_plan(prior, &planned.value)) {
                planned.diagnostics.0.extend(refused_change(prior, &planned.value).map(Diagnostic::into_warning));
                // What cannot be read here is told by the refresh, and holds up no destroy.
                if let Ok(Some(item)) = table.get().await {
                    planned.diagnostics.0.extend(too_soon(&planned.value, &item, Timestamp::now()));
                }
            }
            let total = self.check_total(&table, &planned.value).await?;
            // What others did to a table that is managed already may not keep a destroy from planning: it is refused when it
            // is applied.
            let drifted = request.prior.and_then(|_| basic_table(&planned.value));
            let found = drifted.into_iter().chain(total);
            let told = found.map(|found| {
                if request.prior.is_some() { found.into_warning() } else { messages::holds_up_destroy(found) }
            });
            planned.diagnostics.0.extend(told);
            Ok(())
        };
        if let Err(diagnostic) = outcome.await {
            planned.diagnostics.push(diagnostic);
        }
    }

    /// What there is to say of the table before it is changed for the first time.
    async fn look(&self, table: &Table<'_>, planned: &mut Planned) -> Result<(), Diagnostic> {
        let Some(item) = table.get().await.map_err(|error| table.failed(&error))? else {
            // The table may appear with a connector of the same run.
            if has_workspace(&table.place).await.is_ok_and(|is_there| !is_there) {
                planned.diagnostics.0.extend(Standing::Absent.not_ready(&table.place, &self.session));
            }
            return Ok(());
        };
        // What the table has is not planned, since it may be something else when this is applied.
        let mut expected = planned.value.clone();
        if !expected.get(PLAN).is_known() {
            expected.set(PLAN, plan_of(&item));
        }
        let refused = one_way(&planned.value, plan_of(&item)).or_else(|| basic_table(&expected));
        planned.diagnostics.0.extend(refused.map(messages::holds_up_destroy));
        planned.diagnostics.0.extend(too_soon(&planned.value, &item, Timestamp::now()));
        let own = own_retention(&planned.value, &item);
        if !own.is_empty() {
            planned.diagnostics.push(messages::table_has_own_retention(TABLE, &table.id.to_string(), &own));
        }
        Ok(())
    }

    /// Whether the total is less than a workspace's own retention that the table falls back to.
    async fn check_total(&self, table: &Table<'_>, value: &Value) -> Result<Option<Diagnostic>, Diagnostic> {
        let (retention, total) = (days(value, RETENTION), days(value, TOTAL));
        if retention != DEFAULT || total == DEFAULT || is_basic(value) {
            return Ok(None);
        }
        let workspace = table.place.client.send(&table.place.call, Request::workspace(&table.id.workspace)).await;
        let kept = match workspace {
            Ok(answer) => number(&answer.body["properties"]["retentionInDays"]),
            // The same run may make the workspace.
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(table.failed(&error)),
        };
        let kept = kept.filter(|kept| total < *kept);
        Ok(kept.map(|kept| messages::total_below_retention(TOTAL, total, kept, true)))
    }
}

/// Whether a table is to have another plan than state has.
fn changes_plan(prior: &Value, planned: &Value) -> bool {
    let [before, after] = [prior, planned].map(|value| value.get(PLAN).as_str().unwrap_or_default());
    !after.is_empty() && !before.eq_ignore_ascii_case(after)
}
