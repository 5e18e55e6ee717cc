# Sourced by the other scripts: what a machine needs, and how it gets it.

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)

say() { printf 'dlvideo: %s\n' "$*" >&2; }
die() { say "$*"; exit 69; }

# The Swift toolchain, 6.1 or later, is the one thing that is not installed from here.
need_swift() {
  local version
  command -v swift >/dev/null ||
    die "no Swift toolchain: install Swift 6.1 or later from https://swift.org/install and put it on the PATH"
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  [ "$(printf '6.1\n%s\n' "$version" | sort -V | head -n 1)" = 6.1 ] ||
    die "Swift ${version:-of unknown version} is too old: install 6.1 or later from https://swift.org/install"
}

# need_packages CHECK PACKAGE...: installs the Debian packages unless CHECK succeeds.
need_packages() {
  local check=$1 sudo=
  shift
  if $check; then return; fi
  command -v apt-get >/dev/null || die "missing: $*; install them with this system's package manager"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "missing: $*; as root, run: apt-get install $*"
    sudo=sudo
  fi
  say "installing $*"
  local log
  log=$(mktemp)
  if ! { $sudo apt-get update -q && $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get could not install $*"
  fi
  rm -f "$log"
}

has_build_libraries() {
  command -v pkg-config >/dev/null &&
    pkg-config --exists libavdevice libavformat libavcodec libswscale libavutil &&
    { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -q 'libopenblas\.so\.0'
}

need_build_libraries() {
  need_packages has_build_libraries pkg-config libavdevice-dev libavformat-dev libavcodec-dev \
    libswscale-dev libavutil-dev libopenblas0
}
