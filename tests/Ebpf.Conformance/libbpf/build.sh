#!/bin/sh
# Compiles "describe", "verdicts" and "link" here, with a libbpf: the system's, or one that was unpacked into a directory.
# usage: build.sh OUTPUT_DIRECTORY [DIRECTORY_OF_LIBBPF]
set -eu
sources=$(dirname "$0")
out=$1
root=${2:-}
cc=${CC:-cc}

# Static: describe's fake kernel takes the place of a function that libbpf calls.
library=
for candidate in "$root"/usr/lib/*-linux-gnu*/libbpf.a "$root"/usr/lib64/libbpf.a "$root"/usr/lib/libbpf.a; do
    [ ! -f "$candidate" ] || { library=$candidate; break; }
done
[ -n "$library" ] || { echo "There is no libbpf.a in $root/usr/lib." >&2; exit 1; }

mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings="-O1 -Wall -Wextra -Werror"
include=${root:+-I$root/usr/include}
for name in objects describe load fake_kernel verdicts link; do
    # shellcheck disable=SC2086
    "$cc" -std=gnu11 $warnings $include -c "$sources/$name.c" -o "$work/$name.o"
done
# shellcheck disable=SC2086
"$cc" -std=c11 $warnings -c "$sources/compatibility.c" -o "$work/compatibility.o"
"$cc" -o "$work/describe" "$work"/objects.o "$work"/describe.o "$work"/load.o "$work"/fake_kernel.o "$work"/compatibility.o \
    "$library" -lelf -lz -ldl
"$cc" -o "$work/verdicts" "$work"/objects.o "$work"/verdicts.o "$work"/compatibility.o "$library" -lelf -lz
"$cc" -o "$work/linker" "$work"/link.o "$work"/compatibility.o "$library" -lelf -lz
mv "$work/describe" "$out/describe"
mv "$work/verdicts" "$out/verdicts"
mv "$work/linker" "$out/link"
