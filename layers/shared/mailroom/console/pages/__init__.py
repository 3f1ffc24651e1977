"""The pages: each takes a request and the ports, and returns an answer."""
