//! Other engines, in a Python process that answers one question at a time.
use std::{
    error::Error,
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// A running `xtask/peer/engines.py`; it ends when this is dropped.
pub(crate) struct Engines {
    process: Child,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    names: Vec<String>,
}

impl Engines {
    /// Loads a checkpoint into every engine that a Python has.
    pub(crate) fn start(python: &str, model: &Path) -> Result<Self, Box<dyn Error>> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/peer/engines.py");
        let mut command = Command::new(python);
        command.arg(script).arg(model).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("a process without pipes".into());
        };
        let mut engines = Self { process, questions, answers: BufReader::new(answers).lines(), names: Vec::new() };
        engines.names = engines.answer()?.split_whitespace().map(str::to_owned).collect();
        Ok(engines)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// The time for the logits after this many tokens (`next`), or for this many tokens (`decode`).
    pub(crate) fn milliseconds(&mut self, engine: &str, what: &str, tokens: u32) -> Result<f64, Box<dyn Error>> {
        writeln!(self.questions, "{engine} {what} {tokens}")?;
        Ok(self.answer()?.parse()?)
    }

    /// The logits after this many tokens.
    pub(crate) fn logits(&mut self, engine: &str, tokens: u32) -> Result<Vec<f32>, Box<dyn Error>> {
        writeln!(self.questions, "{engine} logits {tokens}")?;
        Ok(serde_json::from_str(&self.answer()?)?)
    }

    fn answer(&mut self) -> Result<String, Box<dyn Error>> {
        Ok(self.answers.next().ok_or("the engines have ended: see what they have printed above")??)
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
