//! Whether something shared is the same thing as before, without looking into it.

use std::sync::Arc;

/// Which thing this is. It holds the thing, so that no other can come to its place in memory and be taken for it.
pub struct Identity<T>(Arc<T>);

impl<T> Identity<T> {
    /// That of a thing.
    pub fn of(thing: &Arc<T>) -> Self {
        Self(Arc::clone(thing))
    }
}

impl<T> PartialEq for Identity<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_itself_and_what_comes_after_it_is_another() {
        let first = Arc::new(7);
        let identity = Identity::of(&first);
        assert!(identity == Identity::of(&first) && identity != Identity::of(&Arc::new(7)));
        drop(first);
        // One of its size would otherwise be made where it was.
        assert!((0..100).all(|_| identity != Identity::of(&Arc::new(7))));
    }
}
