#!/bin/sh
# tests/long_only.sh PROGRAM [argument...]: runs PROGRAM in `./orrery test --long`, skips it otherwise.
if [ -z "$ORRERY_LONG" ]; then
  echo "skipped: $1 runs with --long"
  exit 77
fi
exec "$@"
