#!/usr/bin/env bash
# Compares what this library reads in BPF objects with what the newest libbpf reads in them: our own test objects, the
# kernel's BPF selftests compiled for two instruction sets, and all of these once more as libbpf's linker puts them
# together. Everything that is fetched and compiled stays in artifacts/conformance.
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
rm -rf "$objects"/linked "$objects"/testdata-*
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

dotnet build tests/Ebpf.Conformance -c "$configuration" --nologo -v quiet
dotnet build tests/Ebpf.TestData -c "$configuration" --nologo -v quiet
for order in el eb; do
    mkdir "$objects/testdata-$order"
    cp artifacts/testdata/"$order"/*.bpf.o "$objects/testdata-$order/"
done

status=0
dotnet "artifacts/bin/Ebpf.Conformance/${configuration,,}/Ebpf.Conformance.dll" "$tools/describe" \
    tests/Ebpf.Conformance/exceptions.txt "$objects"/{testdata-el,testdata-eb,selftests-v3,selftests-v4,linked} || status=$?
echo "$((SECONDS - started)) s in all."
exit $status
