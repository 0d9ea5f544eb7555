#!/bin/sh
# What casewheel's speed is held to (bench/README.md): builds the release preset, measures, prints a
# table and, with --json FILE, writes {name: value}. --quick takes under 3 minutes, a full run under
# 20. Uses only loopback and build/release; measures whose tools are missing (wrk, h2load, slowhttptest:
# deploy/install-packages.sh bench) are left out, and it says so. --build DIR measures another build and builds nothing.
set -eu
cd "$(dirname "$0")/.."

case " $* " in
  *" --build"*|*" --help "*|*" -h "*) ;;
  *)
    mkdir -p build/release
    log=build/release/bench-build.log
    if ! { cmake --preset release && cmake --build --preset release --target casewheeld casewheel casewheel_load \
           echo_server feeds pops storm closure raw_rows compact_data wheel_bench sla_bench; } >"$log" 2>&1; then
      tail -n 30 "$log" >&2
      echo "bench/run.sh: the build failed, see $log" >&2
      exit 1
    fi
    ;;
esac
exec python3 -B bench/run.py "$@"
