"""Imported once by the process that workers are forked from: handlers, SDKs and every wired port, but no connection."""

import importlib
from multiprocessing import spawn

from local.twin.workers import HURRY, hurry

# A worker calls handlers by name and nothing of the program that started it, whose import costs each a third of a
# second. Preloading "__main__" is the documented way, which CPython 3.13.0 ignores (gh-126631).
setattr(spawn, "_fixup_main_from_path", lambda path: None)  # noqa: ARG005, B010

for _folder in ("receive_email", "extract_record", "review_record", "dispatch_record", "sweep_records"):
    importlib.import_module(f"functions.{_folder}.handler")

hurry(HURRY)

from mailroom import wiring  # noqa: E402 -- after its clock is compressed
from mailroom.reading import read_email, read_form  # noqa: E402

for _wired in (
    wiring.receiving,
    wiring.extraction,
    wiring.reviewing,
    wiring.dispatching,
    wiring.sweeping,
    wiring.intake_queue,
    wiring.review_queue,
    wiring.form_door,
):
    _wired()

# What reading imports only when it is needed is imported here.
read_email(b"Subject: Warm\r\nContent-Type: text/html\r\n\r\n<p>Warm</p>")
read_form(b"name=Warm", content_type="application/x-www-form-urlencoded", form="warm")
