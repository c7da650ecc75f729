/// Random numbers from a seed, by SplitMix64 (Steele, Lea and Flood, 2014). A seed gives the same numbers in every run
/// and in softmax-core's `tests/reference.py`, because only integers and exact or single IEEE operations are used.
pub struct Random(pub u64);

impl Random {
    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.bits() % n as u64) as usize
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2.0_f64.powi(-53)
    }

    /// Nearly normal, mean 0 and variance 1: twelve uniform numbers, added from left to right.
    pub fn normal(&mut self) -> f64 {
        (0..12).fold(-6.0, |sum, _| sum + self.uniform())
    }

    /// As files have them: small, near a power of two, or any.
    pub(crate) fn number(&mut self) -> u64 {
        match self.below(3) {
            0 => self.bits() % 200,
            1 => (1_u64 << self.below(64)).wrapping_add(self.bits() % 3).wrapping_sub(1),
            _ => self.bits(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn it_is_splitmix64() {
        // What https://prng.di.unimi.it/splitmix64.c gives for this seed.
        let mut random = Random(1_234_567);
        let bits = [(); 3].map(|()| random.bits());
        assert_eq!(bits, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
