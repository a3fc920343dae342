"""The `kiosk` command: one module a family of subcommands, each with `add(subparsers)`."""
