//! Loops over plain numbers, compiled for what the processor has: the compiler makes vector instructions of them, and it
//! may use the wider ones only in a function that says so.

/// Makes functions that run compiled for the widest vectors of this processor. `$fuses` says whether `mul_add` is one
/// instruction there; where not, it would be a call of the C library. What the body calls must be inlined: loops stand as `for`,
/// since a closure that is called from an iterator's own code may be compiled there, without the wider instructions.
macro_rules! vectorised {
    ($($(#[$about:meta])* $visible:vis fn $name:ident ($fuses:ident; $($arg:ident: $kind:ty),* $(,)?) $(-> $result:ty)? $body:block)*) => {$(
        $(#[$about])*
        #[allow(unsafe_code, reason = "code for a processor that has been asked for it")]
        $visible fn $name($($arg: $kind),*) $(-> $result)? {
            #[inline(always)]
            fn plain($fuses: bool, $($arg: $kind),*) $(-> $result)? $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
            fn on_avx512($($arg: $kind),*) $(-> $result)? {
                plain(true, $($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn on_avx2($($arg: $kind),*) $(-> $result)? {
                plain(true, $($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            {
                let has_256 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
                let has_512 = is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw");
                if has_256 && has_512 && is_x86_feature_detected!("avx512f") {
                    // SAFETY: the processor has just been asked.
                    return unsafe { on_avx512($($arg),*) };
                }
                if has_256 {
                    // SAFETY: as above.
                    return unsafe { on_avx2($($arg),*) };
                }
            }
            plain(cfg!(target_arch = "aarch64"), $($arg),*)
        }
    )*};
}

pub(super) use vectorised;
