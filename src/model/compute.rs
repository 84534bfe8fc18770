//! A compute device: what it computes in, how much one tensor may have, and its panics as errors.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once, OnceLock};

use burn::tensor::{DType, Device};

use super::error::{CPU, DeviceError, ModelError};
use super::precision::{Packing, Precision, Products};

/// What a [`ComputeDevice`] runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComputeKind {
    /// Burn's CPU backend.
    Cpu,
    /// A hardware adapter.
    Gpu,
    /// A graphics driver that computes on the CPU.
    SoftwareGpu,
}

/// How a device multiplies by matrices that are packed in blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackedProducts {
    /// As they are.
    Packed,
    /// It holds them packed and unpacks some rows for each product.
    Unpacked,
    /// It does not; they are held dense.
    None,
}

/// What an adapter does by a kernel of this program's own while an answer is written, where it is right in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeKernel {
    /// A few rows times a matrix in half precision, times several matrices at once, and times gate and up.
    Products,
    /// Root mean square norm, with the sum before it.
    Norm,
    /// Rotary positions, and keys and values written into the cache.
    Turn,
    /// One token's attention to what the cache holds.
    Attend,
    /// The highest of the scores.
    Best,
}

impl DecodeKernel {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Products, Self::Norm, Self::Turn, Self::Attend, Self::Best];
}

/// What the user should know about the device that was chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum DeviceNote {
    /// The graphics adapter is refused for this reason, and the CPU used.
    CpuInstead(DeviceError),
    /// It computes wrongly in a half precision, which is not used.
    WrongInHalf {
        /// The device's name.
        name: String,
        /// The precision, such as `f16`.
        precision: &'static str,
        /// Which golden computation differed.
        test: &'static str,
        /// Greatest difference over the spread of the right values.
        difference: f32,
    },
    /// It computes wrongly with packed weights.
    WrongWhenPacked {
        /// The device's name.
        name: String,
        /// Whether it unpacks them rightly; they are held packed all the same then.
        unpacks: bool,
    },
    /// It computes wrongly with kernels for decoding, so that other ones do their work more slowly.
    WrongWhenDecoding {
        /// The device's name.
        name: String,
        /// The kernels.
        kernels: Vec<DecodeKernel>,
    },
}

/// An opened device and the types it computes in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ComputeDevice {
    pub(super) burn: Device,
    /// Its name, for people.
    pub name: String,
    /// What it is.
    pub kind: ComputeKind,
    /// What was to be known when it was opened.
    pub(super) notes: Vec<DeviceNote>,
    /// Bytes of memory of its own, where it has such and tells of it.
    pub memory: Option<u64>,
    /// Bytes that one tensor may have, where there is a bound.
    pub largest_buffer: Option<u64>,
    pub(super) computes_f16: bool,
    pub(super) computes_bf16: bool,
    pub(super) widen: bool,
    /// How it multiplies by packed matrices, for all clones, once it has been tried (`gpu/check.rs`).
    pub(super) packed_products: Arc<OnceLock<PackedProducts>>,
    /// Which kernels for decoding are wrong on it, for all clones, once they have been tried (`gpu/decode/check.rs`).
    pub(super) wrong_kernels: Arc<OnceLock<Vec<DecodeKernel>>>,
    /// How the weights of folders are packed when they are opened on it, where it keeps them packed.
    pub(super) packing: Packing,
    /// In what products of many rows are taken with weights that are half precision or packed and do not learn.
    pub(super) products: Products,
    /// Set by the first failure, for all clones.
    pub(super) lost: Arc<AtomicBool>,
}

impl ComputeDevice {
    /// The CPU.
    ///
    /// The matrices of linear layers stay there in the half precision that they are stored in (`half_matrix/`). What Burn's CPU
    /// backend multiplies is f16, not bf16, which it widens as a whole for every product: measured 10 times slower.
    pub fn cpu() -> Self {
        Self {
            burn: Device::flex(),
            name: CPU.to_owned(),
            kind: ComputeKind::Cpu,
            notes: Vec::new(),
            memory: None,
            largest_buffer: None,
            computes_f16: true,
            computes_bf16: false,
            widen: false,
            packed_products: Arc::new(OnceLock::from(PackedProducts::Packed)),
            // It has none of them.
            wrong_kernels: Arc::new(OnceLock::from(Vec::new())),
            packing: Packing::default(),
            products: Products::Bf16,
            lost: Arc::default(),
        }
    }

