"""YAML files: parsed under limits, decoded into models, with the place of everything in them."""
