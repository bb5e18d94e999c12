"""A certificate authority of a test's own."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Authority:
    """A certificate authority in a directory; it signs for 127.0.0.1."""

    directory: Path

    @property
    def ca(self) -> Path:
        """Its own certificate."""
        return self.directory / "ca.pem"

    def make(self) -> None:
        """Create the authority."""
        self._openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
            " -subj /CN=TestCA -keyout ca.key -out ca.pem"
        )

    def issue(self, name: str) -> tuple[Path, Path]:
        """A certificate and its key, signed by the authority."""
        (self.directory / "san.ext").write_text("subjectAltName=IP:127.0.0.1\n")
        self._openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
            f" -subj /CN={name} -keyout {name}.key -out {name}.csr"
        )
        self._openssl(
            f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
            f" -extfile san.ext -out {name}.pem"
        )
        return self.directory / f"{name}.pem", self.directory / f"{name}.key"

    def _openssl(self, arguments: str) -> None:
        subprocess.run(
            ["openssl", *arguments.split()], cwd=self.directory, check=True, capture_output=True
        )
