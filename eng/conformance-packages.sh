#!/usr/bin/env bash
# Brings what the comparison with libbpf needs, by apt-get from the mirror that this machine is set up with, into a
# directory of its own; nothing is installed. Done once: a directory that is complete is left alone.
#   libbpf/  the newest libbpf-dev of the suites below      linux/  parts of linux-source-6.12, with the BPF selftests
#   vmlinux/ that kernel's types as C (linux-bpf-dev)       versions  what of each was taken
# Usage: eng/conformance-packages.sh DIRECTORY
#   CONFORMANCE_LINUX, CONFORMANCE_SUITE  another kernel, and the suite that has it: 7.3 and trixie-backports
set -euo pipefail
directory=$1
newest_suite=sid      # where libbpf is newest
linux_suite=${CONFORMANCE_SUITE:-trixie}
linux=${CONFORMANCE_LINUX:-6.12}
seconds=600           # for each download

if [ -f "$directory/versions" ]; then
    echo "Packages of $(date -r "$directory/versions" +%F) (remove $directory for newer ones):"
    sed 's/^/  /' "$directory/versions"
    exit
fi

fail() {
    echo "$*" >&2
    exit 1
}

# shellcheck source=/dev/null
codename=$(. /etc/os-release 2>/dev/null && [ "${ID:-}" = debian ] && echo "${VERSION_CODENAME:-}") || codename=
[ -n "$codename" ] || fail "The comparison takes libbpf and the kernel's selftests from Debian's packages: it runs on Debian only."
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="$codename" '$1 == release { print $2; exit }')
[ -n "$mirror" ] || fail "apt's sources name no mirror for $codename."

rm -rf "$directory"
mkdir -p "$directory"/apt/{lists,cache/archives}/partial "$directory"/{libbpf,linux,vmlinux,debs}
directory=$(cd "$directory" && pwd)
for suite in "$newest_suite" "$linux_suite"; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done > "$directory/apt/sources.list"

# As the machine's own apt, but with the sources above, and all its files in this directory.
apt() {
    timeout "$seconds" apt-get -q \
        -o Dir::Etc::SourceList="$directory/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$directory/apt/lists" -o Dir::Cache="$directory/apt/cache" \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o Acquire::Retries=3 -o APT::Sandbox::User="$(id -un)" "$@" </dev/null
}

echo "Reading the package lists of $newest_suite and $linux_suite, then some 150 MB of packages (at most $seconds s each)."
apt update || fail "The package lists of $newest_suite and $linux_suite cannot be had from this machine's mirror."
(cd "$directory/debs" && apt download libbpf-dev "linux-bpf-dev/$linux_suite" "linux-source-$linux/$linux_suite") ||
    fail "libbpf-dev, linux-bpf-dev or linux-source-$linux cannot be had from this machine's mirror."

dpkg-deb -x "$directory"/debs/libbpf-dev_*.deb "$directory/libbpf"
dpkg-deb -x "$directory"/debs/linux-bpf-dev_*.deb "$directory/vmlinux"
echo "Unpacking the kernel's selftests."
source=linux-source-$linux
dpkg-deb --fsys-tarfile "$directory"/debs/"$source"_*.deb |
    tar -xO "./usr/src/$source.tar.xz" |
    tar -xJ -C "$directory/linux" --strip-components=1 \
        "$source"/{COPYING,scripts/bpf_doc.py,include/uapi,tools/include,tools/lib/bpf,tools/testing/selftests/bpf}
for deb in "$directory"/debs/*.deb; do
    dpkg-deb -f "$deb" Package Version | sed 's/^[^:]*: //' | paste -sd' '
done > "$directory/versions.new"
rm -rf "$directory/debs" "$directory/apt"
mv "$directory/versions.new" "$directory/versions"
sed 's/^/  /' "$directory/versions"
