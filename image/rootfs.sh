#!/usr/bin/env bash
# A Debian root as a tar, kept under the hash of its recipe:  image/rootfs.sh ARCH FLAVOUR  prints the tar's path.
#
# Needs root. Packages come from the mirror this machine's apt uses; which versions came is compared with
# packages-ARCH.lock, and a difference is reported (LOCK=update writes the lock instead).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1780000000} LC_ALL=C
recipe=(rootfs.sh packages.txt)

main() {
    local arch=$1 flavour=$2 cache tar
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/kiosk
    tar=$cache/image-root-$arch-$(recipe_hash "$flavour").tar
    if [[ ! -f $tar ]]; then
        need_root
        need_archive "$flavour"
        mkdir -p "$cache"
        exec 9>"$cache/image.lock"
        flock 9
        [[ -f $tar ]] || bootstrap "$arch" "$flavour" "$tar"
        exec 9>&-
    fi
    touch "$tar"
    report_versions "$arch" "$tar" >&2
    echo "$tar"
}

recipe_hash() {
    (cd "$here" && cat "${recipe[@]}" "flavours/$1.conf" | sha256sum | cut -c1-16)
}

need_root() {
    ((EUID == 0)) && return
    echo "rootfs.sh: needs root, to unpack Debian packages with their owners" >&2
    exit 1
}

# What a flavour wants beyond Debian has to be named, and to answer.
need_archive() {
    local archive_needed=""
    # shellcheck source=/dev/null
    . "$here/flavours/$1.conf"
    [[ -z $archive_needed ]] && return
    [[ -n ${!archive_needed:-} ]] && return
    echo "rootfs.sh: the flavour '$1' needs Raspberry Pi's package archive: set $archive_needed to its address" \
        "and KIOSK_RPI_KEYRING to its key ring. Nothing was built." >&2
    exit 2
}

packages() {
    sed -E 's/[[:space:]]*#.*//; /^$/d; s/[[:space:]].*//' "$here/packages.txt"
}

# The address of Debian's archive as apt here knows it, and that of its security updates.
mirror() {
    apt-get indextargets --format "\$(LABEL) \$(REPO_URI)" "Created-By: Packages" | sort -u |
        sed -n "s/^$1 //p" | head -n 1
}

sources() {
    local suite=$1 components=$2 debian security
    debian=$(mirror Debian)
    security=$(mirror Debian-Security)
    echo "deb $debian $suite $components"
    echo "deb $debian $suite-updates $components"
    [[ -z $security ]] || echo "deb $security $suite-security $components"
    [[ -z ${KIOSK_RPI_MIRROR:-} ]] || echo "deb [signed-by=$KIOSK_RPI_KEYRING] $KIOSK_RPI_MIRROR $suite main"
}

bootstrap() {
    local arch=$1 flavour=$2 tar=$3 suite components extra kernel wanted
    # shellcheck source=/dev/null
    . "$here/flavours/$flavour.conf"
    kernel=kernel_$arch
    [[ -n ${!kernel:-} ]] || { echo "rootfs.sh: the flavour '$flavour' has no kernel for $arch" >&2; exit 2; }
    wanted=$(packages | paste -sd, -)
    echo "rootfs.sh: building $tar" >&2
    # Byte-compiling and the first file system are left to base.sh: once, and not by an emulated processor.
    # shellcheck disable=SC2016  # $1 is mmdebstrap's: the root
    sources "$suite" "$components" | mmdebstrap --mode=root --variant=minbase --architectures="$arch" \
        --format=tar --include="$wanted,${!kernel}${extra:+,${extra// /,}}" \
        --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io --dpkgopt=force-confold \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --essential-hook='mkdir -p "$1/etc/initramfs-tools" "$1/etc/kernel/postinst.d"' \
        --essential-hook='echo update_initramfs=no >"$1/etc/initramfs-tools/update-initramfs.conf"' \
        --essential-hook='hook=$1/etc/kernel/postinst.d/initramfs-tools; echo "#!/bin/sh" >"$hook"; chmod 755 "$hook"' \
        --essential-hook='for tool in py3compile py3clean; do ln -sf /bin/true "$1/usr/local/bin/$tool"; done' \
        --customize-hook='rm -f "$1"/usr/local/bin/* "$1"/etc/apt/sources.list.d/*' \
        "$suite" "$tar.new" - >&2
    mv "$tar.new" "$tar"
}

# The installed packages and versions, sorted.
versions() {
    tar -xOf "$1" ./var/lib/dpkg/status |
        awk '/^Package:/{p=$2} /^Status:/{ok=/ installed$/} /^Version:/{if(ok) print p, $2}' | sort
}

report_versions() {
    local lock=$here/packages-$1.lock
    if [[ ${LOCK:-} == update ]]; then
        versions "$2" >"$lock"
    elif ! diff -U0 "$lock" <(versions "$2"); then
        echo "rootfs.sh: these packages differ from $(basename "$lock"); LOCK=update accepts them" >&2
    fi
}

main "$@"
