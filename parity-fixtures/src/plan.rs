//! The plan: tables, cases and the native build's answers, written to a folder
//! that the JavaScript runners read.
//!
//! `plan.json` names the datasets and case files; a case file holds one JSON object per line: `{id,
//! dataset, store, method, args, answer | error}`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use crate::questions::Store;

/// One table of a dataset, full or as a delta to the part before it.
#[derive(Debug, Serialize)]
pub struct Part {
    /// `wip`, `resource`, `equipment`, `workcenter`, `history`, `hold_history`,
    /// `downtime` or `jobs`.
    pub dataset: &'static str,
    /// File inside the plan's folder.
    pub file: String,
    /// Version of the table that results.
    pub version: String,
    /// Whether the file is a delta.
    pub delta: bool,
}

/// What the native build answered.
#[derive(Debug)]
pub enum Answer {
    /// A result.
    Value(Value),
    /// A stable error code.
    Error(&'static str),
}

/// Writes a plan.
pub struct PlanWriter {
    folder: PathBuf,
    datasets: serde_json::Map<String, Value>,
    case_files: Vec<String>,
    current: Option<BufWriter<File>>,
    cases: usize,
}

impl PlanWriter {
    /// Starts an empty plan in `folder`, removing an older one.
    ///
    /// # Errors
    /// The folder can't be emptied or made.
    pub fn create(folder: &Path) -> std::io::Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            datasets: serde_json::Map::new(),
            case_files: Vec::new(),
            current: None,
            cases: 0,
        })
    }

    /// Writes a table file.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn table(&self, file: &str, bytes: &[u8]) -> std::io::Result<()> {
        std::fs::write(self.folder.join(file), bytes)
    }

    /// Adds a dataset; its cases follow.
    ///
    /// # Errors
    /// The case file can't be made.
    pub fn dataset(&mut self, name: &str, parts: &[Part]) -> std::io::Result<()> {
        self.datasets.insert(name.to_owned(), json!({ "parts": parts }));
        let file = format!("{name}.cases.jsonl");
        self.current = Some(BufWriter::new(File::create(self.folder.join(&file))?));
        self.case_files.push(file);
        Ok(())
    }

    /// Adds a case of the dataset named last; `method` in snake case.
    ///
    /// # Errors
    /// No dataset was named yet, or the file can't be written.
    pub fn case(
        &mut self,
        dataset: &str,
        store: Store,
        method: &str,
        args: &Value,
        answer: &Answer,
    ) -> std::io::Result<()> {
        let out = self
            .current
            .as_mut()
            .ok_or_else(|| std::io::Error::other("a case needs a dataset before it"))?;
        let (field, value) = match answer {
            Answer::Value(value) => ("answer", value.clone()),
            Answer::Error(code) => ("error", json!(code)),
        };
        let line = json!({
            "id": self.cases,
            "dataset": dataset,
            "store": store.name(),
            "method": camel_case(method),
            "args": args,
            field: value,
        });
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
        self.cases += 1;
        Ok(())
    }

    /// Finishes the plan; the number of cases.
    ///
    /// # Errors
    /// A file can't be written.
    pub fn finish(mut self) -> std::io::Result<usize> {
        if let Some(mut out) = self.current.take() {
            out.flush()?;
        }
        let plan = json!({ "datasets": self.datasets, "caseFiles": self.case_files });
        std::fs::write(self.folder.join("plan.json"), plan.to_string())?;
        Ok(self.cases)
    }
}

/// `hold_lots` → `holdLots`: the name of a query in JavaScript.
pub fn camel_case(snake: &str) -> String {
    let mut camel = String::with_capacity(snake.len());
    let mut raise = false;
    for letter in snake.chars() {
        if letter == '_' {
            raise = true;
        } else if std::mem::take(&mut raise) {
            camel.push(letter.to_ascii_uppercase());
        } else {
            camel.push(letter);
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::camel_case;

    #[test]
    fn names_follow_each_language() {
        assert_eq!(camel_case("hold_lots"), "holdLots");
        assert_eq!(camel_case("kpi"), "kpi");
    }
}
