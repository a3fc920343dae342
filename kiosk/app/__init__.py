"""The core put together from its parts, and its life as a process."""
