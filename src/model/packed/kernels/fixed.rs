//! What a fast kernel is compiled for once each: every kind of blocks, and eight, four and one rows of activations.

/// Calls a function for the kind that `block` is, so that the kind is known where the function is compiled:
/// `of_kind!(block, function(..))`, or `function::<true>(..)` where it is compiled for more than the kind.
macro_rules! of_kind {
    ($block:expr, $function:ident $(::<$more:literal>)? ($($argument:expr),*)) => {
        match $block {
            Block::Q4_0 => $function::<{ Block::Q4_0 as u8 } $(, $more)?>($($argument),*),
            Block::Q4_1 => $function::<{ Block::Q4_1 as u8 } $(, $more)?>($($argument),*),
            Block::Q5_0 => $function::<{ Block::Q5_0 as u8 } $(, $more)?>($($argument),*),
            Block::Q5_1 => $function::<{ Block::Q5_1 as u8 } $(, $more)?>($($argument),*),
            Block::Q8_0 => $function::<{ Block::Q8_0 as u8 } $(, $more)?>($($argument),*),
            Block::Q4_K => $function::<{ Block::Q4_K as u8 } $(, $more)?>($($argument),*),
            Block::Q5_K => $function::<{ Block::Q5_K as u8 } $(, $more)?>($($argument),*),
            Block::Q6_K => $function::<{ Block::Q6_K as u8 } $(, $more)?>($($argument),*),
            Block::IQ4_NL => $function::<{ Block::IQ4_NL as u8 } $(, $more)?>($($argument),*),
            Block::IQ4_XS => $function::<{ Block::IQ4_XS as u8 } $(, $more)?>($($argument),*),
        }
    };
}
pub(super) use of_kind;

/// All rows of `x` with the panels of `products`: eight rows at a time share what was unpacked, then four, then one.
/// `$dots::<.., N>(panels, panel, x)` gives the products of a panel with `N` rows.
macro_rules! by_rows {
    ($dots:ident::<$($fixed:ident),+>, $panels:expr, $first:expr, $x:expr, $products:expr) => {
        for (index, products) in $products.chunks_exact_mut($x.len().max(1)).enumerate() {
            let panel = $first + index;
            let (eights, rest) = $x.as_chunks::<8>();
            let (of_eights, of_rest) = products.split_at_mut(8 * eights.len());
            for (products, x) in of_eights.as_chunks_mut::<8>().0.iter_mut().zip(eights) {
                *products = $dots::<$($fixed,)+ 8>($panels, panel, x);
            }
            let (fours, rest) = rest.as_chunks::<4>();
            let (of_fours, of_rest) = of_rest.split_at_mut(4 * fours.len());
            for (products, x) in of_fours.as_chunks_mut::<4>().0.iter_mut().zip(fours) {
                *products = $dots::<$($fixed,)+ 4>($panels, panel, x);
            }
            for (products, x) in of_rest.iter_mut().zip(rest) {
                [*products] = $dots::<$($fixed,)+ 1>($panels, panel, &[x]);
            }
        }
    };
}
pub(super) use by_rows;
