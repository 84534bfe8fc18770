//! Which compute device: what the user chose, opened, and checked for computing rightly.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use burn::tensor::{DType, Device, DeviceKind, DeviceType, FloatDType};

use super::adapters::{Adapter, adapters, alone_with_the_driver, place_in_burn};
use super::compute::{ComputeDevice, ComputeKind, DeviceNote};
use super::error::DeviceError;
use super::golden;

/// Calls that go to an adapter in one submission: a token's in at most four. By its default, 32, the tensor library takes twice
/// as many; far more would let the work of a prompt hold up what others draw.
const CALLS_A_SUBMISSION: usize = 96;
/// Adapters of a kind that are looked through.
const OF_A_KIND: usize = 8;

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

/// Opens what `choice` names. The first use of an adapter runs a small golden computation on it and on the CPU; one that
/// answers differently is refused. Later calls get the same device or the same refusal; one that was lost since is opened
/// anew.
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
                Ok(ComputeDevice { notes: vec![DeviceNote::CpuInstead(refused)], ..ComputeDevice::cpu() })
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
    if let Some(Ok(lost)) = opened.get(&adapter.number)
        && lost.is_lost()
    {
        tracing::warn!("{} was lost and is opened anew", lost.name);
        // What it still holds and nobody uses; if it can do nothing any more, the driver frees that.
        lost.give_back();
        let again = bring_up(adapter, |named| anew(adapter).map_err(|reason| named.failed(&reason)));
        opened.insert(adapter.number, again);
    }
    let first = || {
        bring_up(adapter, |named| {
            let place = place_in_burn(adapter, adapters);
            // The tensor library makes instances of its own.
            let _alone = alone_with_the_driver();
            let found = named.guard(|| Device::enumerate(DeviceType::Wgpu).get(place).cloned())?;
            found.map(submitting).ok_or_else(|| named.failed("the tensor library does not find it"))
        })
    };
    opened.entry(adapter.number).or_insert_with(first).clone()
}

/// `found`, which from now on submits [`CALLS_A_SUBMISSION`]; as it is, where it has been used before or is of no known kind.
fn submitting(found: Device) -> Device {
    let numbered = [DeviceKind::DiscreteGpu, DeviceKind::IntegratedGpu, DeviceKind::VirtualGpu];
    let kinds = numbered.into_iter().flat_map(|kind| (0..OF_A_KIND).map(kind)).chain([DeviceKind::Cpu]);
    let kind = kinds.into_iter().find(|kind| Device::wgpu(kind.clone()) == found);
    let options = |kind| Device::wgpu_options().device_kind(kind).tasks_max(CALLS_A_SUBMISSION);
    kind.and_then(|kind| options(kind).init().ok()).unwrap_or(found)
}

/// A new logical device on `adapter`, with a runtime of its own: the tensor library keeps the first one for as long as the
/// process lives, even when its driver has given it up.
#[cfg(not(any(feature = "spirv", feature = "metal")))]
fn anew(adapter: &Adapter) -> Result<Device, String> {
    let (instance, adapter) = super::adapters::find(adapter).ok_or("it is gone")?;
    let mut features = adapter.features();
    // As the tensor library asks for them; what is experimental needs a promise that nothing here makes.
    features.remove(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS | wgpu::Features::all_experimental_mask());
    let descriptor = wgpu::DeviceDescriptor {
        required_features: features,
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    };
    let requested = burn::tensor::try_read_sync(adapter.request_device(&descriptor)).ok_or("it does not answer")?;
    let (device, queue) = requested.map_err(|error| error.to_string())?;
    let backend = adapter.get_info().backend;
    let setup = burn::tensor::wgpu::WgpuSetup { instance, adapter, device, queue, backend };
    let options = Device::wgpu_options().setup(setup).tasks_max(CALLS_A_SUBMISSION);
    options.init().map_err(|error| error.to_string())
}

/// Builds with another shader language open their devices through extensions that only the tensor library asks for, and it
/// does so once a process.
#[cfg(any(feature = "spirv", feature = "metal"))]
fn anew(_adapter: &Adapter) -> Result<Device, String> {
    Err("it was lost; close terrasight and start it again".to_owned())
}

/// `acquire` gives the tensor library's handle, or an error in the name of the device.
fn bring_up(
    adapter: &Adapter,
    acquire: impl FnOnce(&ComputeDevice) -> Result<Device, DeviceError>,
) -> Result<ComputeDevice, DeviceError> {
    let mut device = ComputeDevice {
        name: format!("{} ({})", adapter.name, adapter.backend),
        kind: if adapter.hardware { ComputeKind::Gpu } else { ComputeKind::SoftwareGpu },
        memory: adapter.memory,
        // With SPIR-V Burn lifts the bound on drivers that can address more.
        packed_products: Arc::default(),
        wrong_kernels: Arc::default(),
        largest_buffer: (!cfg!(feature = "spirv")).then_some(adapter.largest_buffer),
        ..ComputeDevice::cpu()
    };
    if cfg!(feature = "spirv") && !adapter.hardware {
        // Mesa's software driver crashes the process at the first SPIR-V pipeline (seen with 22.3.6).
        return Err(device.failed("a build with the feature `spirv` cannot use software adapters"));
    }
    device.burn = acquire(&device)?;
    golden::check(&device, DType::F32)?;
    device.computes_f16 = half(&mut device, FloatDType::F16, DType::F16)?;
    device.computes_bf16 = half(&mut device, FloatDType::BF16, DType::BF16)?;
    Ok(device)
}

/// Whether `device` computes rightly in a half precision. One that says so and does not may be used in another: that is
/// noted.
fn half(device: &mut ComputeDevice, precision: FloatDType, held: DType) -> Result<bool, DeviceError> {
    if !device.guard(|| device.burn.supports_dtype(precision))? {
        return Ok(false);
    }
    match golden::check(device, held) {
        Ok(()) => Ok(true),
        Err(DeviceError::WrongResults { test, difference, .. }) => {
            let (name, precision) = (device.name.clone(), held.name());
            device.notes.push(DeviceNote::WrongInHalf { name, precision, test, difference });
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "needs a Vulkan driver: run by .ci/run"]
    fn a_lost_device_is_opened_anew() {
        let adapter = adapters().into_iter().min_by_key(|a| !a.hardware).unwrap();
        let open = || open(DeviceChoice::GpuNumber(adapter.number)).unwrap();
        let sum =
            |device: &ComputeDevice| burn::tensor::Tensor::<1>::ones([7], &device.burn).sum().into_scalar::<f32>();
        let first = open();
        assert_eq!(first.burn, open().burn);
        let held = burn::tensor::Tensor::<1>::ones([7], &first.burn);
        assert!(first.guard(|| panic!("the driver reset it")).is_err());
        let second = open();
        assert!(first.burn != second.burn && !second.is_lost());
        assert_eq!((sum(&second), held.sum().into_scalar::<f32>()), (7.0, 7.0));
        assert_eq!(second.burn, open().burn);
    }

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
}
