"""The screens: they draw a `View` or a `Board` and send answers; nothing of a visit is kept here."""
