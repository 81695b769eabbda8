#!/bin/sh
# Prints the clang that compiles BPF C: $BPF_CLANG, else the newest clang-NN or clang on PATH that is 16 or newer.
# With --oldest: clang 16 itself, the oldest that is supported.
# Exits with 1, silently, when there is none.
set -eu
minimum=16

# The major version of the clang $1; nothing if it is none.
major() {
    "$1" --version 2>/dev/null | sed -n 's/.*clang version \([0-9][0-9]*\).*/\1/p' | head -n 1
}

if [ "${1:-}" = --oldest ]; then
    command -v clang-$minimum
    exit
fi

if [ -n "${BPF_CLANG:-}" ]; then
    command -v "$BPF_CLANG"
    exit
fi

best=
best_major=$((minimum - 1))
IFS=:
for directory in $PATH; do
    for candidate in "$directory"/clang-[0-9] "$directory"/clang-[0-9][0-9] "$directory"/clang; do
        [ -x "$candidate" ] || continue
        candidate_major=$(major "$candidate")
        if [ "${candidate_major:-0}" -gt "$best_major" ]; then
            best=$candidate
            best_major=$candidate_major
        fi
    done
done
[ -n "$best" ] && echo "$best"
