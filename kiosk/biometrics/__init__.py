"""Quality of fingers and faces, advice, codes on cards: measured on pixels, no device and no screen."""
