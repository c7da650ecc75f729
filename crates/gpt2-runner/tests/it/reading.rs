//! Generation token by token, hidden states and attention.
use std::fs;

use gpt2_runner::{AttentionScores, Engine, Error, Gpt2, HiddenStates};
use serde::Deserialize;

use crate::files::{max_difference, project_data, test_data};

/// The part of `reading.json` that is tested here: transformers 5.24 on torch 2.13, f32, eager attention.
#[derive(Deserialize)]
struct Prompt {
    ids: Vec<u32>,
    greedy_40: Vec<u32>,
    lens_top3_by_layer_and_position: Vec<Vec<Top>>,
    /// By layer, head, query and key; six decimals.
    attention: Option<Vec<Vec<Vec<Vec<f32>>>>>,
}

#[derive(Deserialize)]
struct Top {
    ids: Vec<u32>,
    p: Vec<f32>,
}

/// Both models on every engine.
fn demo() -> Vec<(Gpt2, Vec<Prompt>)> {
    let json = fs::read(test_data("reading.json")).unwrap();
    let reading: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let of = |size: &str, engine: Engine| {
        let prompts = serde_json::from_value(reading["models"][size]["prompts"].clone()).unwrap();
        (Gpt2::load(project_data("demo").join(size), engine).unwrap(), prompts)
    };
    Engine::available().iter().flat_map(|&engine| ["small", "large"].map(|size| of(size, engine))).collect()
}

fn argmax(logits: &[f32]) -> u32 {
    softmax_core::argmax(logits).unwrap() as u32
}

#[test]
fn greedy_continuations_are_those_of_transformers_with_the_cache_and_without() {
    for (model, prompts) in demo() {
        for Prompt { ids, greedy_40, .. } in prompts {
            let (mut logits, mut cache) = model.start(&ids).unwrap();
            for (n, &expected) in greedy_40.iter().enumerate() {
                assert_eq!(argmax(&logits), expected, "token {n} after {ids:?}");
                let uncached = model.next_token_logits(cache.ids()).unwrap();
                // Logits of these models go to -120, where an f32 has steps of 8e-6.
                let difference = max_difference(&logits, &uncached);
                assert!(difference <= 2e-4, "token {n} after {ids:?}: {difference}");
                logits = model.next(&mut cache, &[expected]).unwrap();
            }
            assert_eq!(cache.ids(), [&ids[..], &greedy_40].concat());
            let end = ids.len() + 40;
            let chosen =
                model.generate(&ids, |logits, all| Ok::<_, Error>(Some(argmax(logits)).filter(|_| all.len() < end)));
            assert_eq!(chosen.unwrap(), greedy_40);
        }
    }
}

/// The definition, on all logits at once; more than one piece of 64 positions.
#[test]
fn a_score_is_the_log_probability_of_each_token_after_those_before_it() {
    for &engine in Engine::available() {
        let model = Gpt2::load(project_data("demo").join("small"), engine).unwrap();
        let ids: Vec<u32> = (0..100).map(|n| n * 7919 % 50_257).collect();
        let score = model.score(&ids).unwrap();
        assert_eq!(score.len(), 99);
        let logits = model.logits(&ids).unwrap();
        for ((row, &id), log_p) in logits.rows().zip(&ids[1..]).zip(score) {
            let max = row.iter().copied().fold(f32::MIN, f32::max);
            let sum: f64 = row.iter().map(|&z| f64::from(z - max).exp()).sum();
            // Logits of these models go to -120, where an f32 has steps of 8e-6; blocks of the head round differently.
            let expected = f64::from(row[id as usize] - max) - sum.ln();
            assert!((log_p - expected).abs() < 2e-4, "{log_p} {expected}");
        }
        assert!(model.score(&[5]).unwrap().is_empty());
        assert!(matches!(model.score(&[]), Err(Error::EmptyPrompt)));
        // The model ends a text where its positions end: one token is chosen after the last position.
        let n = model.config().n_positions;
        let chosen = model.generate(&vec![1; n - 1], |_, _| Ok::<_, Error>(Some(2))).unwrap();
        assert_eq!(chosen, [2, 2]);
    }
}

