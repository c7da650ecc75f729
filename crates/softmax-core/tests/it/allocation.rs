//! The forms that are given a buffer allocate nothing.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use softmax_core::{Temperature, logsumexp, softmax};

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
