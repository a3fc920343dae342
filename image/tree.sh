#!/usr/bin/env bash
# The finished root of one release, in a folder:  image/tree.sh ARCH FLAVOUR VERSION BASE-TAR FOLDER
#   TEST=1        adds overlay-test: an open door for the boot test, never in a release
#   KEYRING=FILE  the certificates whose bundles this machine will take
#   REPAIR_KEYS=FILE  SSH keys that open a machine whose data partition does not open
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
project=$(dirname "$here")
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1780000000} LC_ALL=C PYTHONHASHSEED=0

enabled=(kiosk-core.service kiosk-face.service kiosk-data.service kiosk-repair.service kiosk-console.timer nftables.service
    kiosk-provision.service kiosk-health.timer kiosk-fallback.path kiosk-clock.path
    systemd-networkd.service systemd-resolved.service systemd-timesyncd.service ssh.service)
disabled=(seatd.service console-setup.service keyboard-setup.service e2scrub_reap.service sshd-keygen.service)
masked=(getty@.service getty@tty1.service autovt@.service serial-getty@.service console-getty.service getty-static.service
    ctrl-alt-del.target systemd-firstboot.service systemd-machine-id-commit.service apt-daily.timer
    apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer ldconfig.service
    systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-networkd-wait-online.service
    systemd-networkd-persistent-storage.service
    debug-shell.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount
    rescue.service emergency.service sshd-unix-local.socket)

main() {
    local arch=$1 flavour=$2 version=$3 base=$4 root=$5
    mkdir -p "$root"
    tar -xpf "$base" -C "$root" --numeric-owner --xattrs
    copy_kiosk "$root"
    cp -a --no-preserve=ownership "$here/overlay/." "$root/"
    [[ -z ${TEST:-} ]] || add_test_overlay "$root"
    [[ -z ${KEYRING:-} ]] || install -m 644 "$KEYRING" "$root/etc/rauc/keyring.pem"
    [[ -z ${REPAIR_KEYS:-} ]] || install -m 644 "$REPAIR_KEYS" "$root/usr/share/kiosk/repair_keys"
    name_release "$root" "$flavour" "$version"
    make_users "$root"
    choose_units "$root"
    finish "$root" "$arch"
    scrub "$root"
}

# The sources git knows, and the units.
copy_kiosk() {
    local root=$1 site=$1/usr/lib/kiosk/site units=$1/usr/lib/systemd/system
    (cd "$project" && git ls-files -z kiosk | tar -cf - --null --files-from=-) | tar -xf - -C "$site" --no-same-owner
    install -m 644 "$project"/systemd/*.service "$units/"
    find "$project/systemd" \( -name '*.timer' -o -name '*.path' \) -exec install -m 644 {} "$units/" \;
    install -m 644 "$project/systemd/kiosk.sysusers" "$root/usr/lib/sysusers.d/kiosk.conf"
    install -m 644 "$project/systemd/kiosk.tmpfiles" "$root/usr/lib/tmpfiles.d/kiosk.conf"
}

add_test_overlay() {
    cp -a --no-preserve=ownership "$here/overlay-test/." "$1/"
    install -m 644 "$project/examples/visits/first_issue.toml" "$1/usr/share/kiosk/visit.toml"
    (cd "$project" && .venv/bin/python -m image.test_roster "$1/usr/share/kiosk/roster.db")
    enabled+=(kiosk-testctl.service)
}

name_release() {
    local root=$1 flavour=$2 version=$3 recipe
    recipe=$(cd "$here" && find . -type f ! -name '*.pyc' -print0 | sort -z | xargs -0 cat | sha256sum | cut -c1-16)
    printf 'VERSION=%s\nCOMPATIBLE=kiosk-cccd\nFLAVOUR=%s%s\nRECIPE=%s\n' \
        "$version" "$flavour" "${TEST:+-test}" "$recipe" >"$root/etc/kiosk-release"
    printf 'PRETTY_NAME="Kiosk %s"\nNAME=kiosk\nID=kiosk\nID_LIKE=debian\nVERSION_ID=%s\n' \
        "$version" "$version" >"$root/usr/lib/os-release"
    echo kiosk >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 kiosk\n' >"$root/etc/hosts"
    ln -sfn /usr/share/zoneinfo/Asia/Ho_Chi_Minh "$root/etc/localtime"
    ln -sfn ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
}

make_users() {
    chroot "$1" systemd-sysusers
    rm -f "$1"/etc/passwd- "$1"/etc/group- "$1"/etc/shadow- "$1"/etc/gshadow- "$1"/etc/.pwd.lock
    # A user without a password is not one who is locked out: sshd makes that difference.
    sed -i 's/^kiosk-desk:!\*:/kiosk-desk:*:/' "$1/etc/shadow"
    # The day of the last change of a password that nobody has.
    sed -i -E 's/^([^:]*:[^:]*:)[0-9]*:/\11:/' "$1/etc/shadow"
}

choose_units() {
    local root=$1
    systemctl --root="$root" --quiet disable "${disabled[@]}" 2>/dev/null || true
    systemctl --root="$root" --quiet mask "${masked[@]}" 2>/dev/null
    systemctl --root="$root" --quiet enable "${enabled[@]}" 2>/dev/null
    systemctl --root="$root" --quiet set-default multi-user.target
}

finish() {
    local root=$1 arch=$2
    mkdir -p "$root"/{bootconfig,data,etc/kiosk}
    : >"$root/etc/machine-id"
    "$project/.venv/bin/python" "$here/compile.py" "$(native_root "$root" "$arch")" "$root" usr/lib/kiosk/site/kiosk
    (cd "$project" && .venv/bin/python -m image.moment >"$root/usr/share/kiosk/moment.txt")
    (cd "$project" && .venv/bin/python -m image.console_font "$root/usr/share/kiosk/console")
    (cd "$project" && .venv/bin/python -m image.sbom "$root" "$root/usr/share/kiosk/dpkg-status" \
        "$(sed -n 's/^VERSION=//p' "$root/etc/kiosk-release")" "$arch") >"$root/usr/share/kiosk/sbom.cdx.json"
    rm "$root/usr/share/kiosk/dpkg-status"
}

# A root with a Python this machine can run.
native_root() {
    [[ $2 == "$(dpkg --print-architecture)" ]] && echo "$1" && return
    echo "${NATIVE_ROOT:?tree.sh: a root of this machine\'s architecture is needed}"
}

scrub() {
    local root=$1
    find "$root/run" "$root/tmp" "$root/var/tmp" "$root/var/log" "$root/var/cache" -mindepth 1 -delete 2>/dev/null || true
    rm -rf "$root/root/.cache" "$root/var/lib/systemd" "$root/etc/resolv.conf.dpkg-old" "$root/etc/initramfs-tools"
    rm -f "$root/var/lib/dbus/machine-id" "$root/etc/ssh"/ssh_host_*
    mkdir -p "$root/dev" "$root/proc" "$root/sys"
}

main "$@"
