//! The commands of RUNBOOK.md: what the rehearsal runs is what operators read.

use std::collections::BTreeMap;

/// What opens a block that is rehearsed, before its name.
const MARK: &str = "sh rehearse=";

/// The blocks by name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Runbook {
    blocks: BTreeMap<String, Block>,
}

#[derive(Debug, PartialEq, Eq)]
struct Block {
    script: String,
    was_run: bool,
}

impl Runbook {
    /// Reads the text.
    ///
    /// A block of commands without a name is refused, because nobody would ever run it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut blocks = BTreeMap::new();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let Some(info) = line.trim_start().strip_prefix("```") else { continue };
            let mut script = String::new();
            let closed = lines.by_ref().any(|(_, line)| {
                let is_end = line.trim() == "```";
                if !is_end {
                    script.push_str(line);
                    script.push('\n');
                }
                is_end
            });
            let name = info.trim().strip_prefix(MARK).unwrap_or_default();
            if !closed || name.is_empty() || name.contains(char::is_whitespace) {
                return Err(format!(
                    "RUNBOOK.md:{}: a block has to be closed and to begin with ```{MARK}NAME",
                    number + 1
                ));
            }
            if blocks.insert(name.to_owned(), Block { script, was_run: false }).is_some() {
                return Err(format!("RUNBOOK.md:{}: there are two blocks {name}", number + 1));
            }
        }
        Ok(Self { blocks })
    }

    /// The commands of a block, which count as run from now on.
    pub(super) fn take(&mut self, name: &str) -> Result<String, String> {
        let block = self.blocks.get_mut(name);
        let block = block.ok_or_else(|| format!("RUNBOOK.md has no block {name}"))?;
        block.was_run = true;
        Ok(block.script.clone())
    }

    /// Names of blocks that nobody ran.
    pub(super) fn left(&self) -> Vec<&str> {
        let left = self.blocks.iter().filter(|(_, block)| !block.was_run);
        left.map(|(name, _)| name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_by_name_and_remembered_when_run() {
        let text = "# Title\n\n```sh rehearse=one\na\n  b\n```\ntext\n```sh rehearse=two\nc\n```\n";
        let mut book = Runbook::parse(text).unwrap();
        assert_eq!(book.left(), ["one", "two"]);
        assert_eq!(book.take("one").unwrap(), "a\n  b\n");
        assert_eq!(book.left(), ["two"]);
        assert!(book.take("three").is_err());
    }

    #[test]
    fn a_block_that_nobody_could_run_is_refused() {
        let texts = [
            "```sh\na\n```\n",
            "```\na\n```\n",
            "```sh rehearse=\na\n```\n",
            "```sh rehearse=a\nb\n",
            "```sh rehearse=a\nb\n```\n```sh rehearse=a\nc\n```\n",
        ];
        for text in texts {
            assert!(Runbook::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_block_of_the_runbook_is_a_step_of_the_rehearsal() {
        let mut book = Runbook::parse(include_str!("../../../RUNBOOK.md")).unwrap();
        let steps = include_str!("steps.rs");
        for name in book.left().into_iter().map(str::to_owned).collect::<Vec<_>>() {
            if steps.contains(&format!("block(\"{name}\")")) {
                book.take(&name).unwrap();
            }
        }
        assert_eq!(book.left(), Vec::<&str>::new(), "no step of steps.rs runs these");
    }
}
