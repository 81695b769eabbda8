#!/usr/bin/env bash
# Brings src/*/PublicAPI.Unshipped.txt up to date with the code, so that the change shows in the diff for review.
set -euo pipefail
cd "$(dirname "$0")/.."
for project in src/*/; do
    file=${project}PublicAPI.Unshipped.txt
    [ -f "$file" ] || continue
    printf '#nullable enable\n' > "$file"
    # Every public symbol is now missing from the file; the analyzer names each as it should be written.
    dotnet build "$project" -p:TreatWarningsAsErrors=false -p:BuildProjectReferences=true --no-incremental 2>&1 |
        sed -n "s#.*/${project}.*RS0016: Symbol '\(.*\)' is not part of the declared public API.*#\1#p" |
        LC_ALL=C sort -u >> "$file"
    printf '%s: %s lines\n' "$file" "$(wc -l < "$file")"
done
