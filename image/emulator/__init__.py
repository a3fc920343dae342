"""A Raspberry Pi as its card sees it, in QEMU: what the firmware does with the card, then the machine.

QEMU cannot play the firmware of a Pi. This does: it reads the same `autoboot.txt`, `config.txt`, `cmdline-*.txt`, kernel
and initrd out of the very image that is flashed, keeps the one-shot flag of a trial boot, and hands them to QEMU.
"""
