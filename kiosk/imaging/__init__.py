"""The appliance's image: what lies on a card, writing it, updating it, setting a machine up. No screen, no device."""
