"""The therapies: one contract, nine built-in packages, and a registry that any other package can join."""
