//! Reads a query: names that stand for values, then a source and what becomes of its rows step by step.

use super::Refusal;
use super::tokens::Token;
use super::value::{Cell, span};

/// A whole query.
#[derive(Debug)]
pub struct Query {
    pub lets: Vec<(String, Expr)>,
    pub pipeline: Pipeline,
}

/// A source of rows, and the steps they go through.
#[derive(Debug)]
pub struct Pipeline {
    pub source: Source,
    pub steps: Vec<Step>,
}

/// Where rows come from.
#[derive(Debug)]
pub enum Source {
    Table(String),
    Print(Vec<Named>),
    Range { column: String, from: Expr, to: Expr, step: Expr },
    Union(Union),
    Nested(Box<Pipeline>),
}

/// Rows of several pipelines; a fuzzy one passes over tables that are not there.
#[derive(Debug)]
pub struct Union {
    pub is_fuzzy: bool,
    pub legs: Vec<Pipeline>,
}

/// What becomes of rows.
#[derive(Debug)]
pub enum Step {
    Where(Expr),
    Extend(Vec<Named>),
    Project(Vec<Named>),
    Summarize {
        totals: Vec<Named>,
        by: Vec<Named>,
    },
    Union(Union),
    /// Descending, as KQL sorts unless it is told otherwise.
    Sort(String),
    /// How a chart is drawn, which changes no row.
    Render,
}

/// An expression with the name of its column.
pub type Named = (String, Expr);

