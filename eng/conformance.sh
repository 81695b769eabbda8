#!/usr/bin/env bash
# Compares what this library reads in BPF objects, and makes of their code, with what the newest libbpf does: our own test
# objects, the kernel's BPF selftests compiled for two instruction sets and once more as libbpf's linker writes them, and
# the CO-RE selftests on every set of types that the kernel's developers thought of. Then, as root, what the running kernel
# says of every program of the selftests when either loads it. Everything that is fetched and compiled stays in
# artifacts/conformance.
# Usage: eng/conformance.sh CONFIGURATION, with BPF_CLANG set
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
configuration=$1
directory=artifacts/conformance
packages=$directory/packages
objects=$directory/objects
tools=$directory/tools
started=$SECONDS

eng/conformance-packages.sh "$packages"
tests/Ebpf.Conformance/libbpf/build.sh "$tools" "$packages/libbpf"
for cpu in v3 v4; do eng/conformance-selftests.sh "$packages" "$objects/selftests-$cpu" "$cpu"; done

# Each object once more as "bpftool gen object" writes it; and the selftests that are made of several.
rm -rf "$objects"/{linked,core-programs,core-types} "$objects"/testdata-*
mkdir -p "$objects/linked"
for object in "$objects"/selftests-v3/*.bpf.o; do
    "$tools/link" "$objects/linked/${object##*/}" "$object"
done
link() {
    local output=$1 parts=()
    shift
    for part in "$@"; do parts+=("$objects/selftests-v3/$part.bpf.o"); done
    "$tools/link" "$objects/linked/$output.linked.bpf.o" "${parts[@]}"
}
link test_static_linked test_static_linked1 test_static_linked2
link linked_funcs linked_funcs1 linked_funcs2
link linked_vars linked_vars1 linked_vars2
link linked_maps linked_maps1 linked_maps2
link test_subskeleton_lib test_subskeleton_lib2 test_subskeleton_lib
link test_subskeleton test_subskeleton_lib2 test_subskeleton_lib test_subskeleton
link test_usdt test_usdt test_usdt_multispec

# Every CO-RE program is relocated to every one of these types.
mkdir -p "$objects"/core-{programs,types}
cp "$objects"/selftests-v3/test_core_reloc_*.bpf.o "$objects/core-programs/"
cp "$objects"/selftests-v3/btf__core_reloc_*.bpf.o "$objects/core-types/"

dotnet build tests/Ebpf.Conformance -c "$configuration" --nologo -v quiet -clp:NoSummary
dotnet build tests/Ebpf.TestData -c "$configuration" --nologo -v quiet -clp:NoSummary
for order in el eb; do
    mkdir "$objects/testdata-$order"
    cp artifacts/testdata/"$order"/*.bpf.o "$objects/testdata-$order/"
done

status=0
compare=(dotnet "artifacts/bin/Ebpf.Conformance/${configuration,,}/Ebpf.Conformance.dll")
"${compare[@]}" describe "$tools/describe" \
    tests/Ebpf.Conformance/exceptions.txt "$objects"/{testdata-el,testdata-eb,selftests-v3,selftests-v4,linked} \
    "$objects/core-programs:$objects/core-types" || status=$?
if [ "$(id -u)" = 0 ]; then
    "${compare[@]}" verdicts "$tools/verdicts" \
        tests/Ebpf.Conformance/verdict-exceptions.txt "$objects/selftests-v3" || status=$?
else
    echo "Without root the verdicts of the running kernel are not compared."
fi
echo "$((SECONDS - started)) s in all."
exit $status
