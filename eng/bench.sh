#!/usr/bin/env bash
# Compares reading of objects and the use of maps with libbpf's. Called by build.sh, which sets BPF_CLANG and LLVM_STRIP.
# Usage: eng/bench.sh [OBJECT...]        ours and libbpf's in turns, on test objects or those given
#        eng/bench.sh maps               operations on maps, ours and libbpf's in turns (as root)
#        eng/bench.sh details [OPTION...] ours by BenchmarkDotNet, which takes the options
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$PWD/artifacts/bench
mkdir -p "$folder"

# Objects as they are shipped, without DWARF. NAME SOURCE [OPTION OF CLANG...]
compile() {
    local object=$folder/$1.bpf.o source=$2
    shift 2
    [ ! "$object" -nt "$source" ] || return 0
    "$BPF_CLANG" -target bpfel -g -O2 -mcpu=v3 -D__TARGET_ARCH_x86 "-I/usr/include/$(uname -m)-linux-gnu" "$@" \
        -c "$source" -o "$object"
    "$LLVM_STRIP" -g "$object"
}

compile small tests/testdata/counter.bpf.c
compile medium bench/objects/units.bpf.c -DUNITS=10
compile large bench/objects/units.bpf.c -DUNITS=300
dotnet build bench/Ebpf.Bench -c Release --nologo -v quiet
objects=("$folder"/{small,medium,large}.bpf.o)
built=artifacts/bin/Ebpf.Bench/release

if [ "${1:-}" = details ]; then
    shift
    BENCH_OBJECTS=$(IFS=:; echo "${objects[*]}") exec "$built/Ebpf.Bench" --artifacts "$folder/details" --filter '*' "$@"
fi

[ $# -eq 0 ] || [ "$1" = maps ] || objects=("$@")

# The newest libbpf that is here: that of the conformance tests, which is linked statically, or the system's.
newest=artifacts/conformance/packages/libbpf/usr
library=$(find "$newest" -name libbpf.a -print -quit 2>/dev/null || true)
if [ -n "$library" ]; then
    cc -std=c11 -O2 -c tests/Ebpf.Conformance/libbpf/compatibility.c -o "$folder/compatibility.o"
    link=("-I$newest/include" "$library" "$folder/compatibility.o" -lelf -lz)
else
    link=(-lbpf)
fi
if [ "${1:-}" = maps ]; then
    cc -std=gnu11 -O2 -Wall -Werror -pthread -o "$folder/maps" bench/libbpf/maps.c "${link[@]}"
    exec "$built/Ebpf.Bench" maps "$folder/maps"
fi
cc -std=gnu11 -O2 -Wall -Werror -o "$folder/open" bench/libbpf/open.c "${link[@]}"
exec "$built/Ebpf.Bench" compare "$folder/open" "${objects[@]}"
