#!/usr/bin/env bash
# Tests on Debian 13 with Python 3.13 and the optional part `nfiq2`: scripts/debian13.sh [PYTEST-ARGUMENT…]
# A command of the kiosk there, what it prints kept here: scripts/debian13.sh --kiosk coach report >docs/coach-report.md
#
# Builds a root with mmdebstrap once for its inputs (this script and the locks) and keeps it in
# ${XDG_CACHE_HOME:-~/.cache}/kiosk. The repository is mounted read-only; all mounts and processes live in namespaces of
# their own, so that nothing of them is left however this ends. Needs root.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
venv=/opt/kiosk-venv
at=/srv/kiosk
locks=(requirements-dev.lock requirements-nfiq2.lock)

main() {
    if ((EUID != 0)); then
        echo "debian13.sh: needs root, to build and enter a Debian 13 root" >&2
        exit 1
    fi
    need_mmdebstrap
    local cache key root
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/kiosk
    key=$(cd "$here" && cat scripts/debian13.sh "${locks[@]}" | sha256sum | cut -c1-16)
    root=$cache/debian13-$key
    [[ -d $root ]] || build "$cache" "$root"
    touch "$root"
    if [[ ${1-} == --kiosk ]]; then
        shift
        enter "$root" "$venv/bin/python" -m kiosk.cli.main "$@"
    else
        enter "$root" "$venv/bin/python" -m pytest -p no:cacheprovider "$@"
    fi
}

need_mmdebstrap() {
    command -v mmdebstrap >/dev/null && return
    apt-get update -qq || true
    apt-get install -y -qq --no-install-recommends mmdebstrap
}

# One build at a time; what nobody has used for two weeks goes. Half a root never gets the final name.
build() {
    local cache=$1 root=$2 new=$2.new
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    [[ -d $root ]] && return
    echo "debian13.sh: building $root" >&2
    find "$cache" -maxdepth 1 -name 'debian13-*' -mtime +14 -exec rm -rf --one-file-system {} +
    rm -rf --one-file-system "$new"
    mmdebstrap --quiet --variant=apt --include=python3,python3-venv,ca-certificates trixie "$new"
    mkdir -p "$new$at"
    enter "$new" python3 -m venv "$venv"
    local lock
    for lock in "${locks[@]}"; do
        enter "$new" "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-cache-dir \
            --no-deps --require-hashes --only-binary :all: -r "$at/$lock"
    done
    mv "$new" "$root"
    exec 9>&-
}

# Run a command in the root, in the repository's folder.
enter() {
    local root=$1
    shift
    mkdir -p "$root$at"
    unshare --mount --pid --fork --kill-child --propagation private "$here/scripts/debian13.sh" --inside "$root" "$@"
}

inside() {
    local root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    mount --bind "$here" "$root$at"
    mount -o remount,bind,ro "$root$at"
    cp --dereference --remove-destination /etc/resolv.conf "$root/etc/resolv.conf"
    lend_pip_configuration "$root"
    exec chroot "$root" /usr/bin/env -C "$at" HOME=/root TMPDIR=/tmp PYTHONPATH="$at" PYTHONDONTWRITEBYTECODE=1 \
        PATH="$venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        HYPOTHESIS_STORAGE_DIRECTORY=/tmp/hypothesis "$@"
}

# What this machine's pip is told (indexes, certificates, folders of wheels) holds in the root too.
lend_pip_configuration() {
    local root=$1 path
    python3 -m pip config list 2>/dev/null | grep -v '^:env:' |
        sed -E "s/^[a-z]+\.([a-z-]+)='(.*)'\$/\1 = \2/; 1i [global]" >"$root/etc/pip.conf"
    while read -r path; do
        lend "$root" "$path"
    done < <(python3 -m pip config list 2>/dev/null | grep -oE "(file://)?/[^' ]+" | sed 's,^file://,,' | sort -u)
}

lend() {
    local root=$1 path=$2
    if [[ -d $path ]]; then
        # A folder of packages is a listing whose links may lead beside it.
        [[ $path == */simple ]] && path=${path%/simple}
        mkdir -p "$root$path"
    elif [[ -f $path ]]; then
        mkdir -p "$root${path%/*}"
        [[ -e $root$path ]] || : >"$root$path"
    else
        return 0
    fi
    mount --bind "$path" "$root$path"
}

if [[ ${1-} == --inside ]]; then
    shift
    inside "$@"
else
    main "$@"
fi
