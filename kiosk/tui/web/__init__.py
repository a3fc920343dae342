"""The officer's screen in a browser: a page on this machine's own address only, reached through SSH.

Each open page has a screen of its own in a process of its own; what it may see and do is decided by the core, as at
any other desk. Needs the optional part `web`.
"""
