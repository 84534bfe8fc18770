//! Strips of neighbouring columns of a matrix, written by several threads, and memory that a thread uses again and again.

use std::cell::Cell;
use std::marker::PhantomData;

use bytemuck::{Pod, cast_slice_mut};
use rayon::prelude::*;

/// Has the columns of a matrix written in strips so wide, by several threads where not `serially`. `write` is called once
/// for each strip, with the number of its first column.
#[allow(unsafe_code, reason = "threads write strips of columns, which are no slices of their own")]
pub fn in_strips(
    into: &mut [f32],
    columns: usize,
    strip: usize,
    serially: bool,
    write: impl Fn(usize, &mut Strip<'_>) + Sync,
) {
    let rows = into.len() / columns.max(1);
    let start = Shared(into.as_mut_ptr());
    let work = |number: usize| {
        let first = number * strip;
        let count = strip.min(columns - first);
        // SAFETY: inside of the matrix, and no other strip has these columns.
        let start = unsafe { start.get().add(first) };
        write(first, &mut Strip { start, stride: columns, rows, count, marker: PhantomData });
    };
    let strips = columns.div_ceil(strip.max(1));
    if serially || strips < 2 || rayon::current_num_threads() == 1 {
        (0..strips).for_each(work);
    } else {
        (0..strips).into_par_iter().for_each(work);
    }
}

/// Memory that several threads write, each its own part.
#[derive(Clone, Copy)]
struct Shared(*mut f32);

#[allow(unsafe_code, reason = "see `in_strips`, which alone hands it out")]
// SAFETY: the parts do not overlap.
unsafe impl Send for Shared {}
#[allow(unsafe_code, reason = "see `in_strips`, which alone hands it out")]
// SAFETY: the parts do not overlap.
unsafe impl Sync for Shared {}

impl Shared {
    /// A method, so that closures hold the whole and not the pointer alone.
    fn get(self) -> *mut f32 {
        self.0
    }
}

/// Neighbouring columns of a matrix.
pub struct Strip<'a> {
    start: *mut f32,
    /// Numbers from one row to the next.
    stride: usize,
    /// Rows of the matrix.
    rows: usize,
    /// Columns of the strip.
    count: usize,
    marker: PhantomData<&'a mut f32>,
}

impl<'a> Strip<'a> {
    /// A whole matrix of `rows` in memory of its own.
    pub fn whole(values: &'a mut [f32], rows: usize) -> Self {
        let count = values.len() / rows.max(1);
        Self { start: values.as_mut_ptr(), stride: count, rows, count, marker: PhantomData }
    }

    /// Rows of the matrix.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns of the strip.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Where its first number stands, for what takes pointers.
    pub fn start(&mut self) -> *mut f32 {
        self.start
    }

    /// Numbers from one row to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The strip's part of one row.
    #[allow(unsafe_code, reason = "a strip is no slice")]
    pub fn row(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.rows, "a strip has no row {row}");
        // SAFETY: the row is inside the matrix, and the strip's columns are borrowed with `self`.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(row * self.stride), self.count) }
    }

    /// Some of its rows.
    #[allow(unsafe_code, reason = "a strip is no slice")]
    pub fn narrowed(&mut self, first: usize, rows: usize) -> Strip<'_> {
        assert!(first + rows <= self.rows, "a strip has no row {}", first + rows);
        // SAFETY: inside the matrix.
        let start = unsafe { self.start.add(first * self.stride) };
        Strip { start, rows, ..*self }
    }
}

/// Memory of this thread that is used again and again; what stands in it is what was left there.
pub fn with_scratch<N: Pod, R>(length: usize, work: impl FnOnce(&mut [N]) -> R) -> R {
    const { assert!(size_of::<N>() == size_of::<f32>()) };
    thread_local!(static SCRATCH: Cell<Vec<f32>> = const { Cell::new(Vec::new()) });
    let mut scratch = SCRATCH.take();
    if scratch.len() < length {
        scratch = vec![0.0; length];
    }
    let result = work(cast_slice_mut(&mut scratch[..length]));
    SCRATCH.set(scratch);
    result
}
