#!/usr/bin/env bash
# Compares reading of objects, of the kernel's types, and the use of maps with libbpf's. Called by build.sh, which sets
# BPF_CLANG and LLVM_STRIP.
# Usage: eng/bench.sh [OBJECT...]        ours and libbpf's in turns, on test objects or those given
#        eng/bench.sh kernel              the kernel's types: opening, printing, CO-RE; and processes that do nothing else
#        eng/bench.sh maps                operations on maps (as root)
#        eng/bench.sh load                loading a hundred programs (as root)
#        eng/bench.sh links               attaching and detaching a thousand times (as root)
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
compile loops bench/objects/loops.bpf.c
compile reads bench/objects/reads.bpf.c
compile links bench/objects/links.bpf.c
dotnet build bench/Ebpf.Bench -c Release --nologo -v quiet
objects=("$folder"/{small,medium,large}.bpf.o)
built=artifacts/bin/Ebpf.Bench/release

if [ "${1:-}" = details ]; then
    shift
    BENCH_OBJECTS=$(IFS=:; echo "${objects[*]}") exec "$built/Ebpf.Bench" --artifacts "$folder/details" --filter '*' "$@"
fi

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

if [ "${1:-}" = load ]; then
    cc -std=gnu11 -O2 -Wall -Werror -o "$folder/load" bench/libbpf/load.c "${link[@]}"
    exec "$built/Ebpf.Bench" load "$folder/load" "$folder/loops.bpf.o"
fi

if [ "${1:-}" = links ]; then
    cc -std=gnu11 -O2 -Wall -Werror -o "$folder/links" bench/libbpf/links.c "${link[@]}"
    exec "$built/Ebpf.Bench" links "$folder/links" "$folder/links.bpf.o" "$(ldd "$folder/links" | sed -n 's/.*libc\.so\.6 => \([^ ]*\).*/\1/p')" getpgid
fi

# libbpf's part of the work with the kernel's types; static, as it puts a kernel that says yes in the place of the real one.
if [ "${1:-}" = kernel ]; then
    [ -n "$library" ] || link=(-l:libbpf.a -lelf -lz)
    cc -std=gnu11 -O2 -Wall -Werror -o "$folder/kernel" bench/libbpf/kernel.c "${link[@]}" -ldl
    cc -std=gnu11 -O2 -Wall -Werror -o "$folder/turns" bench/libbpf/turns.c
    dotnet build bench/Ebpf.Bench.Cold -c Release --nologo -v quiet
    dotnet publish bench/Ebpf.Bench.Cold -c Release -r "linux-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')" \
        -p:PublishAot=true --nologo -v quiet -o "$folder/ahead-of-time"
    "$built/Ebpf.Bench" kernel "$folder/kernel" "$folder"/{reads,large}.bpf.o
    echo
    echo "Processes that open the kernel's types and find struct task_struct, in turns, from start to end; medians:"
    cold=("$folder/kernel once" "$folder/ahead-of-time/Ebpf.Bench.Cold" "artifacts/bin/Ebpf.Bench.Cold/release/Ebpf.Bench.Cold")
    # shellcheck disable=SC2086
    "$folder/turns" 41 ${cold[0]} , "${cold[1]}" , "${cold[2]}"
    echo "In one of each: the type's id, microseconds of real time that it took, KiB by which the process' own memory grew:"
    for command in "${cold[@]}"; do
        # shellcheck disable=SC2086
        echo "  $($command)   ${command##*/bench/}"
    done
    exit
fi

[ $# -eq 0 ] || objects=("$@")
cc -std=gnu11 -O2 -Wall -Werror -o "$folder/open" bench/libbpf/open.c "${link[@]}"
exec "$built/Ebpf.Bench" compare "$folder/open" "${objects[@]}"
