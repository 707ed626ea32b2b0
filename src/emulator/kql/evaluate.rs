//! Runs a query over rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Refusal;
use super::parse::{Expr, Named, Pipeline, Query, Source, Step, Union};
use super::value::Cell;

/// The most rows that a range makes.
const MOST: usize = 10_000;

/// One row, which may stand for many that are alike.
#[derive(Debug, Clone)]
pub struct Row {
    pub cells: BTreeMap<String, Cell>,
    pub times: i64,
}

/// What a query may read.
pub trait Database {
    /// The time it is.
    fn now(&self) -> Timestamp;

    /// The rows of a table; nothing where there is no table of that name, an error where a query may not read it so.
    fn table(&self, name: &str) -> Result<Option<Vec<Row>>, Refusal>;
}

/// The answer to a query.
#[derive(Debug)]
pub struct Answered {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

struct Run<'a> {
    database: &'a dyn Database,
    lets: BTreeMap<String, Cell>,
}

/// Rows, with their columns in order.
#[derive(Debug, Default)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
}

impl Table {
    fn add_column(&mut self, name: &str) {
        if !self.columns.iter().any(|known| known == name) {
            self.columns.push(name.to_owned());
        }
    }

    fn add(&mut self, other: Table) {
        for column in &other.columns {
            self.add_column(column);
        }
        self.rows.extend(other.rows);
    }
}

/// Answers a query.
pub fn run(query: &Query, database: &dyn Database) -> Result<Answered, Refusal> {
    let mut run = Run { database, lets: BTreeMap::new() };
    for (name, expr) in &query.lets {
        let value = run.value(expr, &BTreeMap::new())?;
        run.lets.insert(name.clone(), value);
    }
    let found = run.pipeline(&query.pipeline)?;
    let found = found.ok_or_else(|| Refusal::Wrong("none of its tables can be resolved".to_owned()))?;
    let rows = found
        .rows
        .iter()
        .map(|row| found.columns.iter().map(|column| row.cells.get(column).cloned().unwrap_or(Cell::Null)).collect());
    Ok(Answered { rows: rows.collect(), columns: found.columns.clone() })
}

