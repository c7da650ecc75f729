//! `cargo xtask examine`: softmax-core and others sit the examination in `data/examination`.
use std::path::{self, PathBuf};

use anyhow::Result;
use clap::Args;

use crate::cargo;

/// `cargo xtask examine`
#[derive(Args)]
pub struct ExamineArgs {
    /// A Python with numpy, ml_dtypes and safetensors: NumPy, SciPy, PyTorch (eager and compiled), JAX, ONNX Runtime,
    /// OpenVINO and mlx sit it too, and the samplers of transformers, x-transformers, rwkv, mlx-lm and llama.cpp
    /// (xllamacpp), those of them that it has
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// A softmax of your own in a Python file, as data/examination/mine.py is: it sits in place of the installed ones
    #[arg(long, value_name = "FILE", requires = "python", conflicts_with = "write")]
    engine: Option<PathBuf>,
    /// burn, candle and libtorch through tch sit it too: compiles them, which takes minutes once; set libtorch up first
    #[arg(long)]
    engines: bool,
    /// Also write softmax-core's answers on this machine's instruction sets into this folder
    #[arg(long, value_name = "DIR")]
    answers: Option<PathBuf>,
    /// Judge the answers in this folder, too: those that `--answers` wrote on a machine with other instruction sets
    #[arg(long, value_name = "DIR")]
    with: Option<PathBuf>,
    /// Write docs/examination.md instead of printing it
    #[arg(long)]
    write: bool,
}

/// Runs the examination. A wrong result of softmax-core is a failure, one of another engine is not.
///
/// # Errors
/// If the examination does not build or run, or softmax-core fails it.
pub fn run(args: &ExamineArgs) -> Result<()> {
    let mut command = cargo::command(["run", "--quiet", "--release", "-p", "examination", "--"]);
    if let Some(python) = &args.python {
        command.arg("--python").arg(python);
    }
    if let Some(engine) = &args.engine {
        // The reader's folder is not the one that the command runs in.
        command.arg("--engine").arg(path::absolute(engine)?);
    }
    for (option, folder) in [("--answers", &args.answers), ("--with", &args.with)] {
        if let Some(folder) = folder {
            command.arg(option).arg(path::absolute(folder)?);
        }
    }
    cargo::run(command.args(args.engines.then_some("--engines")).args(args.write.then_some("--write")))
}
