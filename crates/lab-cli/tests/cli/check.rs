//! `lab part --check`: figures and reports that have changed fail, and those of another processor do not.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use crate::lab::Lab;

/// A part that needs no model, drawn small.
const PART: [&str; 5] = ["part", "2", "--dpi", "40", "--no-page-data"];
const PICTURE: &str = "ch4_proj16_part2.png";

fn drawn() -> Lab {
    let lab = Lab::new();
    lab.ok(&[&PART[..], &["--out", "book"]].concat());
    lab
}

fn check(lab: &Lab, more: &[&str]) -> crate::lab::Output {
    lab.run(&[&PART[..], &["--check", "book", "--out", "new"], more].concat())
}

fn change(lab: &Lab, file: &str, old: &str, new: &str) {
    let path = lab.path("book").join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old:?} is not in {file}");
    fs::write(path, text.replacen(old, new, 1)).unwrap();
}

#[test]
fn what_is_still_drawn_passes() {
    let lab = drawn();
    let output = check(&lab, &[]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{}", output.stdout);
    assert!(output.stdout.contains(&format!("ok      {PICTURE}  equal\n")), "{}", output.stdout);
    assert!(output.stdout.ends_with("4 files in book are what the program draws\n"), "{}", output.stdout);
    assert!(lab.path("new").join(PICTURE).is_file());
    // The last digit of a decimal number may be another processor's.
    change(&lab, "report.txt", "0.4606", "0.4607");
    let output = check(&lab, &[]);
    assert_eq!(output.code, 0, "{}", output.stdout);
    assert!(output.stdout.contains("1 number differs in its last digits"), "{}", output.stdout);
}

#[test]
fn what_has_changed_fails_with_its_name_and_a_picture_of_the_difference() {
    let lab = drawn();
    change(&lab, "report.json", "\"lab\"", "\"laboratory\"");
    lab.ok(&[&PART[..], &["--theme", "dark", "--out", "dark"]].concat());
    fs::copy(lab.path("dark").join(PICTURE), lab.path("book").join(PICTURE)).unwrap();
    fs::write(lab.path("book/old.txt"), "").unwrap();
    fs::remove_file(lab.path("book/index.html")).unwrap();
    let output = check(&lab, &[]);
    let said =
        "error: 4 of 5 files in book have changed: ch4_proj16_part2.png, index.html, old.txt, report.json; the new";
    assert!(output.code == 3 && output.stderr.starts_with(said), "{}", output.stderr);
    assert!(output.stdout.contains("CHANGED index.html            not in book yet\n"), "{}", output.stdout);
    assert!(output.stdout.contains("CHANGED old.txt               no longer written\n"), "{}", output.stdout);
    let difference = lab.path("new/ch4_proj16_part2.difference.png");
    assert!(fs::read(&difference).unwrap().starts_with(b"\x89PNG"));
    // All files come from one run, and what has not changed keeps its last digits.
    let output = check(&lab, &["--bless"]);
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.ends_with("4 of 5 files had changed; book is what the program draws\n"), "{}", output.stdout);
    assert!(!lab.path("book/old.txt").exists());
    assert_eq!(check(&lab, &[]).code, 0);
    assert!(!difference.exists(), "it was an earlier run's");
    change(&lab, "report.txt", "0.4606", "0.4607");
    let kept = fs::read(lab.path("book/report.txt")).unwrap();
    let output = check(&lab, &["--bless"]);
    assert!(output.stdout.ends_with("4 files in book are what the program draws\n"), "{}", output.stdout);
    assert_eq!(fs::read(lab.path("book/report.txt")).unwrap(), kept);
}

#[test]
fn a_folder_that_cannot_be_compared_is_refused_before_anything_is_drawn() {
    let lab = drawn();
    let files = lab.files();
    for (args, code, part) in [
        (&["--check", "bok"][..], 1, "--check bok: no such folder; draw the figures into it first, with --out bok"),
        (&["--check", "book", "--out", "book"], 2, "--check and --out are the same folder, book"),
        (&["--check", "book", "--out", "./book/"], 2, "--check and --out are the same folder, book"),
        (&["--bless"], 2, "--check <DIR>"),
        (&["--check", "book", "--json"], 2, "cannot be used with '--json'"),
    ] {
        let output = lab.run(&[&PART[..], args].concat());
        assert_eq!((output.code, output.stdout.as_str()), (code, ""), "{args:?}: {}", output.stderr);
        assert!(output.stderr.contains(part), "{args:?}: {}", output.stderr);
        assert_eq!(lab.files(), files, "{args:?}");
    }
}

fn bash(folder: &Path, script: &str) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_lab")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    Command::new("bash").args(["-ec", script]).current_dir(folder).env("PATH", path).output().expect("bash starts")
}

/// The steps of the workflow that is there to copy, in a repository of a book, with the lab that is being tested.
#[test]
fn the_workflow_to_copy_passes_and_fails_in_a_books_repository() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/book-figures.yml");
    // Small pictures are compared sooner.
    let workflow = fs::read_to_string(file).unwrap().replace(" --no-page-data", " --no-page-data --dpi 40");
    let once: Vec<&str> = workflow.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    let steps: Vec<&str> = workflow.lines().filter_map(|line| line.trim().strip_prefix("- run: ")).collect();
    let [install, compare] = steps[..] else { panic!("{steps:?}") };
    assert!(install.contains(" lab-cli --no-default-features"), "{install}");
    let folder = tempfile::tempdir().unwrap();
    let done = |script: &str| {
        let output = bash(folder.path(), script);
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let git = "git -c user.name=reader -c user.email=reader@example.invalid";
    done("git init --quiet");
    done(&once.join("\n"));
    done(&format!("{git} commit --quiet -m 'The book'\ntest -z \"$(git status --porcelain)\""));
    done(compare);
    // Change a number and a picture.
    done("sed -i.old 's/50,257/50,256/' figures/book/report.txt && rm figures/book/report.txt.old");
    done("cp figures/book/ch4_proj16_part5c.png figures/book/ch4_proj16_part5b.png");
    done(&format!("{git} commit --quiet -am 'A change'"));
    let output = bash(folder.path(), compare);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(
        stderr.contains("2 of 12 files in figures/book have changed: ch4_proj16_part5b.png, report.txt"),
        "{stderr}"
    );
    assert!(folder.path().join("new-figures/report.txt").is_file());
}
