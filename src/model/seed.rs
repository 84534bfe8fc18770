//! Seeds for single tensors and layers out of the one that a user gives.

/// FNV-1a over the name, so that what is drawn for a name does not depend on the order in which names are asked for.
pub(super) fn seed_of(seed: u64, name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
