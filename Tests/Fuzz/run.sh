#!/bin/sh
# Builds the fuzz targets and runs each of them:
#   run.sh [SECONDS [TARGET...]]       SECONDS a target (60); targets YAML, Interpolation, DotEnv,
#                                      Dockerfile, Reference, Manifest, Tar
# FUZZ_BUILD names another place for the build and for the inputs that were found interesting.
# FUZZ_SANITIZERS=fuzzer leaves out the address sanitizer, which makes a run several times as fast.
# An input that crashes is left there as crash-*, and the run ends with an error.
set -eu

seconds=${1:-60}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- YAML Interpolation DotEnv Dockerfile Reference Manifest Tar
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${FUZZ_BUILD:-$root/.build/fuzz}
sanitizers=${FUZZ_SANITIZERS:-fuzzer,address}
mkdir -p "$build"

# The backtracer of Swift and the address sanitizer get into each other's way.
export SWIFT_BACKTRACE=enable=no
# Tables that are made once and kept for good hold pointers in a form that counts as a leak.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=0}"

compile() {
  swiftc -parse-as-library -O -swift-version 6 -package-name roost -sanitize="$sanitizers" \
    -enable-upcoming-feature ExistentialAny \
    -I "$build" -I "$root/Sources/CLibYAML" -I "$root/Sources/CCrypto" -I "$build/CLinux" "$@"
}

# The package manager makes a module of the wrappers in C.
mkdir -p "$build/CLinux"
echo "module CLinux { header \"$root/Sources/CLinux/include/CLinux.h\" export * }" \
  > "$build/CLinux/module.modulemap"
clang -r -nostdlib -O2 -I "$root/Sources/CLinux/include" -o "$build/CLinux.o" \
  "$root"/Sources/CLinux/*.c

# In the order of their imports, which are listed in Package.swift.
for module in Model YAML Compose Hashing Linux State Image; do
  find "$root/Sources/$module/" -name '*.swift' > "$build/$module.files"
  compile -wmo -enable-testing -module-name "$module" -emit-object -o "$build/$module.o" \
    -emit-module -emit-module-path "$build/$module.swiftmodule" @"$build/$module.files"
done

for target; do
  case $target in
    Dockerfile | Reference | Manifest | Tar)
      objects="Image State Linux CLinux Hashing Model" words=image length=4096 ;;
    *) objects="Compose YAML Model" words=compose length=600 ;;
  esac
  # shellcheck disable=SC2046,SC2086 # a list of words
  compile "$root/Tests/Fuzz/${target}Fuzz.swift" -module-name "${target}Fuzz" \
    $(printf "$build/%s.o " $objects) -lyaml -lcrypto -o "$build/${target}Fuzz"
  corpus=$build/corpus-$target
  mkdir -p "$corpus"
  (cd "$build" && "./${target}Fuzz" "$corpus" -dict="$root/Tests/Fuzz/$words.dict" \
    -max_len=$length -timeout=10 -rss_limit_mb=1024 -max_total_time="$seconds" \
    -print_final_stats=1)
done
