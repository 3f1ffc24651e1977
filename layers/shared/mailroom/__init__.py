"""Mailroom opens every email and form, reads its fields with Claude, and checks each value against the words it came from."""
