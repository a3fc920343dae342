#!/bin/sh
# What the backend and the health gate know of the slots. Read with `.`; writes nothing by itself.
#
# $BOOTCONFIG/autoboot.txt   [all] names the slot that starts: the committed one
# $BOOTCONFIG/pending        the slot that was asked to be tried, until there is a verdict
# $BOOTCONFIG/slot-?.bad     a slot that is half written or did not come up
# $RUN/systemd/reboot-param  "0 tryboot" while the next start is the trial; gone after a power cut, as the request is
BOOTCONFIG=${BOOTCONFIG:-/bootconfig}
RUN=${RUN:-/run}
PROC=${PROC:-/proc}
FIRMWARE_PORT=${FIRMWARE_PORT:-/dev/virtio-ports/org.kiosk.fw}

part_of() { case $1 in A) echo 2 ;; B) echo 3 ;; *) echo "no slot $1" >&2; return 1 ;; esac; }
slot_of() { case $1 in 2) echo A ;; 3) echo B ;; *) echo "no boot partition $1" >&2; return 1 ;; esac; }
other() { case $1 in A) echo B ;; *) echo A ;; esac; }

committed() {
  slot_of "$(awk -F= '/^\[/ { s = $0 } s == "[all]" && $1 == "boot_partition" { print $2; exit }' "$BOOTCONFIG/autoboot.txt")"
}

# The firmware's own word first: an EEPROM too old for [boot_partition=N] gives the wrong command line (and a trial that
# believed it would commit the wrong slot). Elsewhere there is only the command line.
booted() {
  said=$PROC/device-tree/chosen/bootloader/partition
  if [ -r "$said" ]; then
    slot_of "$(od -An -tu1 -j3 -N1 "$said" | tr -d ' ')"
  else
    sed -n 's/.*rauc\.slot=\([AB]\).*/\1/p' "$PROC/cmdline"
  fi
}

pending() { if [ -s "$BOOTCONFIG/pending" ]; then tr -cd AB < "$BOOTCONFIG/pending"; fi; }
armed() { grep -qs tryboot "$RUN/systemd/reboot-param"; }
is_bad() { [ -e "$BOOTCONFIG/slot-$1.bad" ]; }
