//! The key-value cache: preallocated blocks that double up to a bound, written in place.

use burn::tensor::{DType, Device, Tensor};

/// Positions that the first allocation has room for.
const FIRST_BLOCK: usize = 256;

/// Keys and values of one layer, `[batch, kv heads, capacity, head]`.
#[derive(Debug, Clone)]
struct Entry {
    keys: Tensor<4>,
    values: Tensor<4>,
}

/// Keys and values of all layers for the tokens read so far.
///
/// A clone shares the device memory until one of the two is written.
#[derive(Debug, Clone)]
pub struct Cache {
    /// Taken out while it is written: an entry that is held twice would be copied instead of written in place.
    layers: Vec<Option<Entry>>,
    len: usize,
    limit: usize,
    precision: DType,
}

/// What attention does with keys and values of earlier tokens.
#[derive(Debug)]
pub enum Memory<'a> {
    /// There are none: training and whole-prompt passes.
    None,
    /// New keys and values join the cache.
    Append(&'a mut Cache),
    /// New keys and values stand beside the cached ones for this pass and are forgotten.
    Beside(&'a Cache),
}

impl Memory<'_> {
    /// All keys and values that the new tokens may look at in `layer`, the new ones last.
    ///
    /// # Shapes
    /// `[batch, kv heads, new, head]` to `[batch, kv heads, cached + new, head]`.
    pub fn join(&mut self, layer: usize, keys: Tensor<4>, values: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        match self {
            Self::None => (keys, values),
            Self::Append(cache) => cache.append(layer, keys, values),
            Self::Beside(cache) => cache.beside(layer, keys, values),
        }
    }
}

impl Cache {
    /// An empty cache for at most `limit` positions; keys and values are kept in `precision`.
    pub fn new(layers: usize, limit: usize, precision: DType) -> Self {
        Self { layers: vec![None; layers], len: 0, limit, precision }
    }

    /// Positions held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Positions there can ever be.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Bytes of memory it takes, room for positions to come included.
    pub fn bytes(&self) -> usize {
        let of = |tensor: &Tensor<4>| tensor.dims().iter().product::<usize>() * tensor.dtype().size();
        self.layers.iter().flatten().map(|entry| of(&entry.keys) + of(&entry.values)).sum()
    }

    /// Forgets all positions from `len` on; the memory stays for what comes next.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Counts `new` positions as read, once every layer has taken them.
    pub fn advance(&mut self, new: usize) {
        self.len += new;
    }

    /// The caller has checked that `len + new` is within the limit.
    fn append(&mut self, layer: usize, keys: Tensor<4>, values: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let (start, precision) = (self.len, self.precision);
        let end = start + keys.dims()[2];
        let entry = self.layers[layer].take();
        let (old_keys, old_values) = entry.map_or((None, None), |e| (Some(e.keys), Some(e.values)));
        let keys = write(old_keys, keys.cast(precision), start, self.limit);
        let values = write(old_values, values.cast(precision), start, self.limit);
        let seen = (keys.clone().narrow(2, 0, end), values.clone().narrow(2, 0, end));
        self.layers[layer] = Some(Entry { keys, values });
        seen
    }

    /// Has `write` put one position's keys and values of `layer` where they lie. It is handed both,
    /// `[1, kv heads, capacity, head]`, with the position, and gives them back with whatever else it makes; the position is
    /// one more than are held.
    pub fn write_one<T>(
        &mut self,
        layer: usize,
        [kv_heads, head]: [usize; 2],
        device: &Device,
        write: impl FnOnce([Tensor<4>; 2], usize) -> (T, [Tensor<4>; 2]),
    ) -> (T, [Tensor<4>; 2]) {
        let start = self.len;
        let of = [1, kv_heads, 1, head];
        let (old_keys, old_values) = self.layers[layer].take().map_or((None, None), |e| (Some(e.keys), Some(e.values)));
        let [keys, values] =
            [old_keys, old_values].map(|old| with_room(old, of, start, self.limit, (device, self.precision)));
        let (made, [keys, values]) = write([keys, values], start);
        self.layers[layer] = Some(Entry { keys: keys.clone(), values: values.clone() });
        (made, [keys, values])
    }

    fn beside(&self, layer: usize, keys: Tensor<4>, values: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let Some(entry) = &self.layers[layer] else { return (keys, values) };
        let join = |old: &Tensor<4>, new: Tensor<4>| {
            Tensor::cat(vec![old.clone().narrow(2, 0, self.len), new.cast(self.precision)], 2)
        };
        (join(&entry.keys, keys), join(&entry.values, values))
    }
}

