"""Imported once by the process that workers are forked from: handlers, SDKs and every wired port, but no connection."""

import importlib

from local.twin.workers import HURRY, hurry

for _folder in ("receive_email", "extract_record", "review_record", "dispatch_record", "sweep_records"):
    importlib.import_module(f"functions.{_folder}.handler")

hurry(HURRY)

from mailroom import wiring  # noqa: E402 -- after its clock is compressed

for _wired in (wiring.receiving, wiring.extraction, wiring.reviewing, wiring.dispatching, wiring.sweeping):
    _wired()
