"""Finding values in a message: one module per way of writing, one index per message that all of them share."""
