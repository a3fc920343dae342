#!/usr/bin/env bash
# A finished root as what lies on the card:  image/slots.sh ROOT OUT-FOLDER
# system.img (erofs with its verity tree), boot.vfat, bootconfig.vfat, disk.img. Needs no mount and nothing of the kernel.
set -euo pipefail

export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1780000000} LC_ALL=C MTOOLS_SKIP_CHECK=1 TZ=UTC
boot_mb=128
system_mb=${SYSTEM_MB:-448}
data_mb=${DATA_MB:-512}
# Nothing is drawn from chance: the same root is the same card.
erofs_uuid=5b9d0c33-56a4-4a53-9a5c-0d5f2c9d7a01
verity_uuid=5b9d0c33-56a4-4a53-9a5c-0d5f2c9d7a02
disk_uuid=5b9d0c33-56a4-4a53-9a5c-0d5f2c9d7a10

main() {
    local root=$1 out=$2
    mkdir -p "$out"
    work=$(mktemp -d "$out/.slots.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    system "$root" "$out/system.img"
    boot "$root" "$out/boot.vfat"
    bootconfig "$out/bootconfig.vfat"
    disk "$out"
}

system() {
    local root=$1 image=$2 size salt
    rm -f "$image"
    mkfs.erofs "-z${COMPRESSION:-lz4hc,12}" -C65536 -T"$SOURCE_DATE_EPOCH" -U "$erofs_uuid" \
        --exclude-regex='^boot/.+' "$image" "$root" >/dev/null
    size=$(stat -c %s "$image")
    salt=$(sha256sum "$image" | cut -c1-64)
    veritysetup format --uuid="$verity_uuid" --salt="$salt" --hash-offset="$size" "$image" "$image" |
        sed -n 's/^Root hash:[[:space:]]*//p' >"$work/roothash"
    echo "$size" >"$work/hashoffset"
    within "$image" "$system_mb"
}

within() {
    (($(stat -c %s "$1") <= $2 << 20)) && return
    echo "slots.sh: $1 is larger than its slot of $2 MiB" >&2
    exit 1
}

boot() {
    local root=$1 image=$2 slot kernel
    mkdir "$work/boot"
    kernel=$(find "$root/boot" -name 'vmlinuz-*')
    zcat -f "$kernel" >"$work/boot/vmlinuz"
    cp "$root/boot/initrd.img" "$work/boot/"
    cp "$root/etc/kiosk-release" "$work/boot/release.txt"
    [[ ! -d $root/boot/firmware ]] || cp -r "$root/boot/firmware/." "$work/boot/"
    for slot in a b; do
        command_line "$slot" >"$work/boot/cmdline-$slot.txt"
    done
    config >"$work/boot/config.txt"
    fat "$image" 32 "$boot_mb" KIOSKBOOT 4B10B001 "$work/boot"
}

command_line() {
    echo "root=/dev/mapper/system rootfstype=erofs ro rootwait rauc.slot=${1^^} kiosk.slot=system_$1" \
        "kiosk.roothash=$(<"$work/roothash") kiosk.hashoffset=$(<"$work/hashoffset")" \
        "quiet loglevel=3 panic=10 usbcore.authorized_default=0 systemd.show_status=false" \
        "systemd.getty_auto=no vt.global_cursor_default=0 console=tty1"
}

config() {
    cat <<'END'
arm_64bit=1
kernel=vmlinuz
initramfs initrd.img followkernel
disable_splash=1
dtoverlay=vc4-kms-v3d
dtparam=watchdog=on
[boot_partition=2]
cmdline=cmdline-a.txt
[boot_partition=3]
cmdline=cmdline-b.txt
[all]
END
}

bootconfig() {
    mkdir "$work/bootconfig"
    printf '[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n' >"$work/bootconfig/autoboot.txt"
    fat "$1" 16 16 BOOTCONFIG 4B10B002 "$work/bootconfig"
}

# IMAGE BITS MEGABYTES LABEL SERIAL FOLDER
fat() {
    local image=$1 bits=$2 size=$3 label=$4 serial=$5 folder=$6
    rm -f "$image"
    truncate -s "${size}M" "$image"
    mkfs.vfat -F "$bits" -n "$label" -i "$serial" --invariant "$image" >/dev/null
    find "$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    (cd "$folder" && find . -mindepth 1 -maxdepth 1 -print0 | sort -z | xargs -0 -I{} mcopy -s -m -i "$image" {} ::)
}

# The table of partitions, each behind the one before; data stays blank until the first start.
disk() {
    local out=$1 image=$1/disk.img at=4 name size file type number=0 script=""
    local linux=0FC63DAF-8483-4772-8E79-3D69D8477DE4 basic=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7
    rm -f "$image"
    : >"$work/parts"
    while read -r name size file type; do
        number=$((number + 1))
        script+="start=${at}MiB, size=${size}MiB, type=$type, name=$name, uuid=${disk_uuid%10}2$number"$'\n'
        echo "$at $file" >>"$work/parts"
        at=$((at + size))
    done <<END
bootconfig 16 bootconfig.vfat $basic
boot_a $boot_mb boot.vfat $basic
boot_b $boot_mb boot.vfat $basic
system_a $system_mb system.img $linux
system_b $system_mb system.img $linux
data $data_mb - $linux
END
    truncate -s "$((at + 4))M" "$image"
    printf 'label: gpt\nlabel-id: %s\n%s' "$disk_uuid" "$script" | sfdisk --quiet "$image"
    while read -r at file; do
        [[ $file == - ]] || dd if="$out/$file" of="$image" bs=1M seek="$at" conv=notrunc,sparse status=none
    done <"$work/parts"
}

main "$@"
