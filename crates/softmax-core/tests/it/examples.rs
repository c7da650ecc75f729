//! The examples end without an error when stdout is closed.
#![cfg(unix)]

use std::{
    env,
    io::{self, Read},
    process::{Command, Stdio},
};

/// Cargo builds the examples whenever it builds all tests, beside the folder of the test itself.
fn run_with_closed_pipe(example: &str) {
    let test = env::current_exe().unwrap();
    let path = test.parent().unwrap().with_file_name("examples").join(example);
    if !path.exists() {
        panic!("{}: run all tests of the crate once, which builds the examples", path.display());
    }
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut child = Command::new(path).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{example}: {said}");
    assert_eq!(said, "", "{example}");
}

#[test]
fn a_closed_pipe_ends_them_quietly() {
    run_with_closed_pipe("overflow");
    run_with_closed_pipe("temperature");
}
