#!/usr/bin/env bash
# Does everything there is to do, on a fresh machine too: what is missing is installed first (eng/setup.sh).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. eng/setup.sh
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

usage() {
    cat <<'TEXT'
Usage: ./build.sh COMMAND
  demo   shows the library at work on this machine's kernel (needs root: uses sudo if there is need)
  test   builds everything and runs all tests (those that need the kernel as root)
TEXT
}

case ${1:-} in
    demo)
        set_up
        dotnet build samples/PacketCounter -c Release --nologo -v quiet
        as_root=()
        [ "$(id -u)" -eq 0 ] || as_root=(sudo env "PATH=$PATH" "DOTNET_ROOT=${DOTNET_ROOT:-}")
        exec "${as_root[@]}" dotnet artifacts/bin/PacketCounter/release/packet-counter.dll demo
        ;;
    test)
        set_up
        dotnet build Ebpf.slnx -c Release --nologo
        eng/test.sh Release
        ;;
    "" | help | -h | --help)
        usage
        ;;
    *)
        echo "There is no command '$1'." >&2
        usage >&2
        exit 2
        ;;
esac
