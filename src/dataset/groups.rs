//! Which of some numbered things belong together.

/// Groups of numbers that grow together (union and find, with halving of the paths).
pub(super) struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    /// So many numbers, each a group of its own.
    pub fn new(count: usize) -> Self {
        Self { parents: (0..count).collect() }
    }

    fn head(&mut self, mut number: usize) -> usize {
        while self.parents[number] != number {
            self.parents[number] = self.parents[self.parents[number]];
            number = self.parents[number];
        }
        number
    }

    /// Makes the groups of two numbers one. The smallest number heads a group, which keeps the order.
    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.head(a), self.head(b));
        self.parents[a.max(b)] = a.min(b);
    }

    /// The groups in the order of their smallest numbers, and the numbers of each in rising order.
    pub fn all(mut self) -> Vec<Vec<usize>> {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); self.parents.len()];
        for number in 0..self.parents.len() {
            let head = self.head(number);
            members[head].push(number);
        }
        members.retain(|group| !group.is_empty());
        members
    }
}
