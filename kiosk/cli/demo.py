"""placeholder"""


def add(s):
    pass