/// Writes `new` at `start` of `store`, which is first made large enough.
fn write(store: Option<Tensor<4>>, new: Tensor<4>, start: usize, limit: usize) -> Tensor<4> {
    let of @ [batch, heads, added, head] = new.dims();
    let store = with_room(store, of, start, limit, (&new.device(), new.dtype()));
    store.slice_assign([0..batch, 0..heads, start..start + added, 0..head], new)
}

/// `store`, or a larger one that holds the same up to `start`, with room for `[batch, heads, added, head]` from there on.
fn with_room(
    store: Option<Tensor<4>>,
    [batch, heads, added, head]: [usize; 4],
    start: usize,
    limit: usize,
    (device, precision): (&Device, DType),
) -> Tensor<4> {
    let end = start + added;
    match store {
        Some(store) if store.dims()[2] >= end => store,
        old => {
            let capacity = end.next_power_of_two().max(FIRST_BLOCK).min(limit.max(end));
            let larger = empty([batch, heads, capacity, head], precision, device);
            match old {
                Some(old) if start > 0 => {
                    larger.slice_assign([0..batch, 0..heads, 0..start, 0..head], old.narrow(2, 0, start))
                }
                _ => larger,
            }
        }
    }
}

/// Zeros rather than uninitialised memory: what is never read cannot matter, but a NaN in it would be hard to find.
fn empty(shape: [usize; 4], precision: DType, device: &Device) -> Tensor<4> {
    Tensor::zeros(shape, (device, precision))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(value: f32, tokens: usize) -> Tensor<4> {
        Tensor::full([1, 2, tokens, 3], value, &Device::flex())
    }

    fn firsts(keys: &Tensor<4>) -> Vec<f32> {
        keys.clone().narrow(1, 1, 1).narrow(3, 0, 1).into_data().try_to_vec().unwrap()
    }

    #[test]
    fn what_is_appended_is_seen_across_growth_and_truncation() {
        let mut cache = Cache::new(1, 10_000, DType::F32);
        Memory::Append(&mut cache).join(0, filled(1.0, 2), filled(1.0, 2));
        cache.advance(2);
        Memory::Append(&mut cache).join(0, filled(2.0, FIRST_BLOCK), filled(2.0, FIRST_BLOCK));
        cache.advance(FIRST_BLOCK);
        cache.truncate(3);
        let (keys, values) = Memory::Append(&mut cache).join(0, filled(3.0, 1), filled(4.0, 1));
        cache.advance(1);
        assert_eq!(firsts(&keys), [1.0, 1.0, 2.0, 3.0]);
        assert_eq!(firsts(&values), [1.0, 1.0, 2.0, 4.0]);
        assert_eq!(cache.len(), 4);
        let capacity = 2 * FIRST_BLOCK;
        assert_eq!(cache.bytes(), 2 * (2 * capacity * 3) * 4, "keys and values of one layer in four bytes a number");
    }

    #[test]
    fn keys_beside_the_cache_leave_it_alone() {
        let mut cache = Cache::new(1, 100, DType::F32);
        Memory::Append(&mut cache).join(0, filled(1.0, 2), filled(1.0, 2));
        cache.advance(2);
        let (keys, _) = Memory::Beside(&cache).join(0, filled(9.0, 1), filled(9.0, 1));
        assert_eq!(firsts(&keys), [1.0, 1.0, 9.0]);
        let (keys, _) = Memory::Append(&mut cache).join(0, filled(5.0, 1), filled(5.0, 1));
        assert_eq!(firsts(&keys), [1.0, 1.0, 5.0]);
    }

    #[test]
    #[ignore = "needs a Vulkan driver: run by .ci/run"]
    fn a_token_is_written_in_place_on_an_adapter() {
        use crate::model::{DeviceChoice, adapters, open};
        let adapter = adapters().into_iter().min_by_key(|a| !a.hardware).unwrap();
        let device = open(DeviceChoice::GpuNumber(adapter.number)).unwrap();
        let filled = |tokens| Tensor::<4>::ones([1, 2, tokens, 4], device.burn());
        let mut cache = Cache::new(1, 1000, DType::F32);
        for new in [5, 1, 1] {
            let (keys, values) = Memory::Append(&mut cache).join(0, filled(new), filled(new));
            cache.advance(new);
            let read = (keys.sum() + values.sum()).into_scalar::<f32>();
            assert_eq!(read, 16.0 * cache.len() as f32);
            let entry = cache.layers[0].as_ref().unwrap();
            assert!(entry.keys.can_mut() && entry.values.can_mut(), "the next write would copy the whole cache");
        }
    }
}
