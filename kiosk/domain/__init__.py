"""Pure values and tables. Nothing here reads a file, a clock or a device."""
