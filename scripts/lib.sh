# What the scripts share: where things are built, what must be installed, how it is installed.
# Sourced by the other scripts, which set `assume_yes` and `root` before.

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/avatardesk/target}"
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"
PATH="$HOME/.cargo/bin:$PATH"

# Debian and Ubuntu. To build: a C compiler, cmake (whisper.cpp), the headers of ALSA and Wayland.
# To run: Vulkan (a software driver where there is no GPU), X11 and keyboard libraries, espeak-ng, Chinese glyphs.
packages_build="build-essential pkg-config cmake curl ca-certificates libasound2-dev libwayland-dev libxkbcommon-dev"
packages_run="libvulkan1 mesa-vulkan-drivers libx11-6 libxcursor1 libxi6 libxrandr2 libx11-xcb1 libxkbcommon-x11-0 libwayland-client0 espeak-ng fonts-noto-cjk"
# To package.
packages_package="binutils dpkg-dev xz-utils"
# Each of these has Chinese glyphs that the program finds.
chinese_glyphs="fonts-noto-cjk | fonts-wqy-microhei | fonts-wqy-zenhei | fonts-droid-fallback"
packages_test="flite sox xvfb python3-websockets python3-cryptography"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# ask QUESTION: true when the answer is yes. `--yes` answers every question; without a terminal the answer is no.
ask() {
  [ "${assume_yes:-no}" = yes ] && return 0
  [ -t 0 ] || die "$1: no terminal to ask on. Run again with --yes."
  printf '%s [y/N] ' "$1" >&2
  read -r answer
  case "$answer" in y | Y | yes) return 0 ;; *) return 1 ;; esac
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    die "root is needed for: $*. Run it as root, then start this script again."
  fi
}

other_systems() {
  cat >&2 <<'LIST'
This script installs with apt only. On other systems install these first, then run it again with --no-install:
  dnf:    gcc gcc-c++ cmake pkgconf curl alsa-lib-devel wayland-devel libxkbcommon-devel vulkan-loader mesa-vulkan-drivers
          libXcursor libXi libXrandr libxkbcommon-x11 espeak-ng google-noto-sans-cjk-fonts flite sox xorg-x11-server-Xvfb
  pacman: base-devel cmake curl alsa-lib wayland libxkbcommon vulkan-icd-loader vulkan-swrast libxcursor libxi libxrandr
          libxkbcommon-x11 espeak-ng noto-fonts-cjk flite sox xorg-server-xvfb
  brew:   cmake pkg-config espeak-ng sox
LIST
}

# install_packages NAME...: installs those that are missing, after saying which.
install_packages() {
  [ "${no_install:-no}" = yes ] && return 0
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    other_systems
    die "no apt here"
  fi
  missing=""
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  say "To be installed with apt:$missing"
  ask "Install them?" || die "without them the build fails. Install them yourself and run again with --no-install."
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >&2 || say "apt-get update failed; trying with the list that is here"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2 ||
    die "apt could not install:$missing"
}

rust_needed() { sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml"; }

rust_is_new_enough() {
  command -v cargo >/dev/null && command -v rustc >/dev/null || return 1
  have=$(rustc --version 2>/dev/null | cut -d' ' -f2)
  [ "$(printf '%s\n%s\n' "$(rust_needed)" "$have" | sort -V | head -n1)" = "$(rust_needed)" ]
}

install_rust() {
  rust_is_new_enough && return 0
  [ "${no_install:-no}" = yes ] && die "Rust $(rust_needed) or newer is needed"
  if command -v rustup >/dev/null; then
    say "Rust $(rust_needed) is needed; rustup will fetch it."
    ask "Fetch it?" || die "Rust $(rust_needed) or newer is needed"
    rustup toolchain install "$(rust_needed)" --profile minimal -c clippy -c rustfmt >&2 || die "rustup could not fetch Rust"
    export RUSTUP_TOOLCHAIN="$(rust_needed)"
  else
    say "Rust is needed; rustup (https://rustup.rs) will install it for this user."
    ask "Install it?" || die "Rust $(rust_needed) or newer is needed"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
      sh -s -- -y --no-modify-path --profile minimal -c clippy -c rustfmt --default-toolchain "$(rust_needed)" >&2 ||
      die "rustup could not install Rust: is the network there?"
  fi
  rust_is_new_enough || die "Rust is still older than $(rust_needed)"
}

# Old processors would stop with "illegal instruction" in the speech recogniser.
check_processor() {
  [ "$(uname -m)" != x86_64 ] || grep -q -m1 avx2 /proc/cpuinfo 2>/dev/null ||
    say "Warning: this processor has no AVX2; speech recognition will not run here."
}
