//! The forms that are given a buffer allocate nothing.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use softmax_core::{Sampler, Stage, Temperature, logsumexp, softmax, top_k};

use crate::input::Kind;

/// The system's allocator, counting per thread, since tests run side by side.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the system's allocator.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of the system's allocator, which is this one's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(f: impl FnOnce()) -> usize {
    let before = COUNT.with(Cell::get);
    f();
    COUNT.with(Cell::get) - before
}

#[test]
fn buffers_are_all_that_is_needed() {
    let x = vec![1.0_f32; 50_257];
    let wide = vec![1.0_f64; 1000];
    let (mut out, mut wide_out) = (x.clone(), wide.clone());
    assert_eq!(allocations(|| drop(softmax(&x).unwrap())), 1, "the counter counts");
    for t in [Temperature::ONE, Temperature::new(0.7).unwrap()] {
        let count = allocations(|| {
            t.softmax_into(&x, &mut out).unwrap();
            t.softmax_in_place(&mut out).unwrap();
            t.log_softmax_into(&x, &mut out).unwrap();
            t.log_softmax_in_place(&mut out).unwrap();
            t.softmax_into(&wide, &mut wide_out).unwrap();
            t.softmax_in_place(&mut wide_out).unwrap();
            t.log_softmax_into(&wide, &mut wide_out).unwrap();
            t.log_softmax_in_place(&mut wide_out).unwrap();
            logsumexp(&x).unwrap();
        });
        assert_eq!(count, 0, "T = {t}");
    }
}

/// One buffer that does not grow, though each value is among the top ten when it is seen.
#[test]
fn the_top_k_need_room_for_k_however_many_values_there_are() {
    let x: Vec<f32> = (0..50_257).map(|i| i as f32).collect();
    assert_eq!(allocations(|| drop(top_k(&x, 10).unwrap())), 1);
}

#[test]
fn a_sampler_allocates_for_its_first_step_only() {
    let t = Temperature::new(0.8).unwrap();
    let p = |v| [Stage::TopP(v), Stage::MinP(0.001)];
    let chains: [&[Stage]; 8] = [
        &[Stage::Temperature(t), Stage::TopK(50), Stage::TopP(0.9)],
        &[Stage::TopK(2), Stage::TopK(1)],
        &p(0.5),
        &p(0.99999),
        &[Stage::Typical(0.9), Stage::Temperature(t)],
        &[Stage::MinP(0.0001), Stage::TopP(0.9), Stage::TopK(3)],
        &[Stage::RepetitionPenalty(1.2), Stage::TopP(0.8)],
        &[],
    ];
    // As many candidates and as large a context in every step: what a stage keeps varies with the logits.
    let context: Vec<u32> = (0..100).collect();
    let logits: Vec<f32> = Kind::Normal.logits(5000, 1).into_iter().map(|v| v as f32).collect();
    for stages in chains {
        let mut sampler = Sampler::new(stages, 5).unwrap();
        assert!(allocations(|| drop(sampler.step(&logits, &context))) > 0, "{stages:?}");
        let count = allocations(|| (0..20).for_each(|_| assert!(sampler.step(&logits, &context).is_ok())));
        assert_eq!(count, 0, "{stages:?}");
        sampler.distribution(&logits, &context).unwrap();
        assert_eq!(allocations(|| assert!(sampler.distribution(&logits, &context).is_ok())), 0, "{stages:?}");
    }
}
