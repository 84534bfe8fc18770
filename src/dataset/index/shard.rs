//! Parts of a data set for several machines.

use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// One part of a data set that several machines or processes share: the pictures whose path falls to it by a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl Shard {
    /// Whether the picture that is called so falls to this part: the same on every machine and in every version.
    pub fn holds(self, key: &str) -> bool {
        let digest = Sha256::digest(key);
        let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.of) == u64::from(self.number)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if number < of => Ok(Self { number, of }),
            _ => Err(format!("'{text}' is no part of a whole; give i/n with i from 0 to n-1, such as 0/4")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_falls_to_one_shard_and_they_are_of_a_size() {
        let mut sizes = [0; 3];
        for number in 0..3000 {
            let key = format!("pictures/{number:06}.png");
            let holders: Vec<u32> = (0..3).filter(|&number| Shard { number, of: 3 }.holds(&key)).collect();
            assert_eq!(holders.len(), 1);
            sizes[holders[0] as usize] += 1;
        }
        assert!(sizes.iter().all(|size| (900..1100).contains(size)), "{sizes:?}");
    }

    #[test]
    fn a_shard_is_a_part_of_a_whole() {
        assert_eq!("2/3".parse(), Ok(Shard { number: 2, of: 3 }));
        for wrong in ["", "1", "3/3", "-1/2", "0/0", "1/2/3", "a/b"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
