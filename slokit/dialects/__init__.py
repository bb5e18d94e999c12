"""Input dialects, one a folder. To add one: write it and name its DIALECT here."""

from slokit.dialects.base import Dialect
from slokit.dialects.slokit_v1 import dialect as slokit_v1

DIALECTS: tuple[Dialect, ...] = (slokit_v1.DIALECT,)
