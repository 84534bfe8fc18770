//! The best token on its way back from an adapter. Until it is here, the adapter can go on with it.

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use burn::tensor::{Int, Tensor};
use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::bytes::Bytes;
use cubecl::future::{DynFut, block_on};
use cubecl::server::{CopyDescriptor, ServerError};

use super::ops;

/// A number that is copied out of the adapter's memory once the kernels before it have run. What is asked of the adapter
/// afterwards does not delay it, as it does where the tensor library reads a tensor when it is looked at.
#[derive(Clone, Default)]
pub struct Sent(Arc<Mutex<Option<Arriving>>>);

type Arriving = DynFut<Result<Bytes, ServerError>>;

impl Sent {
    /// Has the adapter copy `number`, `[1]`.
    pub(super) fn send(&self, number: &CubeTensor) {
        let (shape, strides) = (number.meta.shape().clone(), number.meta.strides().clone());
        let copied = CopyDescriptor::new(number.handle.clone().binding(), shape, strides, number.dtype.size());
        let client = number.client.clone();
        let mut arriving: Arriving = Box::pin(async move { client.read_one_tensor_async(copied).await });
        // Asked once now, so that the copy takes its place among the work.
        if let Poll::Ready(read) = arriving.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            arriving = Box::pin(ready(read));
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(arriving);
    }

    /// Waits for it.
    fn wait(&self) -> Result<i32, String> {
        let arriving = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let bytes = block_on(arriving.ok_or("the number was never sent")?).map_err(|error| error.to_string())?;
        bytes.first_chunk().map(|bytes| i32::from_le_bytes(*bytes)).ok_or_else(|| "no number came back".to_owned())
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent").finish_non_exhaustive()
    }
}

/// The best of some scores.
#[derive(Debug)]
pub struct BestToken {
    /// On the adapter, `[1]`; -1 where a score is no number.
    place: Tensor<1, Int>,
    sent: Sent,
}

impl BestToken {
    /// Has the adapter find it, which nobody waits for.
    pub(super) fn of(scores: Tensor<2>) -> Self {
        let (device, sent) = (scores.device(), Sent::default());
        let place = ops::best(scores, sent.clone());
        // The tensor library would keep the work until it is asked for something. An error is found when it is read.
        let _found_when_read = device.flush();
        Self { place, sent }
    }

    /// The token where the adapter has it, `[1]`, of which vectors can be had at once; the first of the vocabulary where a score is
    /// no number.
    pub fn token(&self) -> Tensor<1, Int> {
        self.place.clone().clamp_min(0)
    }

    /// Waits for it; None where a score is no number.
    pub fn read(self) -> Result<Option<u32>, String> {
        self.sent.wait().map(|place| u32::try_from(place).ok())
    }
}

impl Drop for BestToken {
    /// A copy that nobody waits for would leave its buffer mapped, and the adapter refuses it when it is used again.
    fn drop(&mut self) {
        let _read_or_not_wanted = self.sent.wait();
    }
}
