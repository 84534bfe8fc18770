//! Whether a model fits into a device's memory, and which one a machine should take.

use super::{Catalogue, DeviceMemory, Offer};
use crate::model::{ComputeKind, Footprint, Needs, PICTURE_TOKENS, Precision, Purpose, modest};

/// How a model fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Into what is free now.
    Fits,
    /// Into all there is, but not into what is free now.
    Tight,
    /// Into no more than there is.
    TooLarge,
    /// Nobody says how much memory there is, or how much it takes.
    Unknown,
}

/// A model on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    /// The device, with its memory.
    pub memory: DeviceMemory,
    /// What the model takes there.
    pub needs: Option<Needs>,
    /// How it fits.
    pub verdict: Verdict,
}

impl Fit {
    /// How what is needed fits into a device.
    pub fn of(needs: Option<Needs>, memory: &DeviceMemory) -> Self {
        let verdict = match (needs, memory.free, memory.all) {
            (Some(needs), Some(free), _) if needs.total() <= free => Verdict::Fits,
            (Some(needs), _, Some(all)) if needs.total() <= all => Verdict::Tight,
            (Some(_), _, Some(_)) => Verdict::TooLarge,
            _ => Verdict::Unknown,
        };
        Self { memory: memory.clone(), needs, verdict }
    }

    /// How a model that lies on this machine fits, with pictures as large as usual.
    pub fn of_model(footprint: &Footprint, memory: &DeviceMemory) -> Self {
        Self::of(Some(footprint.needs(memory.kind, PICTURE_TOKENS as u64)), memory)
    }

    /// How a model that could be fetched would fit, held in this precision.
    pub fn of_offer(offer: &Offer, memory: &DeviceMemory, precision: Precision) -> Self {
        let needs = offer.bytes.map(|bytes| match offer.shape.clone() {
            Some(mut shape) => {
                let bytes = shape.pack(precision).unwrap_or(bytes);
                shape.needs(memory.kind, bytes, PICTURE_TOKENS as u64)
            }
            None => modest(bytes),
        });
        Self::of(needs, memory)
    }
}

/// The model that a machine with these devices should take: on a graphics adapter the first of the catalogue that fits there as
/// it is, since the catalogue's order says which locates better, a large packed one before a small whole one; else on the CPU
/// the first packed one that leaves half of what is free to other programs, or at least fits. One that this program would first
/// have to pack is not advised: nobody has measured what it knows then.
pub fn advised<'a>(catalogue: &'a Catalogue, memories: &[DeviceMemory]) -> Option<(&'a Offer, Fit)> {
    let packed = |offer: &Offer| offer.shape.as_ref().is_some_and(|shape| shape.packed);
    let locating = || catalogue.offers().iter().filter(|offer| offer.purpose == Purpose::Locate);
    let on = |memory: &DeviceMemory, only_packed: bool, share: u64| {
        let offers = locating().filter(|offer| !only_packed || packed(offer));
        let mut fits = offers.map(|offer| (offer, Fit::of_offer(offer, memory, Precision::Full)));
        fits.find(|(_, fit)| {
            let is_modest = fit.needs.zip(memory.free).is_some_and(|(needs, free)| needs.total() <= free / share);
            fit.verdict == Verdict::Fits && is_modest
        })
    };
    let on_gpu = || memories.iter().filter(|memory| memory.kind == ComputeKind::Gpu).find_map(|gpu| on(gpu, false, 1));
    let cpu = || memories.iter().find(|memory| memory.kind == ComputeKind::Cpu);
    on_gpu().or_else(|| on(cpu()?, true, 2)).or_else(|| on(cpu()?, true, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(kind: ComputeKind, all: u64, free: u64) -> DeviceMemory {
        DeviceMemory { name: "d".to_owned(), kind, all: Some(all << 30), free: Some(free << 30) }
    }

    #[test]
    fn it_fits_into_what_is_free_or_only_into_what_there_is_or_not() {
        let needs = Some(Needs { weights: 4 << 30, cache: 1 << 30, activations: 1 << 30 });
        let verdict = |all, free| Fit::of(needs, &memory(ComputeKind::Gpu, all, free)).verdict;
        assert_eq!([verdict(8, 6), verdict(8, 5), verdict(5, 5)], [Verdict::Fits, Verdict::Tight, Verdict::TooLarge]);
        let unknown = DeviceMemory { all: None, free: None, ..memory(ComputeKind::Gpu, 1, 1) };
        assert_eq!(Fit::of(needs, &unknown).verdict, Verdict::Unknown);
        assert_eq!(Fit::of(None, &memory(ComputeKind::Cpu, 8, 8)).verdict, Verdict::Unknown);
    }

    #[test]
    fn weights_that_will_be_packed_are_reckoned_as_they_will_be() {
        let weights = |name: &str, precision| {
            let offer = Catalogue::shipped().offers().iter().find(|offer| offer.name == name).unwrap();
            Fit::of_offer(offer, &memory(ComputeKind::Cpu, 32, 30), precision).needs.unwrap().weights
        };
        let dense = |precision| weights("Qwen2.5-VL-3B-Instruct", precision);
        assert_eq!(dense(Precision::EightBits), dense(Precision::Full) * 9 / 16);
        assert_eq!(dense(Precision::FourBits), dense(Precision::Full) * 6 / 16);
        let packed = |precision| weights("Qwen2.5-VL-3B-Instruct-Q4_K_M", precision);
        assert_eq!(packed(Precision::FourBits), packed(Precision::Full));
    }

    #[test]
    fn each_machine_is_told_the_model_that_it_can_carry() {
        let told =
            |memories: &[DeviceMemory]| advised(Catalogue::shipped(), memories).map(|(offer, _)| offer.name.as_str());
        let cpu = |free| memory(ComputeKind::Cpu, free + 4, free);
        assert_eq!(told(&[memory(ComputeKind::Gpu, 24, 23), cpu(28)]), Some("GLOBE-Qwen2.5VL-7B"));
        // More than twice the parameters, a published figure and a free licence, where the whole 3B would fit as well.
        for all in [8, 12, 16] {
            let card = memory(ComputeKind::Gpu, all, all - 1);
            assert_eq!(told(&[card, cpu(4)]), Some("Qwen2.5-VL-7B-Instruct-Q4_K_M"), "{all} GB");
        }
        assert_eq!(told(&[memory(ComputeKind::Gpu, 6, 5), cpu(4)]), Some("Qwen2.5-VL-3B-Instruct-Q4_K_M"));
        assert_eq!(told(&[memory(ComputeKind::Gpu, 2, 1), cpu(28)]), Some("Qwen2.5-VL-7B-Instruct-Q4_K_M"));
        assert_eq!(told(&[cpu(10)]), Some("Qwen2.5-VL-3B-Instruct-Q4_K_M"));
        assert_eq!(told(&[cpu(4)]), Some("Qwen2.5-VL-3B-Instruct-Q4_K_M"));
        assert_eq!(told(&[cpu(2)]), None);
    }
}
