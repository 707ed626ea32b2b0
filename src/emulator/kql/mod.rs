//! A small part of KQL, as far as the queries that show ingestion go. What is not in it is refused by name, never answered.

mod evaluate;
mod parse;
mod tokens;
mod value;

pub use evaluate::{Answered, Database, Row};
pub use value::{Cell, span};

/// Why a query is not answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The service would not answer it either.
    Wrong(String),
    /// The service may well answer it.
    NotKnown(String),
}

/// Answers a query from what a database holds.
pub fn answer(query: &str, database: &dyn Database) -> Result<Answered, Refusal> {
    let query = parse::query(tokens::of(query)?)?;
    evaluate::run(&query, database)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::expect;
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::emulator::logs::{Logs, rows};

    struct Two(Logs);

    impl Database for Two {
        fn now(&self) -> Timestamp {
            "2026-11-28T12:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH)
        }

        fn table(&self, name: &str) -> Result<Option<Vec<Row>>, Refusal> {
            Ok(self.0.get(name).map(|records| rows(records, self.now())))
        }
    }

    fn answered(query: &str) -> String {
        let logs = json!({
            "Events": [
                { "ago": "1h", "times": 10, "days": 2, "columns": { "Kind": "a", "Size": 2 } },
                { "ago": "2h", "times": 5, "columns": { "Kind": "B", "Size": 0.5 } },
            ],
            "Empty": [],
        });
        let database = Two(serde_json::from_value(logs).unwrap_or_else(|_| BTreeMap::new()));
        match answer(query, &database) {
            Ok(Answered { columns, rows }) => {
                let row =
                    |row: &Vec<Cell>| row.iter().map(|cell| cell.shown().to_string()).collect::<Vec<_>>().join(" ");
                let lines = std::iter::once(columns.join(" ")).chain(rows.iter().map(row));
                lines.collect::<Vec<_>>().join("; ")
            }
            Err(refusal) => format!("{refusal:?}"),
        }
    }

    #[test]
    fn what_is_known_of_kql_is_answered() {
        let seen = [
            "Events | summarize N = count(), L = max(TimeGenerated), F = min(TimeGenerated), S = sum(Size) by Kind",
            "Events | where Kind in~ (\"A\") and TimeGenerated > ago(1d) | summarize N = count() by Day = bin(TimeGenerated, 1d)",
            "Events | where Kind == \"a\" or Kind in (\"B\", \"c\") | summarize N = count() by K = Kind",
            "union isfuzzy=true (print T = \"\", L = now()), (Nope | extend T = \"no\"), (Empty | extend T = \"empty\")",
            "let Now = now(); (range D from ago(2d) to Now-1d step 1d | extend N = 0 | union (Events | summarize N = count() by D = bin_at(TimeGenerated, 1d, Now)) \
             | summarize N = max(N) by D | sort by D | project V = iff(isnull(N), 0, N), T = D, L = \"x\") | render timechart",
        ]
        .map(answered);
        expect![[r#"
            Kind N L F S; "a" 20 "2026-11-28T11:00:00.0Z" "2026-11-27T11:00:00.0Z" 40; "B" 5 "2026-11-28T10:00:00.0Z" "2026-11-28T10:00:00.0Z" 2.5
            Day N; "2026-11-28T00:00:00.0Z" 10
            K N; "a" 20; "B" 5
            T L; "" "2026-11-28T12:00:00.0Z"
            V T L; 15 "2026-11-27T12:00:00.0Z" "x"; 10 "2026-11-26T12:00:00.0Z" "x"
        "#]].assert_eq(&(seen.join("\n") + "\n"));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let seen = [
            "Nope",
            "union Nope, Empty",
            "Events | take 1",
            "Events | where Kind has \"a\"",
            "Events | summarize dcount(Kind)",
            "Events | where strlen(Kind) > 1",
            "Events | summarize N = percentile(Size, 50)",
            "Events | where Kind == \"a",
            "Events | project [0]",
            "print 1w",
            "",
        ]
        .map(|query| format!("{query} -> {}", answered(query)));
        expect![[r#"
            Nope -> Wrong("none of its tables can be resolved")
            union Nope, Empty -> Wrong("one of its tables cannot be resolved")
            Events | take 1 -> NotKnown("the operator 'take'")
            Events | where Kind has "a" -> NotKnown("what begins with Word(\"has\")")
            Events | summarize dcount(Kind) -> NotKnown("the total 'dcount'")
            Events | where strlen(Kind) > 1 -> NotKnown("strlen() of such values")
            Events | summarize N = percentile(Size, 50) -> NotKnown("percentile() with 2 arguments")
            Events | where Kind == "a -> Wrong("a text has no end")
            Events | project [0] -> NotKnown("the sign '['")
            print 1w -> NotKnown("the number '1w'")
             -> Wrong("a name is missing where None is")
        "#]]
        .assert_eq(&(seen.join("\n") + "\n"));
    }
}
