#!/usr/bin/env bash
# Fuzzes what reads bytes from strangers, guided by coverage.
# Usage: eng/fuzz.sh [TARGET] [SECONDS]         each target (object, btf, btfext, instructions, core, value, minbtf, rewrite, print, usdt, executable, xz) for SECONDS (60), or one
#        eng/fuzz.sh TARGET repro FILE...       what the library does with an input
# Called by build.sh, which sets BPF_CLANG. Inputs are kept in artifacts/fuzz/TARGET: seeds (test objects), corpus (what
# found new ways through the code, in this and earlier runs), failures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=artifacts/fuzz
built=artifacts/bin/Ebpf.Fuzz/release

dotnet build tests/Ebpf.Fuzz -c Release --nologo -v quiet
if [ "${2:-}" = repro ]; then
    target=$1
    shift 2
    exec "$built/Ebpf.Fuzz" repro "$target" "$@"
fi

# The library of the fuzzer: clang's, which has no shared one, with what .NET calls.
mkdir -p "$folder/host"
archive=$(find "$("$BPF_CLANG" -print-resource-dir)/lib" -name "libclang_rt.fuzzer_no_main*" | grep -E "no_main(-$(uname -m))?\.a$")
if [ ! -f "$folder/libfuzzer.so" ] || [ eng/fuzz/libfuzzer.c -nt "$folder/libfuzzer.so" ]; then
    "$BPF_CLANG" -O2 -Wall -Werror -shared -fPIC -fvisibility=hidden -o "$folder/libfuzzer.so" eng/fuzz/libfuzzer.c \
        -Wl,--whole-archive "$archive" -Wl,--no-whole-archive -lstdc++ -lm -lpthread
fi

cp -r --remove-destination "$built/." "$folder/host"
cp --remove-destination "$folder/libfuzzer.so" "$folder/host"
"$folder/host/Ebpf.Fuzz" instrument "$folder/host/Ebpf.Spec.dll"

targets=(object btf btfext instructions core value minbtf rewrite print usdt executable xz)
case ${1:-} in
    "" | [0-9]*) seconds=${1:-60} ;;
    *)
        targets=("$1")
        seconds=${2:-60}
        ;;
esac

status=0
for target in "${targets[@]}"; do
    mkdir -p "$folder/$target"
    dictionary=eng/fuzz/$target.dict
    options=()
    [ ! -f "$dictionary" ] || options=("-dict=$dictionary")
    "$built/Ebpf.Fuzz" run "$target" "$folder/$target" "$folder/host/Ebpf.Fuzz" "$seconds" "${options[@]}" \
        2>&1 | tee "$folder/$target/log" | grep -vE '^#[0-9]+\s+(REDUCE|NEW)|^INFO:|^WARNING: Failed to find|^"|^###' || status=1
    "$folder/host/Ebpf.Fuzz" coverage "$target" "$folder/$target/seeds" "$folder/$target/corpus"
done
exit $status
