"""Messages between core and screens: JSON lines, one Unix socket a role; picture frames follow their header line."""
