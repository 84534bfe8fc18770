//! SHA-256 of files.

use std::{
    fs::File,
    io::{self, Read as _},
    ops::ControlFlow,
    path::Path,
};

use sha2::{Digest as _, Sha256};

use crate::picture::hexadecimal;

/// How much of a file is in memory at once.
const PART_BYTES: usize = 1 << 20;

/// The SHA-256 of a file in hexadecimal; `read` is told of every part and may stop it, and then there is none.
pub(super) fn sha256(path: &Path, read: &mut dyn FnMut(u64) -> ControlFlow<()>) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let mut sum = Sha256::new();
    let mut part = vec![0; PART_BYTES];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(Some(hexadecimal(&sum.finalize()))),
            n => {
                sum.update(&part[..n]);
                if read(n as u64).is_break() {
                    return Ok(None);
                }
            }
        }
    }
}
