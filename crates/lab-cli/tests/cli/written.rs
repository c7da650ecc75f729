//! A checkpoint that another program writes to while the lab reads it: an error, never an answer.
use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use crate::lab::Lab;

/// A copy of the small demo model, as if it had been put there a minute ago.
fn model(lab: &Lab) -> PathBuf {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/demo/small");
    let folder = lab.path("model");
    fs::create_dir(&folder).unwrap();
    for name in ["config.json", "model.safetensors"] {
        fs::copy(demo.join(name), folder.join(name)).unwrap();
        let file = File::options().write(true).open(folder.join(name)).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(60)).unwrap();
    }
    folder
}

/// Changes all weights in place, as `cp` of another checkpoint over it does; the header stays.
fn overwrite(folder: &Path) {
    let path = folder.join("model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].reverse();
    File::options().write(true).open(&path).unwrap().write_all(&bytes).unwrap();
}

const PROBLEM: &str = "model.safetensors: was written to while it was in use: run again";

#[test]
fn a_text_ends_with_an_error() {
    let lab = Lab::new();
    let folder = model(&lab);
    let args = ["generate", "Once upon a", "-n", "200", "--count", "100", "--model", "model"];
    let mut child = lab.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The prompt has been read when the first line comes.
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    overwrite(&folder);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let last = stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with(&format!("error: model/{PROBLEM}")), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
}

#[cfg(all(feature = "serve", unix))]
#[test]
fn a_server_says_so_and_ends_with_exit_code_1() {
    use crate::server::Server;

    let lab = Lab::new();
    let folder = model(&lab);
    let args = ["serve", "--small", "model", "--large", "demo-large", "--port", "0"];
    let mut server = Server::start_as(&mut lab.command(&args));
    let ask = |model: usize| server.post("/logits", &format!(r#"{{"page":"a","model":{model},"ids":[5,6]}}"#));
    assert_eq!((ask(0).0, ask(1).0), (200, 200));
    overwrite(&folder);
    let (status, answer) = ask(0);
    let answer = String::from_utf8(answer).unwrap();
    assert!(status == 500 && answer.contains(PROBLEM), "{status} {answer}");
    let generate = r#"{"page":"a","model":0,"ids":[5],"n":2,"T":1,"k":10,"p":1,"minP":0,"order":"first","seed":1}"#;
    let text = String::from_utf8(server.post("/generate", generate).1).unwrap();
    assert!(text.contains(PROBLEM), "{text}");
    assert_eq!(ask(1).0, 200);
    std::process::Command::new("kill").args(["-INT", &server.child.id().to_string()]).status().unwrap();
    assert_eq!(server.child.wait().unwrap().code(), Some(1));
    let mut stderr = String::new();
    server.child.stderr.as_mut().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(stderr.contains(PROBLEM), "{stderr}");
}
