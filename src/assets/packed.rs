//! Where packed weights are kept in the program's folder.

use std::path::Path;

use crate::{
    files::{HomeError, home},
    model::{Packing, Precision},
};

/// How weights are packed in this precision: what is packed is kept in the program's folder, so that none is needed where
/// nothing is packed.
pub fn packing(precision: Precision) -> Result<Packing, HomeError> {
    match precision {
        Precision::Full => Ok(Packing::default()),
        _ => Ok(packing_in(&home()?, precision)),
    }
}

/// How weights are packed in this precision where the program's folder is `home`: they are kept in `packed/` of it.
pub fn packing_in(home: &Path, precision: Precision) -> Packing {
    Packing { precision, folder: home.join("packed") }
}
