"""Stored messages read again under a changed type, prompt, model or threshold, beside what the ledger says of them."""
