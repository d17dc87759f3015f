"""The pages of customers, a file per subject."""