/// What has a value.
#[derive(Debug, Clone)]
pub enum Expr {
    Name(String),
    Literal(Cell),
    Call(String, Vec<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    In { needle: Box<Expr>, hay: Vec<Expr>, ignores_case: bool },
}

/// Reads a query out of its pieces.
pub fn query(tokens: Vec<Token>) -> Result<Query, Refusal> {
    let mut parser = Parser { tokens, at: 0 };
    let mut lets = Vec::new();
    while parser.takes_word("let") {
        let name = parser.name()?;
        parser.sign("=")?;
        lets.push((name, parser.expr()?));
        parser.sign(";")?;
    }
    let pipeline = parser.pipeline()?;
    match parser.peek() {
        None => Ok(Query { lets, pipeline }),
        Some(token) => Err(Refusal::NotKnown(format!("what begins with {token:?}"))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, token: &Token) -> bool {
        let is_it = self.peek() == Some(token);
        self.at += usize::from(is_it);
        is_it
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.takes(&Token::Word(word.to_owned()))
    }

    fn takes_sign(&mut self, sign: &'static str) -> bool {
        self.takes(&Token::Sign(sign))
    }

    fn sign(&mut self, sign: &'static str) -> Result<(), Refusal> {
        if self.takes_sign(sign) { Ok(()) } else { Err(self.wrong(sign)) }
    }

    fn word(&mut self, word: &str) -> Result<(), Refusal> {
        if self.takes_word(word) { Ok(()) } else { Err(self.wrong(word)) }
    }

    fn wrong(&self, wanted: &str) -> Refusal {
        Refusal::Wrong(match self.peek() {
            Some(found) => format!("'{wanted}' is missing before {found:?}"),
            None => format!("'{wanted}' is missing at the end"),
        })
    }

    fn name(&mut self) -> Result<String, Refusal> {
        match self.take() {
            Some(Token::Word(name)) => Ok(name),
            other => Err(Refusal::Wrong(format!("a name is missing where {other:?} is"))),
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, Refusal> {
        let source = self.source()?;
        let mut steps = Vec::new();
        while self.takes_sign("|") {
            steps.push(self.step()?);
        }
        Ok(Pipeline { source, steps })
    }

    fn source(&mut self) -> Result<Source, Refusal> {
        if self.takes_sign("(") {
            let inner = self.pipeline()?;
            self.sign(")")?;
            return Ok(Source::Nested(Box::new(inner)));
        }
        let name = self.name()?;
        match name.as_str() {
            "print" => Ok(Source::Print(self.named()?)),
            "union" => Ok(Source::Union(self.union()?)),
            "range" => {
                let column = self.name()?;
                self.word("from")?;
                let from = self.expr()?;
                self.word("to")?;
                let to = self.expr()?;
                self.word("step")?;
                Ok(Source::Range { column, from, to, step: self.expr()? })
            }
            _ => Ok(Source::Table(name)),
        }
    }

    fn step(&mut self) -> Result<Step, Refusal> {
        let name = self.name()?;
        Ok(match name.as_str() {
            "where" => Step::Where(self.expr()?),
            "extend" => Step::Extend(self.named()?),
            "project" => Step::Project(self.named()?),
            "summarize" => {
                let totals = self.named()?;
                Step::Summarize { totals, by: if self.takes_word("by") { self.named()? } else { Vec::new() } }
            }
            "union" => Step::Union(self.union()?),
            "sort" => {
                self.word("by")?;
                Step::Sort(self.name()?)
            }
            "render" => {
                self.word("timechart")?;
                Step::Render
            }
            other => return Err(Refusal::NotKnown(format!("the operator '{other}'"))),
        })
    }

    fn union(&mut self) -> Result<Union, Refusal> {
        let is_fuzzy = self.takes_word("isfuzzy");
        if is_fuzzy {
            self.sign("=")?;
            self.word("true")?;
        }
        let mut legs = vec![self.leg()?];
        while self.takes_sign(",") {
            legs.push(self.leg()?);
        }
        Ok(Union { is_fuzzy, legs })
    }

    /// A leg of a union, which a bar ends unless it stands in brackets.
    fn leg(&mut self) -> Result<Pipeline, Refusal> {
        Ok(Pipeline { source: self.source()?, steps: Vec::new() })
    }

    fn named(&mut self) -> Result<Vec<Named>, Refusal> {
        let mut all = vec![self.one_named()?];
        while self.takes_sign(",") {
            all.push(self.one_named()?);
        }
        Ok(all)
    }

    fn one_named(&mut self) -> Result<Named, Refusal> {
        if let (Some(Token::Word(name)), Some(Token::Sign("="))) = (self.peek(), self.tokens.get(self.at + 1)) {
            let name = name.clone();
            self.at += 2;
            return Ok((name, self.expr()?));
        }
        let expr = self.expr()?;
        // A column keeps its name, and so does one that is put into bins.
        let name = match &expr {
            Expr::Name(name) => name,
            Expr::Call(_, arguments) => match arguments.first() {
                Some(Expr::Name(name)) => name,
                _ => return Err(Refusal::NotKnown("a column without a name".to_owned())),
            },
            _ => return Err(Refusal::NotKnown("a column without a name".to_owned())),
        };
        Ok((name.clone(), expr))
    }

    fn expr(&mut self) -> Result<Expr, Refusal> {
        let mut left = self.all_of()?;
        while self.takes_word("or") {
            left = Expr::Binary("or", Box::new(left), Box::new(self.all_of()?));
        }
        Ok(left)
    }

    fn all_of(&mut self) -> Result<Expr, Refusal> {
        let mut left = self.comparison()?;
        while self.takes_word("and") {
            left = Expr::Binary("and", Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expr, Refusal> {
        let left = self.difference()?;
        if self.takes_word("in") {
            let ignores_case = self.takes_sign("~");
            self.sign("(")?;
            return Ok(Expr::In { needle: Box::new(left), hay: self.arguments()?, ignores_case });
        }
        for sign in ["==", "!=", ">=", "<=", ">", "<"] {
            if self.takes_sign(sign) {
                return Ok(Expr::Binary(sign, Box::new(left), Box::new(self.difference()?)));
            }
        }
        Ok(left)
    }

    fn difference(&mut self) -> Result<Expr, Refusal> {
        let mut left = self.plain()?;
        while self.takes_sign("-") {
            left = Expr::Binary("-", Box::new(left), Box::new(self.plain()?));
        }
        Ok(left)
    }

    fn plain(&mut self) -> Result<Expr, Refusal> {
        match self.take() {
            Some(Token::Text(text)) => Ok(Expr::Literal(Cell::Text(text))),
            Some(Token::Number(text)) => match (text.parse(), span(&text)) {
                (Ok(number), _) => Ok(Expr::Literal(Cell::Long(number))),
                (_, Some(span)) => Ok(Expr::Literal(Cell::Span(span))),
                _ => Err(Refusal::NotKnown(format!("the number '{text}'"))),
            },
            Some(Token::Sign("(")) => {
                let inner = self.expr()?;
                self.sign(")")?;
                Ok(inner)
            }
            Some(Token::Word(name)) => {
                if self.takes_sign("(") {
                    return Ok(Expr::Call(name, self.arguments()?));
                }
                Ok(Expr::Name(name))
            }
            other => Err(Refusal::Wrong(format!("a value is missing where {other:?} is"))),
        }
    }

    /// Values up to the closing bracket; the opening one was taken.
    fn arguments(&mut self) -> Result<Vec<Expr>, Refusal> {
        let mut all = Vec::new();
        while !self.takes_sign(")") {
            if !all.is_empty() {
                self.sign(",")?;
            }
            all.push(self.expr()?);
        }
        Ok(all)
    }
}
