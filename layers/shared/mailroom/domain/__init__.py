"""The pure core: message, document types, evidence, confidence, record and cost. Standard library and pydantic only."""
