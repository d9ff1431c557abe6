# tools/setup/packages.sh: the packages of the machine's own Debian that a use of this project needs.
# Sourced by tools/setup.sh.
# shellcheck shell=bash

readonly LLVM_VERSION=19

# packages_for USE: one package a line. USE is native (the command line), desktop, web or test.
packages_for() {
  local -a list=(g++ cmake ninja-build ccache git python3)
  case $1 in
    desktop) list+=(pkg-config libsdl2-dev libgl-dev) ;;
    web) list+=("clang-$LLVM_VERSION" "lld-$LLVM_VERSION" "llvm-$LLVM_VERSION" patchelf) ;;
    test)
      list+=("clang-$LLVM_VERSION" "lld-$LLVM_VERSION" "llvm-$LLVM_VERSION" patchelf)
      list+=("libclang-rt-$LLVM_VERSION-dev" pkg-config libsdl2-dev libgl-dev libgl1-mesa-dri)
      list+=(binutils chromium curl fonts-dejavu-core nghttp2-client xauth xvfb)
      ;;
  esac
  printf '%s\n' "${list[@]}"
}

# The packages of packages_for USE that are not installed. Node may come from elsewhere, so it is
# looked up by its command.
missing_packages() {
  local package
  local -A installed=()
  while read -r package; do
    installed[$package]=1
  done < <(dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
  while read -r package; do
    # pkg-config became a name that pkgconf provides.
    if [[ $package == pkg-config ]] && command -v pkg-config >/dev/null; then continue; fi
    if [[ -z ${installed[$package]:-} ]]; then printf '%s\n' "$package"; fi
  done < <(packages_for "$1")
  case $1 in
    web | test) command -v node >/dev/null || printf 'nodejs\n' ;;&
    test) command -v npm >/dev/null || printf 'npm\n' ;;&
    desktop | web | test)
      # pip only serves to fetch these; a cache that has them needs no pip.
      if { ! item_ready imgui || { [[ $1 == test ]] && ! item_ready grpc; }; } && ! python3 -m pip --version >/dev/null 2>&1; then printf 'python3-pip\n'; fi
      ;;
  esac
}

plan_packages() {
  local -a missing
  mapfile -t missing < <(missing_packages "$1")
  if ((${#missing[@]} == 0)); then return; fi
  if ! command -v apt-get >/dev/null; then
    die 1 "this machine has no apt; install what these Debian packages hold: ${missing[*]}"
  fi
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      die 1 "these Debian packages are missing, and neither root nor sudo is here to install them: apt-get install ${missing[*]}"
    fi
    # Ask for the password now, while the terminal is not hidden behind a step.
    sudo -v || die 1 "sudo was refused; as root, run: apt-get install ${missing[*]}"
  fi
  plan apt packages "Debian packages (${#missing[@]})" "install_packages ${missing[*]}"
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

install_packages() {
  local -a options=(-o DPkg::Lock::Timeout=300 -o Acquire::Retries=2)
  # An unrelated source that cannot be refreshed is no reason to stop; a package that cannot be
  # found afterwards is.
  as_root apt-get "${options[@]}" update || true
  as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install --yes --no-install-recommends "$@"
}
