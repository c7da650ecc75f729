//! The commands of README.md, docs/try.md and docs/figures.md work in a clone, and `git status` stays clean.

use std::{
    path::Path,
    process::{Command, Output},
};

/// The words of a shell line; knows quotes and comments, which is all the documents use.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            '#' if !quoted && word.is_none() => break,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The `lab` commands of a document, in order: lines of shell blocks and cells of tables.
fn lab_lines(document: &str) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    let mut shell = false;
    for line in document.lines() {
        if let Some(language) = line.strip_prefix("```") {
            shell = language == "sh";
        } else if shell {
            lines.push(line);
        } else if line.starts_with('|') {
            lines.extend(line.split('`').skip(1).step_by(2));
        }
    }
    let words = lines.into_iter().map(words);
    words.filter(|words| words.first().is_some_and(|first| first == "lab" || first.ends_with("/lab"))).collect()
}

fn git(folder: &Path, args: &[&str]) -> Output {
    let output = Command::new("git").arg("-C").arg(folder).args(args).output().expect("git starts");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn every_lab_command_of_the_readme_and_the_docs_works_in_a_clone_and_leaves_it_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("clone");
    git(folder.path(), &["clone", "--quiet", root.to_str().unwrap(), "clone"]);
    // The clone has the last commit's .gitignore; this tree's may have changed since.
    std::fs::copy(root.join(".gitignore"), clone.join(".git/info/exclude")).unwrap();
    let lines = |file: &str| lab_lines(&std::fs::read_to_string(root.join(file)).unwrap());
    let (readme, next, figures) = (lines("README.md"), lines("docs/try.md"), lines("docs/figures.md"));
    assert!(readme.len() >= 12 && next.len() >= 10 && figures.len() == 3, "{readme:?} {next:?} {figures:?}");
    for line in [readme, next, figures].concat() {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
        command.args(&line[1..]).current_dir(&clone).env("XDG_CACHE_HOME", folder.path());
        if line[1] == "part" {
            command.args(["--dpi", "40"]);
        }
        let output = command.output().expect("lab starts");
        assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
        let status = git(&clone, &["status", "--porcelain"]).stdout;
        assert!(status.is_empty(), "{line:?} leaves {}", String::from_utf8_lossy(&status));
    }
}

#[test]
fn the_readmes_lines_are_read_as_a_shell_reads_them() {
    assert_eq!(words("lab next 'It was' -k 5   # ten 'of' them"), ["lab", "next", "It was", "-k", "5"]);
    assert_eq!(words("lab tokens ''"), ["lab", "tokens", ""]);
    assert_eq!(lab_lines("| 1 | `lab part 1` |\n`lab x`\n```sh\nlab models\ncargo x\n```\n").len(), 2);
}
