//! On which processor a thread wakes up.
//!
//! Linux wakes a thread on the processor of whoever wakes it where the others look taken, which in a virtual machine they
//! do as soon as they are halted: after a pause of a tenth of a second a pass of seven tokens ran on one of two
//! processors, and took 42 ms for 17. So a thread that goes to sleep may only be woken where it is; once it is awake it
//! may be moved as before.

/// While it lives, this thread is only run on the processor that it was on.
pub(super) struct Place {
    mine: libc::cpu_set_t,
    allowed: libc::cpu_set_t,
}

impl Place {
    /// `None` if the system does not say which processor it is.
    pub(super) fn keep() -> Option<Self> {
        let allowed = processors()?;
        // SAFETY: it has no arguments.
        let here = usize::try_from(unsafe { libc::sched_getcpu() }).ok()?;
        let mine = only(here)?;
        allow(&mine);
        Some(Self { mine, allowed })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Unless somebody else has meanwhile said where this thread may run.
        if processors().is_some_and(|now| same(&now, &self.mine)) {
            allow(&self.allowed);
        }
    }
}

/// The processors that this thread may run on.
fn processors() -> Option<libc::cpu_set_t> {
    // SAFETY: a set of processors is made of integers, and the call is given its size.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        (libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) == 0).then_some(set)
    }
}

/// A set of one processor; `None` for a number beyond what a set can hold.
fn only(n: usize) -> Option<libc::cpu_set_t> {
    // SAFETY: a set of processors is made of integers, and the macro is only given a number that is in it.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        (n < 8 * size_of_val(&set)).then(|| {
            libc::CPU_SET(n, &mut set);
            set
        })
    }
}

fn same(a: &libc::cpu_set_t, b: &libc::cpu_set_t) -> bool {
    // SAFETY: it only reads the two sets.
    unsafe { libc::CPU_EQUAL(a, b) }
}

fn allow(set: &libc::cpu_set_t) {
    // SAFETY: the call is given the set's size. If it fails, the thread runs where it did.
    unsafe { libc::sched_setaffinity(0, size_of_val(set), set) };
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_stays_for_a_while() {
        // On a thread of its own, since tests share theirs.
        let test = || {
            let before = processors().unwrap();
            let place = Place::keep().unwrap();
            // SAFETY: it has no arguments.
            let here = usize::try_from(unsafe { libc::sched_getcpu() }).unwrap();
            assert!(same(&processors().unwrap(), &only(here).unwrap()));
            drop(place);
            assert!(same(&processors().unwrap(), &before));
        };
        thread::spawn(test).join().unwrap();
    }

    #[test]
    fn what_somebody_else_says_meanwhile_holds() {
        let test = || {
            let place = Place::keep().unwrap();
            // SAFETY: it only reads the sets.
            let other =
                (0..1024).find(|&n| unsafe { libc::CPU_ISSET(n, &place.allowed) && !libc::CPU_ISSET(n, &place.mine) });
            // As from outside; with a single processor nothing else can be said.
            if let Some(other) = other {
                allow(&only(other).unwrap());
                drop(place);
                assert!(same(&processors().unwrap(), &only(other).unwrap()));
            }
        };
        thread::spawn(test).join().unwrap();
    }
}
