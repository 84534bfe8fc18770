#!/usr/bin/env bash
# Runs the tests of the packed matrices (src/model/packed) as a program for 64-bit ARM, on another machine's processor: once
# as on one with the dot-product instruction, once as on one without. On an ARM machine `cargo test packed` does.
#   tools/aarch64.sh [NAME OF A TEST...]
# Needs qemu-aarch64, a linker and a C library for ARM, and the toolchain's standard library for it. What is missing is
# installed where that is possible, and named where it is not.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD target=aarch64-unknown-linux-gnu

give_up() { echo "tools/aarch64.sh: $1" >&2; exit 2; }
install() { # packages of Debian's
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
has_library() { ls "$(rustc --print sysroot)/lib/rustlib/$target/lib"/libstd-*.rlib >/dev/null 2>&1; }

command -v qemu-aarch64 >/dev/null || install qemu-user || give_up "no qemu-aarch64; install qemu-user"
command -v aarch64-linux-gnu-gcc >/dev/null || install gcc-aarch64-linux-gnu libc6-dev-arm64-cross ||
    give_up "no aarch64-linux-gnu-gcc; install gcc-aarch64-linux-gnu and libc6-dev-arm64-cross"
has_library || rustup target add $target || give_up "no standard library; rustup target add $target"

# A crate of that room alone, with the program's versions and lints.
crate=$(mktemp -d)
trap 'rm -rf "$crate"' EXIT
mkdir "$crate/src"
cp Cargo.lock "$crate"
{
    printf '[package]\nname = "packed"\nversion = "0.0.0"\nedition = "2024"\n[dependencies]\n'
    grep -E '^(half|rand|rand_chacha|rayon) = ' Cargo.toml
    sed -n '/^\[lints/,/^\[profile/{/^\[profile/!p}' Cargo.toml
} >"$crate/Cargo.toml"
cat >"$crate/src/lib.rs" <<RUST
//! The packed matrices by themselves.
#![allow(dead_code, unused_imports, reason = "what other rooms use")]
mod model {
    #[path = "$root/src/model/packed/mod.rs"]
    mod packed;
}
RUST

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$crate/target}" CARGO_TERM_COLOR=never
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
# With a C library of its own, so that it does not matter which one lies where.
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static"
on_arm() { # a command of cargo's, for that crate
    cargo "$1" --release --quiet --target $target --manifest-path "$crate/Cargo.toml" "${@:2}"
}
CLIPPY_CONF_DIR="$root" on_arm clippy --tests -- -D warnings
for processor in max cortex-a72; do
    echo "== as on qemu's processor '$processor'"
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -cpu $processor" on_arm test --lib -- "$@"
done