    /// What the user should know about it.
    pub fn notes(&self) -> Vec<DeviceNote> {
        let wrong = |unpacks| DeviceNote::WrongWhenPacked { name: self.name.clone(), unpacks };
        let packed = match self.packed_products.get() {
            None | Some(PackedProducts::Packed) => None,
            Some(PackedProducts::Unpacked) => Some(wrong(true)),
            Some(PackedProducts::None) => Some(wrong(false)),
        };
        let kernels = self.wrong_kernels.get().filter(|kernels| !kernels.is_empty());
        let decoding =
            kernels.map(|kernels| DeviceNote::WrongWhenDecoding { name: self.name.clone(), kernels: kernels.clone() });
        self.notes.iter().cloned().chain(packed).chain(decoding).collect()
    }

    /// The tensor library's handle.
    pub(crate) fn burn(&self) -> &Device {
        &self.burn
    }

    /// Whether it is the CPU backend.
    pub fn is_cpu(&self) -> bool {
        self.kind == ComputeKind::Cpu
    }

    /// The same device, holding every weight in f32: for training, and for comparing with references.
    pub fn in_f32(&self) -> Self {
        Self { widen: true, ..self.clone() }
    }

    /// The same device, on which the weights of folders are packed as they are opened. Devices that hold no packed matrix
    /// hold them as they would otherwise.
    #[must_use]
    pub fn with_packing(self, packing: Packing) -> Self {
        Self { packing, ..self }
    }

    /// The same device with other products of many rows: with weights in bf16 for answers, and in training with all that do not
    /// learn and are half precision or packed.
    #[must_use]
    pub fn with_products(self, products: Products) -> Self {
        Self { products, ..self }
    }

    /// The same device for training: f32 and with gradients.
    pub(crate) fn for_training(&self) -> Self {
        Self { burn: self.burn.clone().autodiff(), ..self.in_f32() }
    }

    /// The precision rule: f16 and f32 stay what they are; bf16 stays bf16 where the device computes in it, else becomes
    /// f16 where every value is finite in f16, else f32.
    pub fn precision_for(&self, stored: DType, finite_in_f16: impl FnOnce() -> bool) -> DType {
        match stored {
            _ if self.widen => DType::F32,
            DType::F16 if self.computes_f16 => DType::F16,
            DType::BF16 if self.computes_bf16 => DType::BF16,
            DType::BF16 if self.computes_f16 && finite_in_f16() => DType::F16,
            _ => DType::F32,
        }
    }

    /// Whether it holds packed matrices packed, where it has been tried or is expected to be right; others get them widened.
    pub fn keeps_packed(&self) -> bool {
        self.packed_products.get() != Some(&PackedProducts::None) && !self.widen
    }

    /// How weights are packed when they are opened; none where they stay as they are.
    pub(super) fn packs(&self) -> Option<&Packing> {
        Some(&self.packing).filter(|packing| self.keeps_packed() && packing.precision != Precision::Full)
    }

    /// Whether the weights of folders are packed when they are opened, and so are others than their files hold.
    pub fn packs_folders(&self) -> bool {
        self.packs().is_some()
    }

    /// Gives back to the system what was freed on it and is only kept for later.
    pub fn give_back(&self) {
        // A device that is lost has nothing to give.
        let _lost = self.guard(|| self.burn.memory_cleanup());
    }

    /// Whether a tensor of `bytes` fits into one buffer.
    pub fn check_fits(&self, name: &str, bytes: u64) -> Result<(), ModelError> {
        match self.largest_buffer {
            Some(limit) if bytes > limit => Err(ModelError::TensorTooLarge {
                device: self.name.clone(),
                name: name.to_owned(),
                needed_mb: bytes.div_ceil(1_000_000),
                limit_mb: limit / 1_000_000,
            }),
            _ => Ok(()),
        }
    }

    /// Runs `work` on the device and turns a panic of the tensor library (a lost device, memory that ran out) into an
    /// error: most of its calls have no other way to say so.
    pub fn guard<T>(&self, work: impl FnOnce() -> T) -> Result<T, DeviceError> {
        self.caught(work).map_err(|reason| self.failed(&reason))
    }

