# tools/setup/progress.sh: numbered steps with elapsed time, and one clear line when a step fails.
# Sourced by ./orrery and tools/setup.sh. Everything is printed on stderr: stdout belongs to the verb.
#
# Steps are planned first (plan) and run afterwards (run_plan), so that each can say "3 of 9".
# shellcheck shell=bash

ORRERY_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ORRERY_LOGS=$ORRERY_ROOT/build/logs

plan_kinds=()
plan_logs=()
plan_titles=()
plan_commands=()

# say MESSAGE: a line for the person at the terminal.
say() {
  printf '%s\n' "$*" >&2
}

# die CODE MESSAGE: 1 for a problem of the environment, 2 for a mistake on the command line.
die() {
  local code=$1
  shift
  say "orrery: $*"
  exit "$code"
}

# plan KIND LOG TITLE COMMAND: KIND chooses the advice given on failure; COMMAND is a function and
# its arguments, none of which contains a space.
plan() {
  plan_kinds+=("$1")
  plan_logs+=("$ORRERY_LOGS/$2.log")
  plan_titles+=("$3")
  plan_commands+=("$4")
}

# Runs every planned step in order. Ends the script at the first one that fails.
run_plan() {
  local total=${#plan_titles[@]} i
  local -a words
  mkdir -p "$ORRERY_LOGS"
  for ((i = 0; i < total; i++)); do
    read -ra words <<<"${plan_commands[i]}"
    run_step "$((i + 1))/$total" "${plan_kinds[i]}" "${plan_logs[i]}" "${plan_titles[i]}" "${words[@]}"
  done
  plan_kinds=() plan_logs=() plan_titles=() plan_commands=()
}

# run_step NUMBER KIND LOG TITLE COMMAND...
run_step() {
  local number=$1 kind=$2 log=$3 title=$4 start=$SECONDS ticks=0 status=0 pid
  shift 4
  printf '[%s] %s ...' "$number" "$title" >&2
  # Job control gives the step a process group of its own, so that Ctrl-C ends all of it.
  set -m
  (
    set -euo pipefail
    "$@"
  ) >"$log" 2>&1 </dev/null &
  pid=$!
  set +m
  # shellcheck disable=SC2064  # The process group's number is wanted as it is now.
  trap "kill -TERM -- -$pid 2>/dev/null; wait $pid 2>/dev/null; printf ' interrupted\\n' >&2; exit 130" INT TERM
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.1
    ticks=$((ticks + 1))
    if [[ -t 2 ]]; then
      # A terminal sees the seconds, and Ninja's "[12/345]" while something is being built.
      if ((ticks % 5 == 0)); then
        printf '\r\033[K[%s] %s ... %d s %s' "$number" "$title" "$((SECONDS - start))" \
          "$(tail -n 1 "$log" 2>/dev/null | grep -oE '^\[[0-9]+/[0-9]+\]' || true)" >&2
      fi
    elif ((ticks % 200 == 0)); then
      # A log gets a sign of life, for those who stop a build that says nothing.
      printf '.' >&2
    fi
  done
  wait "$pid" || status=$?
  trap - INT TERM
  if [[ -t 2 ]]; then
    printf '\r\033[K[%s] %s ...' "$number" "$title" >&2
  fi
  if ((status == 0)); then
    printf ' %d s\n' "$((SECONDS - start))" >&2
    return
  fi
  printf ' failed after %d s\n' "$((SECONDS - start))" >&2
  explain_failure "$kind" "$log" "$title"
  exit 1
}

explain_failure() {
  local kind=$1 log=${2#"$ORRERY_ROOT"/} title=$3
  case $kind in
    apt) say "orrery: \"$title\" failed ($log). Is the Debian mirror reachable? Check the network, the proxy and apt's configuration, then run the same command again." ;;
    pip) say "orrery: \"$title\" failed ($log). Is the Python package index reachable? Check the network, the proxy and pip's configuration, then run the same command again." ;;
    npm) say "orrery: \"$title\" failed ($log). Is the npm registry reachable? Check the network, the proxy and npm's configuration, then run the same command again." ;;
    build)
      compiler_errors "$2" >&2
      say "orrery: \"$title\" failed; the compiler's words are above and in $log."
      ;;
    *) say "orrery: \"$title\" failed; see $log." ;;
  esac
}

# The part of a build log worth reading: from the first failed command on.
compiler_errors() {
  local first
  first=$(grep -nE '^FAILED:|^CMake Error|: error:|^ninja: error' "$1" | head -n 1 | cut -d : -f 1)
  tail -n "+${first:-1}" "$1" | head -n 60
}
