"""Input dialects, one a file. To add one: write its file and name its DIALECT here."""

from slokit.dialects import slokit_v1
from slokit.dialects.base import Dialect

DIALECTS: tuple[Dialect, ...] = (slokit_v1.DIALECT,)
