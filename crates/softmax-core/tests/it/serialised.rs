//! The feature `serde`: what is stored is read back, in the names that the types print.

use softmax_core::{Diagnosis, Order, Ranked, Sampler, SimdPath, Stage, Step, Temperature, Traced, softmax, top_k};

#[test]
fn a_stored_temperature_is_a_number_and_is_checked_when_it_is_read() {
    let t = Temperature::new(0.1).unwrap();
    assert_eq!(serde_json::to_string(&t).unwrap(), "0.1");
    assert_eq!(serde_json::from_str::<Temperature>("0.1").unwrap(), t);
    let refused = serde_json::from_str::<Temperature>("-1").unwrap_err();
    assert_eq!(refused.to_string(), "temperature -1 is not accepted: it must be finite and greater than 0");
}

#[test]
fn stages_and_orders_are_stored_by_name() {
    let stages = [Stage::Temperature(Temperature::ONE), Stage::TopK(50), Stage::MinP(0.5)];
    let json = serde_json::to_string(&stages).unwrap();
    assert_eq!(json, r#"[{"temperature":1.0},{"top_k":50},{"min_p":0.5}]"#);
    assert_eq!(serde_json::from_str::<Vec<Stage>>(&json).unwrap(), stages);
    for order in Order::ALL {
        assert_eq!(serde_json::to_value(order).unwrap(), order.to_string());
    }
    for path in SimdPath::available() {
        assert_eq!(serde_json::to_value(path).unwrap(), path.name());
    }
}

#[test]
fn results_are_read_back_as_they_were() {
    let logits = [1.0_f32, 3.0, 2.0];
    let p = softmax(&logits).unwrap();
    let mut sampler = Sampler::new([Stage::TopK(2)], 1).unwrap();
    let (trace, step) = (sampler.trace(&logits, &[]).unwrap(), sampler.step(&logits, &[]).unwrap());
    let (ranked, diagnosis) = (top_k(&p, 2).unwrap(), Diagnosis::of(&p));
    // A value, not a text: serde_json reads the last bit of a number in a text only with a feature.
    let stored = serde_json::to_value((&trace, step, &ranked, diagnosis)).unwrap();
    let read: (Vec<Traced>, Step, Vec<Ranked<f32>>, Diagnosis) = serde_json::from_value(stored).unwrap();
    assert_eq!(read, (trace, step, ranked, diagnosis));
}
