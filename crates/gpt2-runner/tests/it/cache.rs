//! Going on from what a model has read.
use std::fs;

use gpt2_runner::{Engine, Gpt2};

use crate::{
    files::{max_difference, read_f32, test_data},
    parity::{FIXTURE_TOLERANCE, FIXTURES},
};

/// The text comes in pieces of every size, and each step's logits are those of transformers at that position.
#[test]
fn cached_logits_are_those_of_transformers_in_every_layout() {
    for (fixture, &engine) in FIXTURES.iter().flat_map(|f| Engine::available().iter().map(move |e| (f, e))) {
        let folder = test_data("gpt2-tiny").join(fixture);
        let model = Gpt2::load(&folder, engine).unwrap();
        let sequences: Vec<Vec<u32>> = serde_json::from_slice(&fs::read(folder.join("ids.json")).unwrap()).unwrap();
        let expected = read_f32(&folder.join("expected.safetensors"));
        for (n, ids) in sequences.iter().enumerate() {
            for piece in [1, 2, 5, 20] {
                let mut cache = None;
                for (at, more) in ids.chunks(piece).enumerate() {
                    let logits = match &mut cache {
                        None => {
                            let (logits, made) = model.start(more).unwrap();
                            cache = Some(made);
                            logits
                        }
                        Some(cache) => model.next(cache, more).unwrap(),
                    };
                    let position = at * piece + more.len() - 1;
                    let expected = &expected[&format!("logits_{n}")][position * 320..][..320];
                    let difference = max_difference(&logits, expected);
                    assert!(
                        difference <= FIXTURE_TOLERANCE,
                        "{fixture} on {engine}, {n}, {piece} at a time, {position}: {difference}"
                    );
                }
                assert_eq!(cache.unwrap().ids(), ids);
            }
        }
    }
}

#[test]
fn a_cache_branches_and_is_cut_back() {
    for &engine in Engine::available() {
        let model = Gpt2::load(test_data("gpt2-tiny/hub-layout"), engine).unwrap();
        let (first, cache) = model.start(&[1, 2, 3]).unwrap();
        let mut left = cache.clone();
        let mut right = cache.clone();
        let l = model.next(&mut left, &[4, 5]).unwrap();
        let r = model.next(&mut right, &[6]).unwrap();
        assert!(max_difference(&l, &model.next_token_logits(&[1, 2, 3, 4, 5]).unwrap()) <= FIXTURE_TOLERANCE);
        assert!(max_difference(&r, &model.next_token_logits(&[1, 2, 3, 6]).unwrap()) <= FIXTURE_TOLERANCE);
        assert_eq!((cache.len(), left.len(), right.len()), (3, 5, 4));
        left.truncate(9);
        assert_eq!(left.len(), 5);
        left.truncate(3);
        assert_eq!(left.ids(), [1, 2, 3]);
        assert_eq!(model.next(&mut left, &[6]).unwrap(), r);
        left.truncate(0);
        assert!(left.is_empty());
        assert_eq!(model.next(&mut left, &[1, 2, 3]).unwrap(), first);
    }
}

#[test]
fn what_a_cache_cannot_take_leaves_it_as_it_was() {
    for (&engine, &other) in Engine::available().iter().flat_map(|a| Engine::available().iter().map(move |b| (a, b))) {
        cannot_take(engine, other);
    }
}

fn cannot_take(engine: Engine, other: Engine) {
    let [model, other] = [engine, other].map(|e| Gpt2::load(test_data("gpt2-tiny/hub-layout"), e).unwrap());
    let (_, mut cache) = model.start(&[7; 47]).unwrap();
    let before = model.next(&mut cache.clone(), &[1]).unwrap();
    for (model, ids, message) in [
        (&model, &[1, 2][..], "47 tokens in the cache and 2 more are too many: this model has 48 positions"),
        (&model, &[], "the prompt is empty: a GPT-2 needs at least one token"),
        (&model, &[320], "token id 320 at position 0 is outside this model's vocabulary of 320"),
        (&other, &[1], "the cache is another model's: only the model that has started it can go on with it"),
    ] {
        assert_eq!(model.next(&mut cache, ids).unwrap_err().to_string(), message);
        assert_eq!(cache.len(), 47);
    }
    assert_eq!(model.next(&mut cache, &[1]).unwrap(), before);
    assert_eq!(
        model.next(&mut cache, &[1]).unwrap_err().to_string(),
        "48 tokens in the cache and 1 more are too many: this model has 48 positions"
    );
}

/// With 10 GB of stacks to map and 1 GB of addresses left, the threads of a pass cannot be started. The limit is this
/// process' own, so the test runs itself in another.
#[cfg(target_os = "linux")]
#[test]
fn a_pass_whose_threads_cannot_be_started_leaves_the_cache_as_it_was() {
    const CHILD: &str = "GPT2_RUNNER_CACHE_TEST";
    if std::env::var_os(CHILD).is_none() {
        let name = "cache::a_pass_whose_threads_cannot_be_started_leaves_the_cache_as_it_was";
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let output = again.args(["--exact", name]).env(CHILD, "1").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let model = Gpt2::load(test_data("gpt2-tiny/hub-layout"), Engine::Native).unwrap();
    let (_, mut cache) = model.start(&[1, 2, 3, 4]).unwrap();
    let expected = model.next(&mut cache.clone(), &[5]).unwrap();
    let threads = gpt2_runner::threads();

    gpt2_runner::set_threads(5000.try_into().unwrap());
    let unlimited = limit_addresses(1 << 30);
    let error = model.next(&mut cache, &[9, 9, 9]).unwrap_err().to_string();
    restore(unlimited);
    assert!(error.starts_with("5000 threads could not be started: "), "{error}");
    gpt2_runner::set_threads(threads);
    assert_eq!(cache.ids(), [1, 2, 3, 4]);
    assert_eq!(max_difference(&model.next(&mut cache, &[5]).unwrap(), &expected), 0.0);
}

/// Limits this process's address space to this many more bytes. Returns the previous limit.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn limit_addresses(more: u64) -> libc::rlimit {
    let pages: u64 = fs::read_to_string("/proc/self/statm").unwrap().split(' ').next().unwrap().parse().unwrap();
    let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls get a valid structure.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_AS, &mut before), 0);
        let now = libc::rlimit { rlim_cur: pages * 4096 + more, rlim_max: before.rlim_max };
        assert_eq!(libc::setrlimit(libc::RLIMIT_AS, &now), 0);
    }
    before
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn restore(limit: libc::rlimit) {
    // SAFETY: the structure is valid.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
}