    /// As [`ComputeDevice::guard`], with the text of the panic; the device does not count as lost by it.
    pub(super) fn caught<T>(&self, work: impl FnOnce() -> T) -> Result<T, String> {
        thread_local!(static GUARDED: Cell<bool> = const { Cell::new(false) });
        static QUIET: Once = Once::new();
        QUIET.call_once(|| {
            let report = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                if GUARDED.get() {
                    tracing::debug!("caught on a compute device: {panic}");
                } else {
                    report(panic);
                }
            }));
        });
        let outer = GUARDED.replace(true);
        let result = catch_unwind(AssertUnwindSafe(work));
        GUARDED.set(outer);
        result.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()));
            text.unwrap_or_else(|| "the tensor library stopped".to_owned())
        })
    }

    /// Whether it has failed, so that it must be opened anew.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// The error of a device that failed, with the first line of `reason`; it counts as lost from now on.
    pub(crate) fn failed(&self, reason: &str) -> DeviceError {
        self.lost.store(true, Ordering::Relaxed);
        self.refused(reason)
    }

    /// The error of a network that computes no numbers. On the CPU its weights are to blame; on an adapter it may be the
    /// driver as well, which the CPU does without.
    pub(crate) fn no_numbers(&self, model: &str) -> ModelError {
        match self.is_cpu() {
            true => ModelError::NoNumbers { model: model.to_owned() },
            false => self.refused(&format!("{model} computes no numbers on it")).into(),
        }
    }

    /// An error of this device, which may be used all the same, with the first line of `reason`.
    pub(crate) fn refused(&self, reason: &str) -> DeviceError {
        let reason = reason.lines().find(|l| !l.trim().is_empty()).unwrap_or("no reason given").trim().to_owned();
        DeviceError::Failed { name: self.name.clone(), reason }
    }
}

/// Whether `device` is Burn's CPU backend, with gradients or without.
pub(crate) fn is_cpu(device: &Device) -> bool {
    *device == Device::flex()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_follows_the_rule() {
        let cpu = ComputeDevice::cpu();
        assert_eq!(cpu.precision_for(DType::F32, || true), DType::F32);
        assert_eq!(cpu.precision_for(DType::F16, || true), DType::F16);
        assert_eq!(cpu.precision_for(DType::BF16, || true), DType::F16);
        assert_eq!(cpu.precision_for(DType::BF16, || false), DType::F32);
        assert_eq!(cpu.in_f32().precision_for(DType::F16, || true), DType::F32);
    }

    #[test]
    fn a_failure_is_known_to_every_clone_and_wrong_weights_are_none() {
        let device = ComputeDevice::cpu();
        let error = device.no_numbers("GLOBE").to_string();
        assert!(error.starts_with("GLOBE computes no numbers, so its weights are damaged"), "{error}");
        let card = ComputeDevice { kind: ComputeKind::Gpu, name: "card".to_owned(), ..device.clone() };
        let error = card.no_numbers("GLOBE").to_string();
        assert_eq!(error, "card failed: GLOBE computes no numbers on it; the CPU works without it");
        assert!(!device.is_lost());
        let clone = device.in_f32();
        assert!(clone.guard(|| panic!("lost")).is_err());
        assert!(device.is_lost() && !ComputeDevice::cpu().is_lost());
    }

    #[test]
    fn a_device_that_is_wrong_when_packed_says_so() {
        let device = |products| ComputeDevice {
            name: "card".to_owned(),
            packed_products: Arc::new(OnceLock::from(products)),
            ..ComputeDevice::cpu()
        };
        let note = |unpacks| vec![DeviceNote::WrongWhenPacked { name: "card".to_owned(), unpacks }];
        for (products, notes, keeps) in [
            (PackedProducts::Packed, vec![], true),
            (PackedProducts::Unpacked, note(true), true),
            (PackedProducts::None, note(false), false),
        ] {
            let device = device(products);
            assert_eq!((device.notes(), device.keeps_packed()), (notes, keeps));
            assert!(!device.in_f32().keeps_packed());
        }
    }

    #[test]
    fn kernels_that_are_wrong_are_named() {
        let wrong = Arc::new(OnceLock::from(vec![DecodeKernel::Best]));
        let device = ComputeDevice { wrong_kernels: wrong, ..ComputeDevice::cpu() };
        let note = DeviceNote::WrongWhenDecoding { name: "CPU".to_owned(), kernels: vec![DecodeKernel::Best] };
        assert_eq!((device.notes(), ComputeDevice::cpu().notes()), (vec![note], vec![]));
    }

    #[test]
    fn a_panic_of_the_device_becomes_a_line() {
        let error = ComputeDevice::cpu().guard(|| panic!("lost\nwith a backtrace")).unwrap_err();
        assert_eq!(error.to_string(), "CPU failed: lost");
        let card = ComputeDevice { name: "card".to_owned(), ..ComputeDevice::cpu() };
        let error = card.guard(|| panic!("lost")).unwrap_err();
        assert_eq!(error.to_string(), "card failed: lost; the CPU works without it");
    }

    #[test]
    fn a_tensor_over_the_buffer_limit_is_named() {
        let device = ComputeDevice { largest_buffer: Some(1 << 20), ..ComputeDevice::cpu() };
        assert!(device.check_fits("small", 1 << 20).is_ok());
        let error = device.check_fits("lm_head.weight", (1 << 20) + 1).unwrap_err().to_string();
        assert!(error.contains("'lm_head.weight' needs 2 MB"), "{error}");
    }
}