impl Run<'_> {
    /// The rows of a pipeline; nothing where its table is not there.
    fn pipeline(&self, pipeline: &Pipeline) -> Result<Option<Table>, Refusal> {
        let Some(mut table) = self.source(&pipeline.source)? else { return Ok(None) };
        for step in &pipeline.steps {
            table = self.step(step, table)?;
        }
        Ok(Some(table))
    }

    fn source(&self, source: &Source) -> Result<Option<Table>, Refusal> {
        match source {
            Source::Nested(inner) => self.pipeline(inner),
            Source::Union(union) => self.union(union, Table::default()).map(Some),
            Source::Table(name) => Ok(self.database.table(name)?.map(|rows| {
                let mut table = Table::default();
                for name in rows.iter().flat_map(|row| row.cells.keys()) {
                    table.add_column(name);
                }
                table.rows = rows;
                table
            })),
            Source::Print(named) => {
                let mut row = Row { cells: BTreeMap::new(), times: 1 };
                for (name, expr) in named {
                    let value = self.value(expr, &row.cells)?;
                    row.cells.insert(name.clone(), value);
                }
                let columns = named.iter().map(|(name, _)| name.clone()).collect();
                Ok(Some(Table { columns, rows: vec![row] }))
            }
            Source::Range { column, from, to, step } => {
                let none = BTreeMap::new();
                let [from, to, step] = [from, to, step].map(|expr| self.value(expr, &none));
                let (Cell::Time(mut at), Cell::Time(to), Cell::Span(step)) = (from?, to?, step?) else {
                    return Err(Refusal::NotKnown("a range of anything but times".to_owned()));
                };
                let mut table = Table { columns: vec![column.clone()], rows: Vec::new() };
                while at <= to && table.rows.len() < MOST {
                    let cells = BTreeMap::from([(column.clone(), Cell::Time(at))]);
                    table.rows.push(Row { cells, times: 1 });
                    at += step;
                }
                Ok(Some(table))
            }
        }
    }

    fn union(&self, union: &Union, mut all: Table) -> Result<Table, Refusal> {
        for leg in &union.legs {
            match self.pipeline(leg)? {
                Some(found) => all.add(found),
                None if union.is_fuzzy => {}
                None => return Err(Refusal::Wrong("one of its tables cannot be resolved".to_owned())),
            }
        }
        Ok(all)
    }

    fn step(&self, step: &Step, mut table: Table) -> Result<Table, Refusal> {
        match step {
            Step::Render => {}
            Step::Union(union) => return self.union(union, table),
            Step::Where(expr) => {
                let mut kept = Vec::new();
                for row in table.rows {
                    if self.value(expr, &row.cells)? == Cell::Bool(true) {
                        kept.push(row);
                    }
                }
                table.rows = kept;
            }
            Step::Extend(named) => {
                for row in &mut table.rows {
                    for (name, expr) in named {
                        let value = self.value(expr, &row.cells)?;
                        row.cells.insert(name.clone(), value);
                    }
                }
                named.iter().for_each(|(name, _)| table.add_column(name));
            }
            Step::Project(named) => {
                for row in &mut table.rows {
                    let mut cells = BTreeMap::new();
                    for (name, expr) in named {
                        cells.insert(name.clone(), self.value(expr, &row.cells)?);
                    }
                    row.cells = cells;
                }
                table.columns = named.iter().map(|(name, _)| name.clone()).collect();
            }
            Step::Sort(column) => {
                let key = |row: &Row| row.cells.get(column).cloned().unwrap_or(Cell::Null);
                table.rows.sort_by(|left, right| compare(&key(right), &key(left)));
            }
            Step::Summarize { totals, by } => return self.summarize(totals, by, &table),
        }
        Ok(table)
    }

    fn summarize(&self, totals: &[Named], by: &[Named], table: &Table) -> Result<Table, Refusal> {
        let mut groups: Vec<(Vec<Cell>, Vec<&Row>)> = Vec::new();
        for row in &table.rows {
            let mut key = Vec::new();
            for (_, expr) in by {
                key.push(self.value(expr, &row.cells)?);
            }
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((key, vec![row])),
            }
        }
        let mut rows = Vec::new();
        for (key, members) in groups {
            let mut cells: BTreeMap<_, _> = by.iter().map(|(name, _)| name.clone()).zip(key).collect();
            for (name, expr) in totals {
                cells.insert(name.clone(), self.total(expr, &members)?);
            }
            rows.push(Row { cells, times: 1 });
        }
        let columns = by.iter().chain(totals).map(|(name, _)| name.clone()).collect();
        Ok(Table { columns, rows })
    }

    fn total(&self, expr: &Expr, rows: &[&Row]) -> Result<Cell, Refusal> {
        let Expr::Call(function, arguments) = expr else {
            return Err(Refusal::NotKnown("a total that is no function".to_owned()));
        };
        if function == "count" && arguments.is_empty() {
            return Ok(Cell::Long(rows.iter().map(|row| row.times).sum()));
        }
        let [argument] = arguments.as_slice() else {
            return Err(Refusal::NotKnown(format!("{function}() with {} arguments", arguments.len())));
        };
        let mut cells = Vec::new();
        for row in rows {
            match self.value(argument, &row.cells)? {
                Cell::Null => {}
                cell => cells.push((cell, row.times)),
            }
        }
        let of = |wanted: Ordering| {
            cells
                .iter()
                .map(|(cell, _)| cell)
                .cloned()
                .reduce(|best, cell| if compare(&cell, &best) == wanted { cell } else { best })
        };
        Ok(match function.as_str() {
            "min" => of(Ordering::Less).unwrap_or(Cell::Null),
            "max" => of(Ordering::Greater).unwrap_or(Cell::Null),
            "sum" => cells.iter().fold(Cell::Long(0), |sum, (cell, times)| match (sum, cell) {
                (Cell::Long(sum), Cell::Long(number)) => Cell::Long(sum + number * times),
                (sum, cell) => Cell::Real(real(&sum) + real(cell) * real(&Cell::Long(*times))),
            }),
            other => return Err(Refusal::NotKnown(format!("the total '{other}'"))),
        })
    }

    fn value(&self, expr: &Expr, row: &BTreeMap<String, Cell>) -> Result<Cell, Refusal> {
        match expr {
            Expr::Literal(cell) => Ok(cell.clone()),
            // A column that no row of a table has is null here; the service would not know it.
            Expr::Name(name) => Ok(row.get(name).or_else(|| self.lets.get(name)).cloned().unwrap_or(Cell::Null)),
            Expr::In { needle, hay, ignores_case } => {
                let needle = self.value(needle, row)?;
                for expr in hay {
                    let straw = self.value(expr, row)?;
                    let is_it = match (&needle, &straw) {
                        (Cell::Text(left), Cell::Text(right)) if *ignores_case => left.eq_ignore_ascii_case(right),
                        (left, right) => left == right,
                    };
                    if is_it {
                        return Ok(Cell::Bool(true));
                    }
                }
                Ok(Cell::Bool(false))
            }
            Expr::Binary(sign, left, right) => {
                let (left, right) = (self.value(left, row)?, self.value(right, row)?);
                Ok(match (*sign, &left, &right) {
                    ("and", ..) => Cell::Bool(left == Cell::Bool(true) && right == Cell::Bool(true)),
                    ("or", ..) => Cell::Bool(left == Cell::Bool(true) || right == Cell::Bool(true)),
                    ("-", Cell::Time(time), Cell::Span(span)) => Cell::Time(*time - *span),
                    ("-", Cell::Long(left), Cell::Long(right)) => Cell::Long(left - right),
                    ("-", ..) => return Err(Refusal::NotKnown("a difference of such values".to_owned())),
                    // Null is neither more nor less than anything.
                    (_, Cell::Null, _) | (_, _, Cell::Null) => Cell::Bool(false),
                    ("==", ..) => Cell::Bool(left == right),
                    ("!=", ..) => Cell::Bool(left != right),
                    (">", ..) => Cell::Bool(compare(&left, &right).is_gt()),
                    (">=", ..) => Cell::Bool(compare(&left, &right).is_ge()),
                    ("<", ..) => Cell::Bool(compare(&left, &right).is_lt()),
                    _ => Cell::Bool(compare(&left, &right).is_le()),
                })
            }
            Expr::Call(function, arguments) => {
                let arguments: Result<Vec<_>, _> = arguments.iter().map(|expr| self.value(expr, row)).collect();
                self.call(function, &arguments?)
            }
        }
    }

    fn call(&self, function: &str, arguments: &[Cell]) -> Result<Cell, Refusal> {
        let now = self.database.now();
        Ok(match (function, arguments) {
            ("now", []) => Cell::Time(now),
            ("ago", [Cell::Span(span)]) => Cell::Time(now - *span),
            ("isnull", [cell]) => Cell::Bool(*cell == Cell::Null),
            ("iff", [condition, yes, no]) => {
                if *condition == Cell::Bool(true) {
                    yes.clone()
                } else {
                    no.clone()
                }
            }
            ("bin", [Cell::Time(time), Cell::Span(span)]) => Cell::Time(bin(*time, *span, Timestamp::UNIX_EPOCH)?),
            ("bin_at", [Cell::Time(time), Cell::Span(span), Cell::Time(at)]) => Cell::Time(bin(*time, *span, *at)?),
            ("bin" | "bin_at", [Cell::Null, ..]) => Cell::Null,
            _ => return Err(Refusal::NotKnown(format!("{function}() of such values"))),
        })
    }
}

/// The begin of the bin that a time is in; one of them begins at `at`.
fn bin(time: Timestamp, span: SignedDuration, at: Timestamp) -> Result<Timestamp, Refusal> {
    let (span, apart) = (span.as_nanos(), time.duration_since(at).as_nanos());
    let begin = at.as_nanosecond() + apart.checked_div_euclid(span).unwrap_or_default() * span;
    Timestamp::from_nanosecond(begin).map_err(|error| Refusal::Wrong(error.to_string()))
}

fn compare(left: &Cell, right: &Cell) -> Ordering {
    left.partial_cmp(right).unwrap_or(Ordering::Equal)
}

#[allow(clippy::cast_precision_loss)]
fn real(cell: &Cell) -> f64 {
    match cell {
        Cell::Long(number) => *number as f64,
        Cell::Real(number) => *number,
        _ => 0.0,
    }
}
