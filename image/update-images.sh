#!/usr/bin/env bash
# What the update test needs, into var/image/update:  image/update-images.sh [FOLDER]     (needs root)
#
# Three test images signed by a throwaway authority, 0.1.0, 0.2.0 and 0.3.0 whose core does not start; bundles of the
# last two; small ones that must be refused; all of them on a stick; one that is fetched in parts. What is there already
# is kept.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
project=$(dirname "$here")
out=${1:-$project/var/image/update}
export TEST=1 KEYRING=$out/keys/ca.pem REPAIR_KEYS=$out/keys/repair.pub COMPRESSION=${COMPRESSION:-lz4}

main() {
    mkdir -p "$out"
    for authority in keys foreign; do
        "$here/keys.sh" "$out/$authority"
    done
    image 0.1.0 "$here"
    image 0.2.0 "$here"
    broken
    stick
    network
}

image() {
    local version=$1 recipe=$2
    [[ -e $out/$version/manifest.json ]] || VERSION=$version "$recipe/build.sh" amd64 "$out/$version"
    [[ $version == 0.1.0 ]] || rm -f "$out/$version/disk.img"
}

# The same tree with a core that ends at once, in a checkout of its own.
broken() {
    [[ -e $out/0.3.0/manifest.json ]] && return
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    (cd "$project" && git ls-files -z | tar -cf - --null --files-from=-) | tar -xf - -C "$work"
    ln -s "$project/.venv" "$work/.venv"
    echo 'raise SystemExit("a release that does not start")' >>"$work/kiosk/app/process.py"
    git -C "$work" init -q
    git -C "$work" add kiosk
    image 0.3.0 "$work/image"
}

bundle() {
    local version=$1 from=$2 to=$3 authority=$4
    VERSION=$version "$here/bundle.sh" "$from" "$to" "$authority/rel.pem" "$authority/rel.key" "$out/${authority##*/}/ca.pem"
}

stick() {
    [[ -e $out/stick.img ]] && return
    rm -rf "$out/stick"
    mkdir -p "$out/stick" "$out/small"
    for name in system.img boot.vfat; do
        [[ -e $out/small/$name ]] || head -c 262144 /dev/urandom >"$out/small/$name"
    done
    bundle 0.2.0 "$out/0.2.0" "$out/stick/good.raucb" "$out/keys"
    bundle 0.3.0 "$out/0.3.0" "$out/stick/broken.raucb" "$out/keys"
    bundle 0.0.9 "$out/small" "$out/stick/older.raucb" "$out/keys"
    bundle 0.9.0 "$out/small" "$out/stick/foreign.raucb" "$out/foreign"
    head -c 200000000 "$out/stick/good.raucb" >"$out/stick/cut.raucb"
    mke2fs -q -t ext4 -L STICK -d "$out/stick" "$out/stick.img.new" "$(($(du -sm "$out/stick" | cut -f1) + 64))M"
    rm -rf "$out/stick"
    mv "$out/stick.img.new" "$out/stick.img"
}

network() {
    [[ -e $out/http/adaptive.raucb ]] && return
    mkdir -p "$out/http"
    ADAPTIVE=1 bundle 0.2.0 "$out/0.2.0" "$out/http/adaptive.raucb" "$out/keys"
}

main "$@"
