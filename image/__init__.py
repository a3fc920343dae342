"""The device's image: how it is built (`build.sh`), and how it is started in QEMU (`emulator`)."""
