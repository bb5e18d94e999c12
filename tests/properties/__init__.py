"""Claims over many made-up inputs."""
