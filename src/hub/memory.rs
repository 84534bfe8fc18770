//! The memory there is for models: the machine's, and that of each graphics adapter.

use std::fs;

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
    /// As it is now. Linux alone tells it so far.
    pub fn now() -> Self {
        let about = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self { all: kilobytes(&about, "MemTotal:"), free: kilobytes(&about, "MemAvailable:") }
    }
}

fn kilobytes(about: &str, name: &str) -> Option<u64> {
    let line = about.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

/// Where a model can be, and how much memory there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
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

impl Room {
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

/// All places for a model: the hardware adapters, and the CPU.
pub fn rooms(adapters: &[Adapter], machine: MachineMemory) -> Vec<Room> {
    let hardware = adapters.iter().filter(|adapter| adapter.hardware);
    let gpus = hardware.map(|adapter| Room::named(adapter.name.clone(), ComputeKind::Gpu, adapter.memory, machine));
    gpus.chain([Room::named("CPU".to_owned(), ComputeKind::Cpu, None, machine)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_system_writes_it() {
        let about = "MemTotal:       16384000 kB\nMemFree:  1 kB\nMemAvailable:    8192000 kB\n";
        assert_eq!(kilobytes(about, "MemTotal:"), Some(16_384_000 << 10));
        assert_eq!(kilobytes(about, "MemAvailable:"), Some(8_192_000 << 10));
        assert_eq!(kilobytes("nothing", "MemTotal:"), None);
    }

    #[test]
    fn an_adapter_has_no_more_than_the_machine_and_leaves_the_desktop_its_part() {
        let machine = MachineMemory { all: Some(16 << 30), free: Some(10 << 30) };
        let room = |kind, own| Room::named("d".to_owned(), kind, own, machine);
        assert_eq!(room(ComputeKind::Gpu, Some(8 << 30)).free, Some(7 << 30));
        assert_eq!(room(ComputeKind::Gpu, Some(64 << 30)).all, Some(16 << 30));
        assert_eq!(room(ComputeKind::Gpu, None).all, None);
        assert_eq!(room(ComputeKind::SoftwareGpu, Some(64 << 30)).free, Some(10 << 30));
    }
}
