//! A number on its way back from an adapter, which goes on meanwhile.

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::bytes::Bytes;
use cubecl::future::{DynFut, block_on};
use cubecl::server::{CopyDescriptor, ServerError};

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
    pub(super) fn wait(&self) -> Result<i32, String> {
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
