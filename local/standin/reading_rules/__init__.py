"""Rules that read fields out of a message: kinds by score, labels, patterns and tables, with no sample known."""
