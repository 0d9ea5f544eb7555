#!/usr/bin/env bash
# Installs the Debian 12 packages casewheel is built and tested with, from the sources apt is set up
# with. Only what is missing: when nothing is, it asks no network and changes nothing.
#
#   deploy/install-packages.sh [build] [test] [bench]     default: build; the others include it
set -euo pipefail

# What CMakeLists.txt asks for by find_package, and the compilers. What these need themselves (c-ares,
# re2, civetweb, fmt) comes with them. tzdata: the tenants' time zones, read at run time. curl: with which the
# documents ask the engine by HTTP.
build=(
  g++ cmake ninja-build ccache pkg-config
  libgrpc++-dev protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libabsl-dev
  librocksdb-dev libboost1.81-dev libssl-dev libargon2-dev libutf8proc-dev libjemalloc-dev
  libspdlog-dev libical-dev libcli11-dev libyaml-cpp-dev prometheus-cpp-dev
  libphonenumber8 libcurl4-openssl-dev libmagic-dev libexiv2-dev libqrencode-dev libpugixml-dev
  tzdata zlib1g-dev curl
)
# tests/ and bench/: GoogleTest and Google Benchmark, clients in Python, the fuzzers' clang, formatting
# and tidying, ldb and sst_dump for damaging a store on purpose, the openssl command for certificates, what
# CPack makes a package with, and promtool for the alert rules.
test=(
  libgtest-dev libgmock-dev libbenchmark-dev
  python3 python3-grpcio python3-grpc-tools python3-protobuf
  clang clang-format clang-tidy libclang-rt-14-dev rocksdb-tools openssl
  python3-requests python3-lxml chromium
  dpkg-dev file fonts-wqy-microhei prometheus
)
# Other people's load tools and slow clients, for bench/run.sh.
bench=(libbenchmark-dev python3 wrk nghttp2-client slowhttptest)
# The OpenID Connect provider of tests/e2e/oidc runs on Node. Where npm came with another's Node, Debian's
# would only get in its way.
command -v npm >/dev/null || test+=(nodejs npm)

# libphonenumber's headers. Their package, libphonenumber-dev, asks for Boost 1.74's development files,
# which exclude libboost1.81-dev; but neither the headers nor the library use any Boost. So the library
# is installed as it should be, and the headers of the very same version are taken out of their package,
# into a folder of our own.
phone_headers=/usr/local/include/casewheel/phonenumbers
phone_headers_version=$phone_headers/.debian-version
phone_library_version() { dpkg-query -W -f '${Version}' libphonenumber8 2>/dev/null || true; }

wanted=("${build[@]}")
for set in "${@:-build}"; do
  case "$set" in
    build) ;;
    test) wanted+=("${test[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    *)
      echo "usage: deploy/install-packages.sh [build] [test] [bench]" >&2
      exit 2
      ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install-packages: no apt-get here; on Debian 12 these would be installed: ${wanted[*]}" >&2
  exit 1
fi

installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "${wanted[@]}" 2>/dev/null || true)"
missing=()
for package in "${wanted[@]}"; do
  [[ $installed == *" installed:$package "* ]] || missing+=("$package")
done
# The library, upgraded by itself, would leave headers of another version behind.
headers_missing=
if [[ $(cat "$phone_headers_version" 2>/dev/null) != "$(phone_library_version)" || ! -e $phone_headers_version ]]; then
  headers_missing=1
  [[ " ${missing[*]-} " == *" libphonenumber8 "* ]] || missing+=(libphonenumber8)
fi
((${#missing[@]})) || exit 0

as_root=()
if [[ $(id -u) != 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "install-packages: neither root nor sudo; let somebody who may run this (missing: ${missing[*]})" >&2
    exit 1
  fi
  as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)

log=$(mktemp)
unpacked=$(mktemp -d)
trap 'rm -rf "$log" "$unpacked"' EXIT
echo "install-packages: ${missing[*]}"
# A source that cannot be reached is no reason to stop while the others have what is needed.
"${apt[@]}" update >"$log" 2>&1 || echo "(apt-get update failed)" >>"$log"
if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "install-packages: apt-get could not install: ${missing[*]}" >&2
  exit 1
fi

# apt-get checks the package against the sources' signed lists as it does for one it installs.
if [[ $headers_missing ]]; then
  version=$(phone_library_version)
  if ! (cd "$unpacked" && apt-get -q download "libphonenumber-dev=$version" && dpkg-deb -x ./*.deb .) >>"$log" 2>&1 ||
    ! printf '%s\n' "$version" >"$unpacked/usr/include/phonenumbers/.debian-version" ||
    ! "${as_root[@]}" rm -rf "$phone_headers" ||
    ! "${as_root[@]}" install -d "${phone_headers%/*}" ||
    ! "${as_root[@]}" cp -r "$unpacked/usr/include/phonenumbers" "$phone_headers" ||
    ! "${as_root[@]}" chmod -R a+rX "${phone_headers%/*}"; then
    tail -n 40 "$log" >&2
    echo "install-packages: could not take the headers out of libphonenumber-dev $version" >&2
    exit 1
  fi
fi
