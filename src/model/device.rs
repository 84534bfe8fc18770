//! Compute devices: which one to use, what it computes in, and whether it computes rightly.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::{Mutex, Once, PoisonError};

use burn::tensor::{DType, Device, DeviceType, FloatDType};

use super::adapters::{Adapter, adapters, place_in_burn};
use super::error::{DeviceError, ModelError};
use super::golden;

/// What the user asked for with `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The first hardware adapter that computes rightly, else the CPU.
    #[default]
    Auto,
    /// The first hardware adapter.
    Gpu,
    /// The adapter with this number in [`adapters`], software adapters included.
    GpuNumber(usize),
    /// Burn's CPU backend.
    Cpu,
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown(text.to_owned());
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            _ => text.strip_prefix("gpu:").and_then(|n| n.parse().ok()).map(Self::GpuNumber).ok_or_else(unknown),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => write!(f, "auto"),
            Self::Gpu => write!(f, "gpu"),
            Self::GpuNumber(number) => write!(f, "gpu:{number}"),
            Self::Cpu => write!(f, "cpu"),
        }
    }
}

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

/// An opened device and the types it computes in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ComputeDevice {
    burn: Device,
    /// Its name, for people.
    pub name: String,
    /// What it is.
    pub kind: ComputeKind,
    /// What the user should know about how it was chosen.
    pub notes: Vec<String>,
    /// Bytes that one tensor may have, where there is a bound.
    pub largest_buffer: Option<u64>,
    computes_f16: bool,
    computes_bf16: bool,
    widen: bool,
}

impl ComputeDevice {
    /// The CPU.
    ///
    /// It computes in f16: one row times an f16 matrix reads half the bytes and was measured 1.6 times as fast as f32.
    /// Not in bf16: Burn's CPU backend widens the whole matrix for every product, measured 10 times slower.
    pub fn cpu() -> Self {
        Self {
            burn: Device::flex(),
            name: "CPU".to_owned(),
            kind: ComputeKind::Cpu,
            notes: Vec::new(),
            largest_buffer: None,
            computes_f16: true,
            computes_bf16: false,
            widen: false,
        }
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

    /// Whether a tensor of `bytes` fits into one buffer.
    pub fn check_fits(&self, name: &str, bytes: u64) -> Result<(), ModelError> {
        match self.largest_buffer {
            Some(limit) if bytes > limit => Err(ModelError::TensorTooLarge {
                device: self.name.clone(),
                name: name.to_owned(),
                needed_mib: bytes.div_ceil(1 << 20),
                limit_mib: limit >> 20,
            }),
            _ => Ok(()),
        }
    }

    /// Runs `work` on the device and turns a panic of the tensor library (a lost device, memory that ran out) into an
    /// error: most of its calls have no other way to say so.
    pub fn guard<T>(&self, work: impl FnOnce() -> T) -> Result<T, DeviceError> {
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
            self.failed(&text.unwrap_or_else(|| "the tensor library stopped".to_owned()))
        })
    }

    /// An error of this device with the first line of `reason`.
    pub(crate) fn failed(&self, reason: &str) -> DeviceError {
        let reason = reason.lines().find(|l| !l.trim().is_empty()).unwrap_or("no reason given").trim().to_owned();
        DeviceError::Failed { name: self.name.clone(), reason }
    }
}

/// Whether `device` is Burn's CPU backend, with gradients or without.
pub(crate) fn is_cpu(device: &Device) -> bool {
    *device == Device::flex()
}

/// Opens what `choice` names. The first use of an adapter runs a small golden computation on it and on the CPU; one that
/// answers differently is refused. Later calls get the same device or the same refusal.
pub fn open(choice: DeviceChoice) -> Result<ComputeDevice, DeviceError> {
    match choice {
        DeviceChoice::Cpu => Ok(ComputeDevice::cpu()),
        DeviceChoice::Gpu => open_hardware(&adapters()),
        DeviceChoice::GpuNumber(number) => {
            let adapters = adapters();
            let adapter = adapters.get(number).ok_or(DeviceError::NoSuchAdapter { number, found: adapters.len() })?;
            open_adapter(adapter, &adapters)
        }
        DeviceChoice::Auto => match open_hardware(&adapters()) {
            Ok(device) => Ok(device),
            Err(DeviceError::NoAdapter) => Ok(ComputeDevice::cpu()),
            Err(refused) => {
                tracing::warn!("{refused}");
                Ok(ComputeDevice { notes: vec![format!("{refused}. The CPU is used.")], ..ComputeDevice::cpu() })
            }
        },
    }
}

fn open_hardware(adapters: &[Adapter]) -> Result<ComputeDevice, DeviceError> {
    let adapter = adapters.iter().find(|a| a.hardware).ok_or(DeviceError::NoAdapter)?;
    open_adapter(adapter, adapters)
}

fn open_adapter(adapter: &Adapter, adapters: &[Adapter]) -> Result<ComputeDevice, DeviceError> {
    static OPENED: Mutex<BTreeMap<usize, Result<ComputeDevice, DeviceError>>> = Mutex::new(BTreeMap::new());
    // A panic while the lock was held leaves a map that is still whole.
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.entry(adapter.number).or_insert_with(|| bring_up(adapter, adapters)).clone()
}

fn bring_up(adapter: &Adapter, adapters: &[Adapter]) -> Result<ComputeDevice, DeviceError> {
    let mut device = ComputeDevice {
        name: format!("{} ({})", adapter.name, adapter.backend),
        kind: if adapter.hardware { ComputeKind::Gpu } else { ComputeKind::SoftwareGpu },
        // With SPIR-V Burn lifts the bound on drivers that can address more.
        largest_buffer: (!cfg!(feature = "spirv")).then_some(adapter.largest_buffer),
        ..ComputeDevice::cpu()
    };
    if cfg!(feature = "spirv") && !adapter.hardware {
        // Mesa's software driver crashes the process at the first SPIR-V pipeline (seen with 22.3.6).
        return Err(device.failed("a build with the feature `spirv` cannot use software adapters"));
    }
    let place = place_in_burn(adapter, adapters);
    let failed = device.failed("the tensor library does not find it");
    device.burn = device.guard(|| Device::enumerate(DeviceType::Wgpu).get(place).cloned())?.ok_or(failed)?;
    device.computes_f16 = device.guard(|| device.burn.supports_dtype(FloatDType::F16))?;
    device.computes_bf16 = device.guard(|| device.burn.supports_dtype(FloatDType::BF16))?;
    golden::check(&device)?;
    Ok(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_as_they_are_written() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::GpuNumber(3), DeviceChoice::Cpu] {
            assert_eq!(choice.to_string().parse::<DeviceChoice>().unwrap(), choice);
        }
        for wrong in ["", "GPU", "gpu:", "gpu:-1", "cuda"] {
            let error = wrong.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(error.contains("auto, gpu, gpu:N"), "{error}");
        }
    }

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
    fn a_panic_of_the_device_becomes_a_line() {
        let error = ComputeDevice::cpu().guard(|| panic!("lost\nwith a backtrace")).unwrap_err();
        assert_eq!(error.to_string(), "CPU failed: lost; --device cpu works without it");
    }

    #[test]
    fn a_tensor_over_the_buffer_limit_is_named() {
        let device = ComputeDevice { largest_buffer: Some(1 << 20), ..ComputeDevice::cpu() };
        assert!(device.check_fits("small", 1 << 20).is_ok());
        let error = device.check_fits("lm_head.weight", (1 << 20) + 1).unwrap_err().to_string();
        assert!(error.contains("'lm_head.weight' needs 2 MiB"), "{error}");
    }
}
