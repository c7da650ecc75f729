//! The engines agree on models of the published sizes with random weights: libtorch is the reference.
use gpt2_runner::{Engine, Error, Gpt2, Gpt2Config, HiddenStates};

use crate::{files::max_difference, random_checkpoint, temporary::TemporaryFolder};

/// Logits of these weights have a deviation near 1. Both engines compute in f32; the sums run in another order, over up to
/// 5,120 terms and 36 blocks.
const TOLERANCE: f32 = 2e-3;

#[test]
fn the_engines_agree_on_gpt2() {
    agree(Gpt2Config::SMALL, 124_439_808);
}

/// 3 GB on disk and 3 GB in memory: too much for each run of the tests.
/// `cargo test --release -p gpt2-runner --test it -- --ignored` runs it, and so does the benchmark.
#[test]
#[ignore = "3 GB on disk, 3 GB in memory"]
fn the_engines_agree_on_gpt2_large() {
    agree(Gpt2Config::LARGE, 774_030_080);
}

fn agree(config: Gpt2Config, num_parameters: u64) {
    let folder = TemporaryFolder::new(&format!("full-size-{num_parameters}"));
    random_checkpoint::write(folder.path(), &config, 1).unwrap();
    let [model, torch] = [Engine::Native, Engine::Torch].map(|engine| Gpt2::load(folder.path(), engine).unwrap());
    assert_eq!(*model.config(), config);
    assert_eq!(model.num_parameters(), num_parameters);
    // Above 16 tokens `native` splits weights by columns; above 48 it computes attention in several blocks of queries.
    for t in [1, 7, 30, 49, 130, 500] {
        let ids: Vec<u32> = (0..t).map(|n| n * 7919 % 50_257).collect();
        let expected = torch.next_token_logits(&ids).unwrap();
        let deviation = (expected.iter().map(|x| x * x).sum::<f32>() / expected.len() as f32).sqrt();
        assert!(deviation > 0.1, "logits near 0 would agree whatever the weights: {deviation}");
        let next = max_difference(&model.next_token_logits(&ids).unwrap(), &expected);
        assert!(next <= TOLERANCE, "{t} tokens, next token: {next}");
        // At every position: the head's products of many tokens take minutes in a build for tests.
        let all = if t <= 49 {
            max_difference(&model.logits(&ids).unwrap().into_vec(), &torch.logits(&ids).unwrap().into_vec())
        } else {
            max_difference(&last_hidden_states(&model, &ids), &last_hidden_states(&torch, &ids))
        };
        assert!(all <= TOLERANCE, "{t} tokens: {all}");
    }
}

/// `[T, C]`: after `ln_f`, with a deviation near 1.
fn last_hidden_states(model: &Gpt2, ids: &[u32]) -> Vec<f32> {
    let mut last = Vec::new();
    let keep = |hidden: HiddenStates<'_>| {
        last = hidden.rows().flatten().copied().collect();
        Ok::<_, Error>(())
    };
    model.hidden_states(ids, keep).unwrap();
    last
}
