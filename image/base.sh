#!/usr/bin/env bash
# The root without the kiosk itself, kept as a tar under the hash of all it is made of:
#   image/base.sh ARCH FLAVOUR ROOT-TAR   prints the tar's path
# Wheels are unpacked and everything Python is byte-compiled, the first file system is made, the unused is dropped.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
project=$(dirname "$here")
python=$project/.venv/bin/python
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1780000000} LC_ALL=C PYTHONHASHSEED=0
locks=(requirements.lock requirements-nfiq2.lock "requirements-dev.lock:gpiozero,colorzero")

main() {
    local arch=$1 flavour=$2 root_tar=$3 cache key tar
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/kiosk
    key=$(cd "$here" && cat base.sh compile.py wheels.py modules.py modules-keep.txt drop.txt initramfs/* \
        "$project/requirements.lock" "$project/requirements-nfiq2.lock" "flavours/$flavour.conf" |
        cat - <(basename "$root_tar") | sha256sum | cut -c1-16)
    tar=$cache/image-base-$arch-$key.tar
    if [[ ! -f $tar ]]; then
        echo "base.sh: building $tar" >&2
        exec 9>"$cache/base.lock"
        flock 9
        [[ -f $tar ]] || build "$arch" "$root_tar" "$tar"
        exec 9>&-
        find "$cache" -maxdepth 1 -name 'image-*' -mtime +14 -delete
    fi
    touch "$tar"
    echo "$tar"
}

build() {
    local arch=$1 root_tar=$2 tar=$3 root
    work=$(mktemp -d "${TMPDIR:-/tmp}/kiosk-base.XXXXXX")
    trap 'rm -rf --one-file-system "$work"' EXIT
    root=$work/root
    mkdir "$root"
    tar -xpf "$root_tar" -C "$root" --numeric-owner --xattrs --exclude='./dev/*'
    make_initrd "$root" >&2
    (cd "$project" && "$python" -m image.modules "$root" "$here/modules-keep.txt")
    chroot "$root" depmod "$(basename "$root"/usr/lib/modules/*)"
    unpack_wheels "$arch" "$root"
    keep_bills "$root"
    drop "$root"
    compile "$arch" "$root"
    tar -cf "$tar.new" -C "$root" --numeric-owner --xattrs --sort=name --mtime="@$SOURCE_DATE_EPOCH" .
    mv "$tar.new" "$tar"
}

# Only what finds and verifies a system slot; it lies in /boot for slots.sh.
make_initrd() {
    local root=$1 version
    version=$(basename "$root"/usr/lib/modules/*)
    printf 'MODULES=list\nCOMPRESS=zstd\nBUSYBOX=y\n' >"$root/etc/initramfs-tools/conf.d/kiosk"
    install -m 755 "$here/initramfs/hook" "$root/etc/initramfs-tools/hooks/kiosk"
    install -m 755 "$here/initramfs/verity" "$root/etc/initramfs-tools/scripts/local-top/kiosk-verity"
    install -m 755 "$here/initramfs/machine-id" "$root/etc/initramfs-tools/scripts/local-bottom/kiosk-machine-id"
    rm -f "$root"/boot/initrd*
    chroot "$root" depmod "$version"
    chroot "$root" mkinitramfs -o "/boot/initrd.img" "$version"
}

unpack_wheels() {
    local arch=$1 root=$2 platform platforms=()
    while read -r platform; do
        platforms+=(--platform "$platform")
    done < <(cd "$project" && "$python" -c "from image.wheels import platforms; print(*platforms('$arch'), sep='\n')")
    (cd "$project" && "$python" -m image.wheels "$arch" "${locks[@]}") >"$root/tmp/wheels.txt"
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        --no-compile --implementation cp --abi cp313 --abi abi3 --abi none --python-version 3.13 "${platforms[@]}" \
        --target "$root/usr/lib/kiosk/site" -r "$root/tmp/wheels.txt"
    rm "$root/tmp/wheels.txt"
    echo /usr/lib/kiosk/site >"$root/usr/lib/python3/dist-packages/kiosk.pth"
}

# dpkg's list of what is installed outlives dpkg.
keep_bills() {
    mkdir -p "$1/usr/share/kiosk"
    cp "$1/var/lib/dpkg/status" "$1/usr/share/kiosk/dpkg-status"
}

drop() {
    local root=$1 pattern
    while read -r pattern; do
        # shellcheck disable=SC2086  # patterns are to be expanded
        (cd "$root" && rm -rf --one-file-system $pattern)
    done < <(sed -E 's/#.*//; /^[[:space:]]*$/d; /^boot/d' "$here/drop.txt")
    find "$root/usr/share/consolefonts" -type f ! -name 'Vietnamese-*' -delete
    find "$root/usr/share/zoneinfo" -type f ! -path '*/Asia/Ho_Chi_Minh' ! -name UTC ! -name '*.tab' -delete
    find "$root" -xdev -xtype l -lname '*perl*' -delete
    find "$root/usr/lib" -xdev -name __pycache__ -prune -exec rm -rf {} +
}

# By Python 3.13 of this machine's architecture: what it makes is the same for every one.
compile() {
    local arch=$1 root=$2 native=$2
    if [[ $arch != "$(dpkg --print-architecture)" ]]; then
        native=$work/native
        mkdir "$native"
        tar -xpf "$("$here/rootfs.sh" "$(dpkg --print-architecture)" debian)" -C "$native" --exclude='./dev/*'
    fi
    "$python" "$here/compile.py" "$native" "$root" usr/lib/python3.13 usr/lib/python3 usr/lib/kiosk/site
}

main "$@"
