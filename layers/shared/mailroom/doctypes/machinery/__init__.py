"""How document types work inside; a user who adds a kind of document never opens this folder."""
