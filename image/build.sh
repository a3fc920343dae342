#!/usr/bin/env bash
# Builds an image:  image/build.sh ARCH [FOLDER]     (ARCH: amd64, arm64; needs root)
#
#   VERSION=1.2.3    the release's number            FLAVOUR=debian|rpi   see flavours/
#   KEYRING=FILE     whose updates it will take      TEST=1               the boot test's image, never a release
#   REPAIR_KEYS=FILE who comes in over SSH where the data partition does not open
#
# What is needed of this machine: host-packages.txt. FOLDER is var/image/ARCH, or var/image/ARCH-test.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
project=$(dirname "$here")
arch=${1:?build.sh: which architecture, amd64 or arm64?}
out=${2:-$project/var/image/$arch${TEST:+-test}}
flavour=${FLAVOUR:-debian}
# The boot test is about what is in the image, not about how small it is.
export COMPRESSION=${COMPRESSION:-${TEST:+lz4}}
version=${VERSION:-$(sed -n 's/^version = "\(.*\)"/\1/p' "$project/pyproject.toml")}

if [[ $arch != amd64 && $arch != arm64 ]]; then
    echo "build.sh: there is no image for $arch, only for amd64 and arm64" >&2
    exit 2
fi

missing() {
    local package
    while read -r package; do
        dpkg-query --show --showformat='${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' || echo "$package"
    done <"$here/host-packages.txt"
}

mapfile -t wanted < <(missing)
if ((${#wanted[@]})); then
    echo "build.sh: not installed: ${wanted[*]}" >&2
    exit 1
fi
if [[ $arch != "$(dpkg --print-architecture)" ]] && ! arch-test "$arch" >/dev/null; then
    echo "build.sh: this machine cannot run $arch programs: apt-get install qemu-user-static, with binfmt_misc mounted" >&2
    exit 1
fi

root_tar=$("$here/rootfs.sh" "$arch" "$flavour")
base_tar=$("$here/base.sh" "$arch" "$flavour" "$root_tar")
work=$(mktemp -d "${TMPDIR:-/tmp}/kiosk-image.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
if [[ $arch != "$(dpkg --print-architecture)" ]]; then
    native=$("$here/rootfs.sh" "$(dpkg --print-architecture)" debian)
    mkdir "$work/native"
    tar -xpf "$native" -C "$work/native" --exclude='./dev/*'
    export NATIVE_ROOT=$work/native
fi
"$here/tree.sh" "$arch" "$flavour" "$version" "$base_tar" "$work/root"
mkdir -p "$out"
"$here/slots.sh" "$work/root" "$out"
cp "$work/root/usr/share/kiosk/sbom.cdx.json" "$out/"
(cd "$project" && .venv/bin/python -m image.manifest "$out" "$work/root/etc/kiosk-release" "$arch")
ls -sh --block-size=M "$out"
