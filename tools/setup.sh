#!/usr/bin/env bash
# tools/setup.sh [--for native|desktop|web|test]: fetches whatever a use of this project needs and
# the machine lacks, then links it into build/deps. A second run finds everything and does nothing.
#
#   native   the command line                       (compiler, header libraries)
#   desktop  the playground as a desktop program    (SDL2, Dear ImGui)
#   web      the playground's page                  (Emscripten, SDL2, Dear ImGui)
#   test     every build and every test             (all of it, Chromium; the default)

set -euo pipefail

# shellcheck source=tools/setup/progress.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup/progress.sh"
# shellcheck source=tools/setup/packages.sh
. "$ORRERY_ROOT/tools/setup/packages.sh"
# shellcheck source=tools/setup/third_party.sh
. "$ORRERY_ROOT/tools/setup/third_party.sh"

# plan_setup USE: the steps that are still to be done; link_items USE must follow them.
plan_setup() {
  plan_packages "$1"
  plan_items "$1"
}

setup_main() {
  local use=test
  while (($# > 0)); do
    case $1 in
      --for)
        use=${2:-}
        shift $(($# > 1 ? 2 : 1))
        ;;
      --for=*)
        use=${1#--for=}
        shift
        ;;
      *) die 2 "setup does not know \"$1\"; usage: ./orrery setup [--for native|desktop|web|test]" ;;
    esac
  done
  case $use in
    native | desktop | web | test) ;;
    *) die 2 "setup --for takes native, desktop, web or test, not \"$use\"" ;;
  esac
  plan_setup "$use"
  run_plan
  link_items "$use"
  say "Everything for \"$use\" is set up."
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  setup_main "$@"
fi
