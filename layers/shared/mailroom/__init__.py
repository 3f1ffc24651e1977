"""Mailroom reads the fields of every email and form with Claude, and checks each value against its words."""
