//! The order in which pictures are learned: a fresh shuffle for each pass, a pure function of the seed.
//!
//! Because nothing but the seed and the count of pictures seen so far decides what comes next, that count (the data
//! cursor) is all that a checkpoint keeps of it, and a resumed run goes on exactly where the first stopped.

use rand::{SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

/// An endless order over `n_items` items.
#[derive(Debug, Clone)]
pub struct Order {
    seed: u64,
    n_items: usize,
    pass: u64,
    shuffled: Vec<usize>,
}

impl Order {
    /// The order of `n_items` items (at least one) that belongs to `seed`.
    pub fn new(seed: u64, n_items: usize) -> Self {
        let n_items = n_items.max(1);
        Self { seed, n_items, pass: 0, shuffled: shuffle(seed, 0, n_items) }
    }

    /// The item at place `cursor`, counted over all passes.
    pub fn item(&mut self, cursor: u64) -> usize {
        let pass = cursor / self.n_items as u64;
        if pass != self.pass {
            self.pass = pass;
            self.shuffled = shuffle(self.seed, pass, self.n_items);
        }
        self.shuffled[(cursor % self.n_items as u64) as usize]
    }
}

fn shuffle(seed: u64, pass: u64, n_items: usize) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(pass);
    let mut items: Vec<usize> = (0..n_items).collect();
    items.shuffle(&mut rng);
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pass_has_every_item_once_in_another_order() {
        let mut order = Order::new(7, 50);
        let passes: Vec<Vec<usize>> = (0..3).map(|pass| (0..50).map(|i| order.item(pass * 50 + i)).collect()).collect();
        for pass in &passes {
            let mut sorted = pass.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..50).collect::<Vec<_>>());
        }
        assert_ne!(passes[0], passes[1]);
    }

    #[test]
    fn an_order_entered_in_the_middle_is_the_same_order() {
        let mut whole = Order::new(3, 11);
        let from_start: Vec<usize> = (0..40).map(|i| whole.item(i)).collect();
        let mut resumed = Order::new(3, 11);
        assert_eq!((25..40).map(|i| resumed.item(i)).collect::<Vec<_>>(), from_start[25..]);
    }
}
