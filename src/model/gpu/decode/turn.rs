//! The kernel that turns a token's queries and keys by its position, and writes its keys and values into the cache.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// The heads of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Heads {
    /// Of queries.
    pub queries: usize,
    /// Of keys, and as many of values; they divide those of queries.
    pub keys: usize,
    /// Numbers of each, an even number.
    pub width: usize,
}

impl Heads {
    /// Numbers of queries, keys and values together.
    pub fn numbers(self) -> usize {
        (self.queries + 2 * self.keys) * self.width
    }
}

/// A thread turns a pair of one head: number `i` of its first half and number `i` of its second.
///
/// # Shapes
/// `token` has the queries, keys and values of a token, `heads.numbers()` in all; `cos` and `sin` are `[heads.width / 2]`;
/// `queries` is `[heads.queries, heads.width]`; `keys` and `values` are `[heads.keys, capacity, heads.width]`, of which
/// position `place` is written.
#[cube(launch_unchecked)]
pub fn turn<F: Float>(
    token: &[f32],
    cos: &[f32],
    sin: &[f32],
    queries: &mut [f32],
    keys: &mut [F],
    values: &mut [F],
    place: u32,
    capacity: u32,
    #[comptime] heads: Heads,
    #[define(F)] _numbers: ElemType,
) {
    let half = comptime!(heads.width / 2);
    let head = ABSOLUTE_POS / half;
    let pair = ABSOLUTE_POS % half;
    if head >= comptime!(heads.queries + 2 * heads.keys) {
        terminate!();
    }
    let from = head * heads.width + pair;
    let (first, second) = (token[from], token[from + half]);
    let turned_first = first * cos[pair] - second * sin[pair];
    let turned_second = second * cos[pair] + first * sin[pair];
    if head < heads.queries {
        queries[from] = turned_first;
        queries[from + half] = turned_second;
    } else {
        let is_key = head < comptime!(heads.queries + heads.keys);
        let of_kind = (head - heads.queries) % heads.keys;
        let into = (of_kind * capacity as usize + place as usize) * heads.width + pair;
        if is_key {
            keys[into] = F::cast_from(turned_first);
            keys[into + half] = F::cast_from(turned_second);
        } else {
            values[into] = F::cast_from(first);
            values[into + half] = F::cast_from(second);
        }
    }
}
