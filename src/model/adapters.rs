//! The graphics adapters of this machine, numbered as the user names them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use wgpu::{Backend, Backends};

/// A graphics adapter of this machine, as `doctor` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adapter {
    /// The number for `gpu:N`.
    pub number: usize,
    /// The adapter's own name.
    pub name: String,
    /// The graphics interface it is reached through.
    pub backend: String,
    /// Driver and version.
    pub driver: String,
    /// False for adapters that draw with the CPU.
    pub hardware: bool,
    /// Bytes of memory that it calls its own, where its driver tells.
    pub memory: Option<u64>,
    /// Bytes that one tensor may have.
    pub largest_buffer: u64,
    /// The Cargo feature whose build would use this adapter's matrix units, where this build does not.
    pub gains_from: Option<&'static str>,
}

/// The adapters of the first graphics interface that has a hardware adapter, or else that has any: the same list in the
/// same order in which Burn numbers them.
pub fn adapters() -> Vec<Adapter> {
    let interfaces: &[Backend] =
        if cfg!(target_os = "macos") { &[Backend::Metal] } else { &[Backend::Vulkan, Backend::Dx12, Backend::Gl] };
    let mut software = Vec::new();
    for &interface in interfaces {
        let found = probe(interface);
        if found.iter().any(|a| a.hardware) {
            return found;
        }
        if software.is_empty() {
            software = found;
        }
    }
    software
}

/// Whoever makes or drops an instance of the graphics interface holds this: NVIDIA's driver on Linux spoils memory where several
/// threads do so at once (wgpu issue 5930; seen on an H200 with driver 580).
pub(super) fn alone_with_the_driver() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn probe(interface: Backend) -> Vec<Adapter> {
    let _alone = alone_with_the_driver();
    let backends = Backends::from(interface);
    let instance = instance(backends);
    let found = burn::tensor::try_read_sync(instance.enumerate_adapters(backends)).unwrap_or_default();
    let adapter = |(number, adapter): (usize, &wgpu::Adapter)| {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let hardware = info.device_type != wgpu::DeviceType::Cpu;
        let gains_from = match info.backend {
            Backend::Vulkan if hardware && !cfg!(feature = "spirv") => Some("spirv"),
            Backend::Metal if hardware && !cfg!(feature = "metal") => Some("metal"),
            _ => None,
        };
        Adapter {
            number,
            name: info.name,
            backend: info.backend.to_string(),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            hardware,
            memory: memory_of(adapter),
            largest_buffer: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
            gains_from,
        }
    };
    found.iter().enumerate().map(adapter).collect()
}

/// The memory that lies on an adapter, in bytes: the heaps that Vulkan calls local to the device. Other interfaces are not asked.
fn memory_of(adapter: &wgpu::Adapter) -> Option<u64> {
    #[cfg(not(target_os = "macos"))]
    #[allow(unsafe_code, reason = "the graphics library hands its driver's handles over in no other way")]
    {
        /// `VK_MEMORY_HEAP_DEVICE_LOCAL_BIT`.
        const LOCAL: u32 = 1;
        // SAFETY: the handles are only asked for what they are, while `adapter` keeps them alive, and destroyed by nobody here.
        let memory = unsafe {
            let vulkan = adapter.as_hal::<wgpu::hal::api::Vulkan>()?;
            let instance = vulkan.shared_instance().raw_instance();
            instance.get_physical_device_memory_properties(vulkan.raw_physical_device())
        };
        let heaps = memory.memory_heaps.iter().take(memory.memory_heap_count as usize);
        let local = heaps.filter(|heap| heap.flags.as_raw() & LOCAL != 0).map(|heap| heap.size).sum();
        Some(local).filter(|&bytes: &u64| bytes > 0)
    }
    #[cfg(target_os = "macos")]
    {
        let _none_asked = adapter;
        None
    }
}

/// The graphics library's handles of `adapter`, where it is still there.
#[cfg(not(any(feature = "spirv", feature = "metal")))]
pub(super) fn find(adapter: &Adapter) -> Option<(wgpu::Instance, wgpu::Adapter)> {
    let all = [Backend::Metal, Backend::Vulkan, Backend::Dx12, Backend::Gl];
    let _alone = alone_with_the_driver();
    let backends = Backends::from(all.into_iter().find(|backend| backend.to_string() == adapter.backend)?);
    let instance = instance(backends);
    let found = burn::tensor::try_read_sync(instance.enumerate_adapters(backends))?;
    let same = found.into_iter().nth(adapter.number).filter(|found| found.get_info().name == adapter.name)?;
    Some((instance, same))
}

fn instance(backends: Backends) -> wgpu::Instance {
    let descriptor = wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() };
    wgpu::Instance::new(descriptor)
}

/// Where `adapter` stands in Burn's list, which has the same order but all software adapters as one.
pub(super) fn place_in_burn(adapter: &Adapter, adapters: &[Adapter]) -> usize {
    let same = adapters.iter().position(|a| !a.hardware && !adapter.hardware);
    let before = &adapters[..same.unwrap_or(adapter.number)];
    before.iter().filter(|a| a.hardware).count() + usize::from(before.iter().any(|a| !a.hardware))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(number: usize, hardware: bool) -> Adapter {
        let text = String::new;
        Adapter {
            number,
            name: text(),
            backend: text(),
            driver: text(),
            hardware,
            memory: None,
            largest_buffer: 0,
            gains_from: None,
        }
    }

    #[test]
    fn software_adapters_share_one_place_in_burns_list() {
        let adapters: Vec<_> = [true, false, false, true].into_iter().enumerate().map(|(n, h)| adapter(n, h)).collect();
        let places: Vec<_> = adapters.iter().map(|a| place_in_burn(a, &adapters)).collect();
        assert_eq!(places, [0, 1, 1, 2]);
    }
}
