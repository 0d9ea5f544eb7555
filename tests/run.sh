#!/usr/bin/env bash
# Everything a change has to pass, ending with one line: N passed, N failed, N skipped.
#
#   tests/run.sh [--sanitizers] [--kills N]
#     --sanitizers  the builds of asan and tsan too, about half an hour more on two cores
#     --kills N     how often the crash test kills the engine: 100 unless told, about a second each
#
# The check build (debug; the files of a module are compiled together) runs every test; asan (address
# and undefined behaviour) all but the crash test, tsan (threads) the unit tests; the simulation has one
# thread and nothing to race with. Says little when all is well; logs are in build/logs. Ends with 0 only
# when nothing failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  echo "usage: tests/run.sh [--sanitizers] [--kills N]" >&2
  exit 2
}
formatted=yes  # tests/format.sh holds the tree to it
sanitizers=
kills=
while (($#)); do
  case "$1" in
    --sanitizers) sanitizers=yes ;;
    --kills)
      [[ ${2-} =~ ^[0-9]+$ ]] || usage
      kills=$2
      shift
      ;;
    *) usage ;;
  esac
  shift
done

logs=$PWD/build/logs
mkdir -p "$logs"
jobs=$(nproc)
passed=0
failed=0
skipped=0

finish() {
  local code=$?
  trap - EXIT
  if ((code && !failed)); then failed=1; fi
  echo
  echo "$passed passed, $failed failed, $skipped skipped"
  exit $((failed > 0))
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '%-8s %s\n' "$1" "$2"; }

# build PRESET TARGET...
build() {
  local preset=$1 log=$logs/$1-build.log from=$SECONDS
  shift
  if ! { cmake --preset "$preset" && cmake --build "build/$preset" -j"$jobs" --target "$@"; } >"$log" 2>&1; then
    grep -E '(error|FAILED|CMake Error)' "$log" | head -n 20 >&2 || true
    tail -n 20 "$log" >&2
    say "$preset" "does not build, see $log"
    failed=$((failed + 1))
    return 1
  fi
  say "$preset" "built in $((SECONDS - from)) s"
}

# run PRESET CTEST_OPTION...
run() {
  local preset=$1 log=$logs/$1-tests.log report=$logs/$1-tests.xml from=$SECONDS
  shift
  rm -f "$report"
  local code=0
  ctest --test-dir "build/$preset" -j"$jobs" --timeout 900 --output-on-failure --no-tests=error \
    --test-output-size-passed 10000000 --output-junit "$report" "$@" >"$log" 2>&1 || code=$?
  local suite
  suite=$(tr '\n\t' '  ' <"$report" 2>/dev/null | grep -o '<testsuite [^>]*>' || true)
  count() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/; t; s/.*/0/" <<<"$suite"; }
  local all wrong left
  all=$(count tests)
  wrong=$(count failures)
  left=$(($(count skipped) + $(count disabled)))
  if ((!all || code && !wrong)); then
    tail -n 40 "$log" >&2
    say "$preset" "ctest could not run, see $log"
    failed=$((failed + 1))
    return 0
  fi
  local right=$((all - wrong - left))
  passed=$((passed + right))
  # A program of tests that leaves some out passes all the same; what it left out is counted too.
  left=$((left + $(awk '/^\[  SKIPPED \] [0-9]+ test/ { n += $4 } /^OK \(skipped=/ { gsub(/[^0-9]/, ""); n += $0 } END { print n + 0 }' "$report")))
  failed=$((failed + wrong))
  skipped=$((skipped + left))
  if ((wrong)); then
    # From the first failure on; passing tests in between are left out.
    grep -vE '^ *[0-9]+/[0-9]+ Test.* Passed |^ *Start +[0-9]+: ' "$log" | head -n 300 >&2
  fi
  say "$preset" "$right passed, $wrong failed, $left skipped in $((SECONDS - from)) s"
}

deploy/install-packages.sh test
# What npm's clients, the OpenID Connect provider and the look at pages need; without it those tests are skipped.
for packages in tests/e2e/*/package-lock.json; do
  (
    cd "${packages%/*}"
    [[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --silent
  ) >>"$logs/npm.log" 2>&1 || say npm "could not install for $packages, see $logs/npm.log"
done

if [[ $formatted ]]; then
  if tests/format.sh >"$logs/format.log" 2>&1; then
    passed=$((passed + 1))
  else
    cat "$logs/format.log" >&2
    failed=$((failed + 1))
  fi
fi

build check all || exit 1
run check ${kills:+--exclude-regex '^crash$'}
if [[ $kills ]]; then
  if /usr/bin/python3 tests/crash/crash_loop.py --kills "$kills" >"$logs/crash.log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    tail -n 100 "$logs/crash.log" >&2
  fi
  say crash "$(tail -n 1 "$logs/crash.log")"
fi

if [[ $sanitizers ]]; then
  export ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:check_initialization_order=1
  export LSAN_OPTIONS=suppressions=$PWD/tests/sanitizers/lsan.supp:print_suppressions=0
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
  export TSAN_OPTIONS=suppressions=$PWD/tests/sanitizers/tsan.supp:history_size=4:second_deadlock_stack=1
  if build asan tests/all casewheeld casewheel; then run asan --exclude-regex '^(crash|house)'; fi
  # These two work on gRPC's own threads, which this sanitizer cannot see into.
  grpc_tests='^unit_(cli|door_grpc)$'
  mapfile -t unit_tests < <(ctest --test-dir build/check -N -R '^unit_' -E "$grpc_tests" | sed -n 's/.*: unit_\(.*\)/\1_test/p')
  if build tsan "${unit_tests[@]}"; then run tsan --tests-regex '^unit_' --exclude-regex "$grpc_tests"; fi
fi
