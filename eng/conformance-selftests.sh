#!/usr/bin/env bash
# Compiles the kernel's BPF selftests as their Makefile does. An object is made anew only when its source, a header, an
# option or the compiler has changed. What does not compile is listed in OUTPUT/failed, with the message beside it.
# Usage: eng/conformance-selftests.sh PACKAGES OUTPUT CPU
#   PACKAGES  the directory that eng/conformance-packages.sh filled
#   CPU       v2 (the flavour no_alu32), v3 (the ordinary one) or v4
set -euo pipefail
packages=$(cd "$1" && pwd)
out=$2
cpu=$3
clang=${BPF_CLANG:?}
seconds=300 # for one object

selftests=$packages/linux/tools/testing/selftests/bpf
include=$packages/include
mkdir -p "$out"
out=$(cd "$out" && pwd)

# What "make" puts into tools/include: libbpf's headers of the same tree, and the kernel's types.
if [ ! -f "$include/vmlinux.h" ]; then
    mkdir -p "$include/bpf"
    cp "$packages"/linux/tools/lib/bpf/*.h "$include/bpf/"
    python3 "$packages/linux/scripts/bpf_doc.py" --header \
        --file "$packages/linux/tools/include/uapi/linux/bpf.h" > "$include/bpf/bpf_helper_defs.h"
    cp "$packages"/vmlinux/usr/include/*/linux/bpf/vmlinux.h "$include/"
fi

case $(uname -m) in
    x86_64) architecture=x86 ;;
    aarch64) architecture=arm64 ;;
    *) echo "No selftests for $(uname -m)." >&2; exit 1 ;;
esac
tools=$packages/linux/tools/include
options=("-D__TARGET_ARCH_$architecture" -mlittle-endian "-I$include" "-I$selftests" "-I$tools/uapi")
# The rest of the options, and two more directories, differ between kernels: as the Makefile says.
flags=$(sed -n '/^BPF_CFLAGS = /,/[^\\]$/p' "$selftests/Makefile")
case $flags in *TOOLSINCDIR*) options+=("-I$tools" "-I$selftests/libarena/include") ;; esac
mapfile -t -O ${#options[@]} options < <(tr -s '[:space:]' '\n' <<< "$flags" | grep -E '^-([Wf]|g$|std=)')
# The directories that the compiler searches for this machine, but last.
while read -r searched; do options+=(-idirafter "$searched"); done < <(
    "$clang" -v -E - </dev/null 2>&1 | sed -n '/<...> search starts here:/,/End of search list./s/^ \(\/.*\)/\1/p')
[ "$cpu" = v2 ] || options+=(-DENABLE_ATOMICS_TESTS)
options+=(-O2 --target=bpf "-mcpu=$cpu")

common=$({ "$clang" --version; echo "${options[*]}"; find "$include" "$selftests" -type f -name '*.h' -print0 | sort -z | xargs -0 cat; } |
    sha256sum)

compile() {
    local source=$1 name extra key
    name=$(basename "$source" .c)
    # Some have options of their own: progs/NAME.c-CFLAGS := OPTIONS.
    extra=$(sed -n "s,^progs/$name\.c-CFLAGS := ,,p" "$selftests/Makefile")
    key=$({ echo "$common $extra"; cat "$source"; } | sha256sum)
    if [ -f "$out/$name.bpf.o" ] && [ "$(cat "$out/$name.key" 2>/dev/null)" = "$key" ]; then return; fi
    rm -f "$out/$name".*
    # shellcheck disable=SC2086
    if timeout "$seconds" "$clang" "${options[@]}" $extra -c "$source" -o "$out/$name.tmp" 2> "$out/$name.log"; then
        mv "$out/$name.tmp" "$out/$name.bpf.o"
        echo "$key" > "$out/$name.key"
        rm "$out/$name.log"
    else
        rm -f "$out/$name.tmp"
    fi
}

started=$SECONDS
workers=$(nproc)
mapfile -t sources < <(printf '%s\n' "$selftests"/progs/*.c)
for ((worker = 0; worker < workers; worker++)); do
    for ((i = worker; i < ${#sources[@]}; i += workers)); do compile "${sources[i]}"; done &
done
wait

find "$out" -name '*.log' -printf '%f\n' | sed 's/\.log$/.c/' | sort > "$out/failed"
echo "Selftests for -mcpu=$cpu: $(find "$out" -name '*.bpf.o' | wc -l) objects of ${#sources[@]} sources, $((SECONDS - started)) s."
if [ -s "$out/failed" ]; then
    echo "  $(wc -l < "$out/failed") do not compile (the messages are in $out):"
    paste -sd' ' "$out/failed" | fold -s -w 116 | sed 's/^/    /'
fi
