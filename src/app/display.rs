//! Whether there is a display, and which of two to use.

use std::env;

/// Whether a display is named where one must be.
pub fn is_named() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos")))
        || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(is_set)
}

/// Takes X11 where a Wayland session offers both: this winit hands no dropped files to Wayland windows
/// (github.com/rust-windowing/winit/issues/1881), and dropping is how pictures are opened here.
#[cfg(target_os = "linux")]
pub fn event_loop_hook() -> Option<eframe::EventLoopBuilderHook> {
    use winit::platform::x11::EventLoopBuilderExtX11 as _;

    let display = env::var("DISPLAY").ok()?;
    let number = display.strip_prefix(':')?.split('.').next()?;
    let answers = std::os::unix::net::UnixStream::connect(format!("/tmp/.X11-unix/X{number}")).is_ok();
    let both = answers && env::var_os("WAYLAND_DISPLAY").is_some();
    both.then(|| -> eframe::EventLoopBuilderHook {
        Box::new(|builder| {
            builder.with_x11();
        })
    })
}

/// Elsewhere there is one display to use.
#[cfg(not(target_os = "linux"))]
pub fn event_loop_hook() -> Option<eframe::EventLoopBuilderHook> {
    None
}
