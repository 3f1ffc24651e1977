"""The console: pages on which people see what waits for them, and decide. A page is a function of a request."""
