"""What goes to the model and what comes back: the cached prompt, the requests, the wire format and its parser."""
