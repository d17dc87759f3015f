"""Telling people and systems what happened: the trail is read once, and whoever listens gets what concerns them."""
