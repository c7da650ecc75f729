//! `SOFTMAX_LAB_SIMD` names the instruction set of a run.
use gpt2_runner::RecordedLogits;
use softmax_core::SimdPath;

use crate::lab::{Lab, Output};

fn run(lab: &Lab, simd: &str, args: &[&str]) -> Output {
    let output = lab.command(args).env("SOFTMAX_LAB_SIMD", simd).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Output { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn a_named_instruction_set_computes_the_logits() {
    let lab = Lab::new();
    let logits = |simd: &str| -> Vec<f32> {
        let output = run(&lab, simd, &["logits", "It was a dark", "--model", "demo-small", "--out", "l.safetensors"]);
        assert_eq!(output.code, 0, "{simd}: {}", output.stderr);
        let file = RecordedLogits::from_file(lab.path("l.safetensors")).unwrap();
        file.models[0].prompts[0].logits.clone()
    };
    let widest = logits("");
    for path in SimdPath::available() {
        let these = logits(path.name());
        // gpt2-runner's bound between two ways of adding up the same products.
        assert!(these.iter().zip(&widest).all(|(a, b)| (a - b).abs() < 2e-4), "{path}");
        // The same instructions give the same bits, others add in another order.
        assert_eq!(these == widest, path == SimdPath::active(), "{path}");
    }
}

#[test]
fn softmax_is_computed_with_it_too() {
    let lab = Lab::new();
    for path in SimdPath::available() {
        let output = run(&lab, path.name(), &["softmax", "1", "2", "3"]);
        assert_eq!(output.code, 0, "{}", output.stderr);
        assert!(output.stdout.contains("0.665"), "{}", output.stdout);
    }
}

#[test]
fn a_name_that_is_not_there_is_refused_with_those_that_are() {
    let lab = Lab::new();
    let names: Vec<&str> = SimdPath::available().map(SimdPath::name).collect();
    let names = names.join(", ");
    let (absent, shown) = if cfg!(target_arch = "x86_64") { ("neon", "NEON") } else { ("avx2", "AVX2") };
    for (given, problem) in [
        ("sse9", "there is no instruction set \"sse9\"".to_owned()),
        ("AVX2", "there is no instruction set \"AVX2\"".to_owned()),
        (absent, format!("this processor has no {shown}")),
    ] {
        let output = run(&lab, given, &["softmax", "1", "2"]);
        assert_eq!(output.stderr, format!("error: SOFTMAX_LAB_SIMD: {problem}: it must be one of {names}\n"));
        assert_eq!((output.code, output.stdout.as_str()), (2, ""));
    }
}
