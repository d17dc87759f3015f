"""Importing this package declares the actions of the intake; they are those of the customers it fills."""
