"""The activities that come with the kiosk, and the manager that keeps plugins apart.

`BUNDLED` names them; others are found through the entry-point group `kiosk.plugins.v1`.
"""

BUNDLED: tuple[str, ...] = ("first_issue",)
