//! The memory there is for models: the machine's, and that of each graphics adapter.

use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System};

use crate::model::{Adapter, ComputeDevice, ComputeKind};

/// The machine's memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MachineMemory {
    /// All there is, where the system says.
    pub all: Option<u64>,
    /// What programs can still have.
    pub free: Option<u64>,
}

impl MachineMemory {
    /// As it is now.
    pub fn now() -> Self {
        let only = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(only);
        // A system that does not tell says 0.
        let told = |bytes: u64| Some(bytes).filter(|bytes| *bytes > 0);
        Self { all: told(system.total_memory()), free: told(system.available_memory()) }
    }
}

/// What this program takes of the machine's memory, in bytes, where the system says.
pub fn own_memory() -> Option<u64> {
    let pid = sysinfo::get_current_pid().ok()?;
    let mut system = System::new();
    let only = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, only);
    system.process(pid).map(sysinfo::Process::memory).filter(|bytes| *bytes > 0)
}

/// A device that a model can be on, and how much memory it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceMemory {
    /// The device's name.
    pub name: String,
    /// What it is.
    pub kind: ComputeKind,
    /// All its memory, in bytes, where known.
    pub all: Option<u64>,
    /// What is free of it; of an adapter, whose driver does not tell, all but what a desktop usually takes.
    pub free: Option<u64>,
}

/// What a desktop and its driver take of an adapter's memory, in bytes.
const DESKTOP: u64 = 1 << 30;

impl DeviceMemory {
    /// That of an opened device.
    pub fn of(device: &ComputeDevice, machine: MachineMemory) -> Self {
        Self::named(device.name.clone(), device.kind, device.memory, machine)
    }

    fn named(name: String, kind: ComputeKind, own: Option<u64>, machine: MachineMemory) -> Self {
        match kind {
            ComputeKind::Gpu => {
                // A chip that shares the machine's memory has no more of it than there is.
                let all = own.map(|own| own.min(machine.all.unwrap_or(u64::MAX)));
                Self { name, kind, all, free: all.map(|all| all.saturating_sub(DESKTOP)) }
            }
            ComputeKind::Cpu | ComputeKind::SoftwareGpu => Self { name, kind, all: machine.all, free: machine.free },
        }
    }
}

/// The devices that a model can be on: the hardware adapters, and the CPU.
pub fn device_memories(adapters: &[Adapter], machine: MachineMemory) -> Vec<DeviceMemory> {
    let hardware = adapters.iter().filter(|adapter| adapter.hardware);
    let gpus =
        hardware.map(|adapter| DeviceMemory::named(adapter.name.clone(), ComputeKind::Gpu, adapter.memory, machine));
    gpus.chain([DeviceMemory::named("CPU".to_owned(), ComputeKind::Cpu, None, machine)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_tells_its_memory() {
        let MachineMemory { all, free } = MachineMemory::now();
        let (all, free) = (all.unwrap(), free.unwrap());
        assert!(free <= all && all > 256 << 20, "{free} of {all}");
        assert!(own_memory().is_some_and(|own| own > 1 << 20 && own < all));
    }

    #[test]
    fn an_adapter_has_no_more_than_the_machine_and_leaves_the_desktop_its_part() {
        let machine = MachineMemory { all: Some(16 << 30), free: Some(10 << 30) };
        let memory = |kind, own| DeviceMemory::named("d".to_owned(), kind, own, machine);
        assert_eq!(memory(ComputeKind::Gpu, Some(8 << 30)).free, Some(7 << 30));
        assert_eq!(memory(ComputeKind::Gpu, Some(64 << 30)).all, Some(16 << 30));
        assert_eq!(memory(ComputeKind::Gpu, None).all, None);
        assert_eq!(memory(ComputeKind::SoftwareGpu, Some(64 << 30)).free, Some(10 << 30));
    }
}
