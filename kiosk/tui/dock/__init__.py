"""The dock: a bench panel that plays the hardware of a running kiosk through its world file."""
