#!/usr/bin/env bash
# The tree's formatting (.clang-format) and its tidiness (.clang-tidy).
#
#   tests/format.sh                  names what is not formatted; 1 when there is any
#   tests/format.sh --fix            formats it
#   tests/format.sh --tidy [FILE...] clang-tidy on these .cc files, or on all of engine, storage and
#                                    bench; needs the dev build's compile_commands.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

sources() { find engine storage bench tests \( -name '*.h' -o -name '*.cc' \) -print0 | sort -z; }

case "${1-}" in
  '')
    unformatted=$(sources | xargs -0 -P"$(nproc)" -n32 clang-format --dry-run 2>&1 |
      sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning: .*/\1/p' | sort -u)
    if [[ $unformatted ]]; then
      echo "$unformatted"
      echo "tests/format.sh: not formatted; --fix does it" >&2
      exit 1
    fi
    ;;
  --fix) sources | xargs -0 -P"$(nproc)" -n32 clang-format -i ;;
  --tidy)
    shift
    [[ -e build/dev/compile_commands.json ]] || cmake --preset dev >/dev/null
    if (($#)); then printf '%s\0' "$@"; else find engine storage bench -name '*.cc' -print0 | sort -z; fi |
      xargs -0 -P"$(nproc)" -n4 clang-tidy -p build/dev --quiet
    ;;
  *)
    echo "usage: tests/format.sh [--fix | --tidy [FILE...]]" >&2
    exit 2
    ;;
esac
