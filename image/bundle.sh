#!/bin/bash
# A signed update out of a build:  image/bundle.sh BUILD_DIR OUT.raucb CERT KEY KEYRING
# BUILD_DIR holds system.img (or system.erofs) and boot.vfat; VERSION is the release. With ADAPTIVE=1 the bundle can be
# fetched in parts over HTTP, and installing from a stick takes several times as long.
set -eu
build=$1 out=$2 cert=$3 key=$4 keyring=$5
system=$build/system.img
[ -e "$system" ] || system=$build/system.erofs
work=$(mktemp -d "$(dirname "$out")/.bundle.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp -l "$system" "$work/system.img" 2> /dev/null || cp "$system" "$work/system.img"
cp -l "$build/boot.vfat" "$work/boot.img" 2> /dev/null || cp "$build/boot.vfat" "$work/boot.img"
cat > "$work/manifest.raucm" << END
[update]
compatible=kiosk-cccd
version=$VERSION
[bundle]
format=verity
[image.boot]
filename=boot.img
${ADAPTIVE:+adaptive=block-hash-index}
[image.rootfs]
filename=system.img
${ADAPTIVE:+adaptive=block-hash-index}
END
rm -f "$out.new"
rauc bundle --cert="$cert" --key="$key" --keyring="$keyring" "$work" "$out.new" > /dev/null 2> "$work.log" || {
  cat "$work.log" >&2
  rm -f "$work.log"
  exit 1
}
rm -f "$work.log"
mv "$out.new" "$out"
