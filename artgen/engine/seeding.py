from artgen.seeding import *  # noqa
