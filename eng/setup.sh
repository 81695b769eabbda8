# shellcheck shell=bash
# Sourced by build.sh: sees to it that the tools are there, and exports BPF_CLANG and LLVM_STRIP.
# Says nothing when there is nothing to do. Installs by apt-get where that can be (as root, or with sudo); elsewhere it
# says what to install. Needs no terminal and reads no input.

# The newest clang-NN that the package lists offer together with llvm-NN, 16 or newer.
newest_clang_package() {
    apt-cache search --names-only '^(clang|llvm)-[0-9]+$' | sed -n 's/^[a-z]*-\([0-9]*\) .*/\1/p' \
        | sort -n | uniq -d | awk '$1 >= 16' | tail -n 1
}

# The llvm-strip that belongs to the clang $1: same suffix, same directory or PATH.
strip_of() {
    local name=llvm-strip${1##*clang}
    if [ -x "${1%/*}/$name" ]; then
        echo "${1%/*}/$name"
    else
        command -v "$name" || command -v llvm-strip
    fi
}

find_tools() {
    BPF_CLANG=$(eng/find-clang.sh) || BPF_CLANG=
    LLVM_STRIP=${LLVM_STRIP:-$([ -z "$BPF_CLANG" ] || strip_of "$BPF_CLANG")} || LLVM_STRIP=
    MISSING=()
    [ -n "$BPF_CLANG" ] || MISSING+=(clang)
    [ -n "$LLVM_STRIP" ] || MISSING+=(llvm-strip)
    [ -f /usr/include/bpf/bpf_helpers.h ] || MISSING+=(libbpf-dev)
    command -v cc >/dev/null || MISSING+=(gcc)
    [ -f /usr/include/linux/bpf.h ] || MISSING+=(linux-libc-dev)
    PATH=$PATH:/usr/sbin:/sbin command -v ip >/dev/null || MISSING+=(iproute2)
}

# The packages of Debian and Ubuntu for what is missing.
packages_for_missing() {
    local tool version
    for tool in "${MISSING[@]}"; do
        case $tool in
            clang)
                version=$(newest_clang_package)
                [ -n "$version" ] || { echo "The package lists have no clang-NN with NN 16 or more." >&2; return 1; }
                echo "clang-$version" "llvm-$version"
                ;;
            llvm-strip) [ -z "$BPF_CLANG" ] || echo "llvm${BPF_CLANG##*clang}" ;;
            *) echo "$tool" ;;
        esac
    done
}

say_what_to_install() {
    cat >&2 <<TEXT
Missing: ${MISSING[*]}. Please install, and run this again:
  clang 16 or newer, and llvm-strip of the same version (or set BPF_CLANG and LLVM_STRIP to their paths)
  libbpf's headers (bpf/bpf_helpers.h) and the kernel's (linux/bpf.h)
  iproute2 (the ip command)
  a C compiler (cc)
  Debian, Ubuntu:  sudo apt-get install clang-19 llvm-19 gcc libbpf-dev linux-libc-dev iproute2
  Fedora:          sudo dnf install clang llvm gcc libbpf-devel libbpf-static elfutils-libelf-devel zlib-devel kernel-headers iproute
  Arch Linux:      sudo pacman -S clang llvm gcc libbpf linux-api-headers iproute2
TEXT
}

install_missing() {
    local sudo=() packages
    if ! command -v apt-get >/dev/null; then
        say_what_to_install
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        # -n: never ask for a password when nobody is there to type it.
        if ! command -v sudo >/dev/null || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
            say_what_to_install
            return 1
        fi
        sudo=(sudo)
    fi

    echo "Missing: ${MISSING[*]}. Installing by apt-get."
    "${sudo[@]}" apt-get -q update </dev/null || return 1
    packages=$(packages_for_missing) || { say_what_to_install; return 1; }
    # shellcheck disable=SC2086
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $packages </dev/null
}

# The oldest clang that is supported, whose objects are tested too where the system has it.
install_oldest_clang() {
    eng/find-clang.sh --oldest >/dev/null && return
    command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ] || return 0
    [ -n "$(apt-cache search --names-only '^clang-16$' 2>/dev/null)" ] || apt-get -q update </dev/null || return 0
    [ -n "$(apt-cache search --names-only '^clang-16$')" ] || return 0
    echo "Installing clang 16 by apt-get: objects from the oldest supported compiler are tested too."
    DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends clang-16 </dev/null || return 0
}

# clang's library of its fuzzer, which Debian has in a package of its own.
need_fuzzer() {
    local runtime version=${BPF_CLANG##*clang-}
    runtime=$("$BPF_CLANG" -print-resource-dir)/lib
    [ -z "$(find "$runtime" -name 'libclang_rt.fuzzer_no_main*.a' -print -quit 2>/dev/null)" ] || return 0
    if [ "$version" = "$BPF_CLANG" ] || ! command -v apt-get >/dev/null; then
        echo "The fuzzer of $BPF_CLANG is missing (compiler-rt: libclang_rt.fuzzer_no_main). Please install it." >&2
        return 1
    fi
    MISSING=("libclang-rt-$version-dev")
    install_missing
}

need_dotnet() {
    # In this directory, global.json asks for the version.
    if ! dotnet --version >/dev/null 2>&1; then
        echo "The .NET SDK 10 is needed: https://dotnet.microsoft.com/download/dotnet/10.0" >&2
        echo "(Ubuntu: sudo apt-get install dotnet-sdk-10.0.)" >&2
        return 1
    fi
}

set_up() {
    need_dotnet || return 1
    find_tools
    if [ ${#MISSING[@]} -gt 0 ]; then
        install_missing || return 1
        find_tools
        if [ ${#MISSING[@]} -gt 0 ]; then
            say_what_to_install
            return 1
        fi
    fi
    export BPF_CLANG LLVM_STRIP
}
