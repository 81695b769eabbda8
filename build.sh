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
  conformance
         compares what the library reads in BPF objects with what the newest libbpf reads: our own objects and the
         kernel's selftests (Debian only; fetches packages into artifacts/conformance the first time)
  fuzz [TARGET] [SECONDS]
         feeds malformed input to what reads objects, BTF, .BTF.ext and instructions, and adjusts them by CO-RE (targets
         object, btf, btfext, instructions, core, value, minbtf, rewrite, print, usdt; 60 s each), guided by coverage; "fuzz TARGET repro FILE" repeats one
  bench [OBJECT...]
         compares the time of reading objects with libbpf's; "bench kernel" that of the kernel's types and CO-RE;
         "bench maps" that of maps, "bench load" that of loading a hundred programs, "bench links" that of attaching
         (as root);
         "bench details" runs BenchmarkDotNet
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
        install_oldest_clang
        dotnet build Ebpf.slnx -c Release --nologo
        if oldest=$(eng/find-clang.sh --oldest) && [ "$oldest" != "$BPF_CLANG" ]; then
            dotnet build tests/Ebpf.TestData -c Release --nologo -v quiet \
                "-p:ArtifactsPath=$PWD/artifacts/oldest-clang/" "-p:BPF_CLANG=$oldest"
        fi
        # Needs a linker, and a compiler that NuGet has: without them its test is skipped, with an error in it there is none.
        rm -rf artifacts/aot
        ahead=(tests/Ebpf.Aot -r "linux-$(uname -m | sed 's/x86_64/x64/;s/aarch64/arm64/')" -p:PublishAot=true --nologo -v quiet)
        if { command -v clang || command -v gcc; } > /dev/null && dotnet restore "${ahead[@]}"; then
            dotnet publish "${ahead[@]}" --no-restore -c Release -o artifacts/aot
        fi
        eng/test.sh Release
        ;;
    conformance)
        set_up
        eng/conformance.sh Release
        ;;
    fuzz)
        set_up
        need_fuzzer
        shift
        exec eng/fuzz.sh "$@"
        ;;
    bench)
        set_up
        shift
        exec eng/bench.sh "$@"
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
