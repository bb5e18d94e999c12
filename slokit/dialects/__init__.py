"""Input dialects, one a file or folder. To add one: write it and name its DIALECT here."""

from slokit.dialects import slokit_v1
from slokit.dialects.base import Dialect

DIALECTS: tuple[Dialect, ...] = (slokit_v1.DIALECT,)
