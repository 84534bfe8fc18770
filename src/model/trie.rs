//! Token sequences that share their beginnings, so that each beginning is computed once.

use std::collections::BTreeMap;

/// One token of one or more sequences.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    /// The token; meaningless at the root.
    pub token: u32,
    /// Index of the node before; the root's is its own.
    pub parent: usize,
    /// Tokens from the root; the root's is 0.
    pub depth: usize,
    children: BTreeMap<u32, usize>,
}

/// Sequences by their shared beginnings. Node 0 is the root; a parent stands before its children.
#[derive(Debug)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    ends: Vec<usize>,
}

impl Trie {
    /// The trie of `sequences`.
    pub fn new(sequences: &[Vec<u32>]) -> Self {
        let mut trie = Self { nodes: vec![Node::default()], ends: Vec::with_capacity(sequences.len()) };
        for sequence in sequences {
            let end = sequence.iter().fold(0, |node, &token| trie.child(node, token));
            trie.ends.push(end);
        }
        trie
    }

    fn child(&mut self, parent: usize, token: u32) -> usize {
        if let Some(&child) = self.nodes[parent].children.get(&token) {
            return child;
        }
        let child = self.nodes.len();
        let depth = self.nodes[parent].depth + 1;
        self.nodes.push(Node { token, parent, depth, children: BTreeMap::new() });
        self.nodes[parent].children.insert(token, child);
        child
    }

    /// All nodes, parents first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Nodes other than the root that something follows: the tokens whose own scores are needed.
    pub fn inner(&self) -> Vec<usize> {
        (1..self.nodes.len()).filter(|&node| !self.nodes[node].children.is_empty()).collect()
    }

    /// The nodes that follow `node`.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.nodes[node].children.values().copied()
    }

    /// The sum of `of_node` along each sequence, in the order they were given.
    pub fn sums(&self, of_node: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.nodes.len()];
        for node in 1..self.nodes.len() {
            sums[node] = sums[self.nodes[node].parent] + of_node[node];
        }
        self.ends.iter().map(|&end| sums[end]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_beginnings_are_one_node_and_leaves_are_not_inner() {
        let trie = Trie::new(&[vec![5, 6, 7], vec![5, 6], vec![5, 8], vec![], vec![9]]);
        assert_eq!(trie.nodes().len(), 6);
        let inner: Vec<u32> = trie.inner().into_iter().map(|n| trie.nodes()[n].token).collect();
        assert_eq!(inner, [5, 6]);
        let values: Vec<f64> = trie.nodes().iter().map(|n| f64::from(n.token)).collect();
        assert_eq!(trie.sums(&values), [18.0, 11.0, 13.0, 0.0, 9.0]);
    }
}
