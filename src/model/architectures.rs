//! The architectures that answer, most of which see: one line each.

use super::compute::ComputeDevice;
use super::error::ModelError;
use super::network::Opened;
use super::origin::Origin;
use super::{qwen2, qwen2_5_vl};

/// An architecture: the names that config.json may give it, and how it is opened.
pub(crate) struct Architecture {
    pub names: &'static [&'static str],
    pub open: fn(&Origin, &ComputeDevice) -> Result<Opened, ModelError>,
}

/// All of them; a new one adds its line here.
pub(crate) const ARCHITECTURES: &[Architecture] = &[
    Architecture { names: &qwen2_5_vl::NAMES, open: qwen2_5_vl::open },
    Architecture { names: &qwen2::NAMES, open: qwen2::open },
];
