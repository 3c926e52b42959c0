#!/bin/sh
# An arm64 Python with inference runtimes on an x86 Linux, run by qemu-user: no phone, no container, no binfmt.
#
#     benchmarks/arm64/setup.sh [FOLDER]      default: build/arm64; made once, and again where it is not whole
#
# Needs Debian's packages qemu-user-static and debootstrap (`apt-get install qemu-user-static debootstrap`), which it
# installs where it may. Packages come through apt, wheels through pip, from wherever these are set up to look.
# ai-edge-litert is the version seen working under qemu: 2.3.0 ends by SIGSEGV there, whatever processor it plays.
# tflite-runtime 2.14 has faults of its own in 8-bit arithmetic: docs/decisions/0146-tflite-runtime-2.14-on-arm64.md.
set -eu

folder=${1:-build/arm64}
release=bookworm
python=3.11
wheels="ai-edge-litert==1.4.0 onnxruntime==1.23.2"
old_wheels="tflite-runtime==2.14.0 numpy<2"

if [ -f "$folder/.whole" ]; then
    echo "$folder is there already; remove it to make it anew"
    exit 0
fi
for program in qemu-aarch64-static debootstrap dpkg-deb; do
    if ! command -v "$program" >/dev/null; then
        echo "installing what has $program"
        apt-get update -qq && apt-get install -y -qq --no-install-recommends qemu-user-static debootstrap >/dev/null
        break
    fi
done
mkdir -p "$folder"
root=$(cd "$folder" && pwd)/root
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' | head -n 1)
if [ ! -d "$root/debootstrap" ]; then
    debootstrap --foreign --arch=arm64 --variant=minbase --include=python3,libstdc++6,libgomp1,zlib1g \
        "$release" "$root" "$mirror"
fi
for package in "$root"/var/cache/apt/archives/*.deb; do
    dpkg-deb -x "$package" "$root"
done
# `wheels TARGET REQUIREMENT...`: aarch64 wheels of this Python, unpacked without running any of their code.
wheels() {
    target=$1
    shift
    python3 -m pip install --quiet --target "$target" --upgrade --only-binary=:all: --python-version "$python" \
        --implementation cp --platform manylinux_2_27_aarch64 --platform manylinux_2_28_aarch64 \
        --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 --platform manylinux_2_34_aarch64 "$@"
}
# Split on purpose: each word is a requirement.
# shellcheck disable=SC2086
wheels "$root/../site" $wheels
# shellcheck disable=SC2086
wheels "$root/../site-old" $old_wheels
qemu-aarch64-static -cpu cortex-a76 -L "$root" "$root/usr/bin/python$python" -c 'import platform; print(platform.machine())'
touch "$folder/.whole"