#[test]
fn the_lens_is_that_of_transformers_at_every_layer_and_position() {
    for (model, prompts) in demo() {
        for Prompt { ids, lens_top3_by_layer_and_position: expected, .. } in prompts {
            let mut layers = 0;
            model
                .hidden_states(&ids, |hidden: HiddenStates<'_>| {
                    assert_eq!(
                        (hidden.layer(), hidden.n_positions(), hidden.rows().len()),
                        (layers, ids.len(), ids.len())
                    );
                    let mut positions = 0;
                    for piece in hidden.logits()? {
                        let (first, logits) = piece?;
                        assert_eq!(first, positions);
                        for logits in logits.rows() {
                            let p = softmax_core::softmax(logits).unwrap();
                            let top = softmax_core::top_k(&p, 3).unwrap();
                            let expected = &expected[layers][positions];
                            let got: Vec<f32> = top.iter().map(|r| r.value).collect();
                            let what = format!("layer {layers}, position {positions}");
                            // Rounded to seven digits in the file; f32 logits in another order of sums.
                            assert!(max_difference(&got, &expected.p) <= 2e-5, "{what}: {got:?}, not {:?}", expected.p);
                            for (r, &id) in top.iter().zip(&expected.ids) {
                                // Equal probabilities may change places.
                                let same = r.index as u32 == id || (p[id as usize] - r.value).abs() <= 2e-6;
                                assert!(same, "{what}: {}, not {id}", r.index);
                            }
                            positions += 1;
                        }
                    }
                    assert_eq!(positions, ids.len());
                    layers += 1;
                    Ok::<_, Error>(())
                })
                .unwrap();
            assert_eq!(layers, expected.len());
            assert_eq!(layers, model.config().n_layer + 1);
        }
    }
}

#[test]
fn attention_is_that_of_transformers_in_every_head() {
    let mut compared = 0;
    for (model, prompts) in demo() {
        for Prompt { ids, attention, .. } in prompts {
            let Some(expected) = attention else { continue };
            model
                .attention(&ids, |scores: AttentionScores| {
                    assert_eq!((scores.n_head(), scores.n_positions()), (model.config().n_head, ids.len()));
                    for (head, expected) in expected[scores.block()].iter().enumerate() {
                        for (query, expected) in expected.iter().enumerate() {
                            let p = scores.probabilities(head, query).unwrap();
                            assert!(max_difference(&p, &expected[..=query]) <= 5e-6, "{p:?}, not {expected:?}");
                            assert!(expected[query + 1..].iter().all(|&p| p == 0.0));
                            compared += 1;
                        }
                    }
                    assert!(scores.raw(scores.n_head(), 0).is_none() && scores.raw(0, ids.len()).is_none());
                    Ok::<_, Error>(())
                })
                .unwrap();
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn raw_scores_are_scaled_as_the_configuration_says() {
    let fixtures = [("hub-layout", 8.0_f32, false), ("inverse-layer-scale", 8.0, true)];
    for ((fixture, width, by_layer), &engine) in
        fixtures.iter().flat_map(|f| Engine::available().iter().map(move |e| (*f, e)))
    {
        let model = Gpt2::load(test_data("gpt2-tiny").join(fixture), engine).unwrap();
        model
            .attention(&[1, 2, 3], |scores: AttentionScores| {
                let depth = if by_layer { (scores.block() + 1) as f32 } else { 1.0 };
                let d = model.config().n_embd as f32 / model.config().n_head as f32;
                assert_eq!(d, width);
                assert!((scores.scale() * d.sqrt() * depth - 1.0).abs() < 1e-6);
                let (raw, scaled) = (scores.raw(1, 2).unwrap(), scores.scaled(1, 2).unwrap());
                assert_eq!(raw.len(), 3);
                assert!(raw.iter().zip(scaled).all(|(raw, scaled)| raw * scores.scale() == scaled));
                Ok::<_, Error>(())
            })
            .unwrap();
    }
}

#[test]
fn logits_in_pieces_are_the_logits() {
    for &engine in Engine::available() {
        // Three whole pieces and a part.
        let model = Gpt2::load(project_data("demo").join("small"), engine).unwrap();
        let ids: Vec<u32> = (0..200).map(|n| n * 37 % 5000).collect();
        let all = model.logits(&ids).unwrap();
        for start in [0, 3] {
            let mut seen = start;
            for piece in model.logits_in_pieces(&ids).unwrap().starting_at(start) {
                let (first, logits) = piece.unwrap();
                assert_eq!(first, seen);
                for row in logits.rows() {
                    // Where other rows are computed together, they may add up in another order.
                    let exactly = engine == Engine::Native && start == 0;
                    let tolerance = if exactly { 0.0 } else { 2e-4 };
                    let difference = max_difference(row, all.row(seen).unwrap());
                    assert!(difference <= tolerance, "position {seen} on {engine}: {difference}");
                    seen += 1;
                }
            }
            assert_eq!(seen, 200);
        }
        for beyond in [200, 201, usize::MAX] {
            assert!(model.logits_in_pieces(&ids).unwrap().starting_at(beyond).next().is_none());
        }
    }
}

#[test]
fn a_model_is_shared_between_threads() {
    for &engine in Engine::available() {
        let model = Gpt2::load(test_data("gpt2-tiny/hub-layout"), engine).unwrap();
        let expected = model.next_token_logits(&[1, 2, 3]).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(model.next_token_logits(&[1, 2, 3]).unwrap(), expected));
            }
        });
    }
}
