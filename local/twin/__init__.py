"""The local twin: template.yaml itself on an AWS emulator on loopback, with the doors that the emulator lacks."""

from local.twin.errors import RefusedMailError, TwinError
from local.twin.ses import message_id_of
from local.twin.twin import Twin

__all__ = ["RefusedMailError", "Twin", "TwinError", "message_id_of"]
