"""The kinds of documents that Mailroom reads, one file each: add a file, and there is one kind more.

Copy ``lead.py``, or let ``mailroom doctypes new NAME`` write the start; ``mailroom doctypes check`` says what to mend.
"""
