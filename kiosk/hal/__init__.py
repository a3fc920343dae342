"""Hardware abstraction: one package a device. Its `__init__` is the contract, drivers and simulation stand beside it."""
