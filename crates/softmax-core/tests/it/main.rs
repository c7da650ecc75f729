//! Tests of the public functions, on every instruction set that the machine has.

mod accuracy;
mod allocation;
mod examples;
mod input;
mod pointers;
mod properties;
mod rank;
mod sampler;
mod sampler_properties;
mod serialised;
mod special;
mod sums;
