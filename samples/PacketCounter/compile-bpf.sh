#!/bin/sh
# Compiles BPF C. Usage: compile-bpf.sh SOURCE OBJECT
# Environment: BPF_CLANG (default: the newest clang-NN on PATH, else clang), LLVM_STRIP (default: the one beside clang).
set -eu
source=$1
object=$2

# The highest NN of the commands clang-NN on PATH.
newest_version() {
	IFS=:
	for directory in $PATH; do
		ls "$directory" 2>/dev/null || true
	done | sed -n 's/^clang-\([0-9][0-9]*\)$/\1/p' | sort -n | tail -n 1
}

clang=${BPF_CLANG:-}
if [ -z "$clang" ]; then
	version=$(newest_version)
	clang=clang${version:+-$version}
fi
if ! command -v "$clang" >/dev/null; then
	echo "compile-bpf.sh: error: $clang was not found: install clang, or set BPF_CLANG to its path" >&2
	exit 1
fi

# Debian and its kin keep <asm/types.h> in a folder per architecture.
# -g makes BTF, which describes maps and variables; the compilation directory is left out: the same object anywhere.
"$clang" -target bpf -mcpu=v3 -O2 -g -fdebug-compilation-dir=. -Wall -Werror \
	-idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$source" -o "$object"

# DWARF, which only debuggers read, is most of the file; BTF stays.
strip=${LLVM_STRIP:-$("$clang" -print-prog-name=llvm-strip)}
if command -v "$strip" >/dev/null; then
	"$strip" -g "$object"
fi
