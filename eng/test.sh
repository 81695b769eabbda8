#!/usr/bin/env bash
# Runs every test project, built before with the solution, and closes with one line: N passed, N failed, N skipped.
# A project that does not run, crashes, runs no test or leaves no report counts as one failure.
# Usage: eng/test.sh CONFIGURATION
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
configuration=$1
results=artifacts/test-results
passed=0 failed=0 skipped=0

# The number in attribute $2 of the <Counters …/> of the report $1.
counter() { sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1; }

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        as_root=(sudo env "PATH=$PATH" "DOTNET_ROOT=${DOTNET_ROOT:-}")
    else
        echo "Not root, and no sudo: tests that need the kernel will fail or be skipped."
    fi
fi

# Runs project $1 and counts its report $2.trx; what follows goes to the project.
run_project() {
    local project=$1 name=$2 report=$results/$2.trx run=() status=0
    shift 2
    [ "$project" = Ebpf.Spec.Tests ] || run=("${as_root[@]}")
    "${run[@]}" dotnet "artifacts/bin/$project/${configuration,,}/$project.dll" --progress off --no-ansi --timeout 30m \
        --report-trx --report-trx-filename "$name.trx" --results-directory "$PWD/$results" "$@" </dev/null || status=$?

    local project_passed=0 project_failed=0 project_total=0
    if [ -f "$report" ]; then
        project_total=$(counter "$report" total)
        project_passed=$(counter "$report" passed)
        project_failed=$(($(counter "$report" failed) + $(counter "$report" error) + $(counter "$report" timeout)))
    fi
    if [ "$status" -ne 0 ] && [ "${project_failed:-0}" -eq 0 ]; then
        echo "$name: exit code $status without a failed test: counted as one failure."
        project_failed=1
        project_total=$((project_total + 1))
    elif [ "${project_total:-0}" -eq 0 ]; then
        echo "$name: no report, or no test in it: counted as one failure."
        project_failed=1
        project_total=1
    fi
    passed=$((passed + project_passed))
    failed=$((failed + project_failed))
    skipped=$((skipped + project_total - project_passed - project_failed))
}

rm -rf "$results"
mkdir -p "$results"
for directory in tests/*.Tests; do
    run_project "${directory##*/}" "${directory##*/}"
done

# Whatever reads objects must read those of the oldest supported compiler too.
older_objects=$PWD/artifacts/oldest-clang/testdata
if [ -d "$older_objects" ]; then
    echo "Ebpf.Spec.Tests once more, with objects from the oldest supported clang:"
    # Those of the running kernel's types read no objects, and take long.
    EBPF_TESTDATA=$older_objects run_project Ebpf.Spec.Tests Ebpf.Spec.Tests.oldest-clang \
        --filter-not-class '*.KernelBtfTests' '*.KernelCSharpTests' '*.VmlinuxHeaderTests'
fi

# Compiled ahead of time by build.sh: one test.
if [ -x artifacts/aot/Ebpf.Aot ]; then
    if "${as_root[@]}" artifacts/aot/Ebpf.Aot artifacts/testdata/el/whole.bpf.o; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
else
    echo "Ebpf.Aot: not compiled ahead of time here (needs clang or gcc, and the package of the compiler): skipped."
    skipped=$((skipped + 1))
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
