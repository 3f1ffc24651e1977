"""Pay once: a redelivered message finds the answer that was already bought, by Powertools' idempotency in DynamoDB."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
)
from aws_lambda_powertools.utilities.idempotency.serialization.custom_dict import CustomDictSerializer

from mailroom.domain.cost import Usage
from mailroom.domain.errors import TransientError
from mailroom.domain.record import CacheVerdict
from mailroom.ports import ModelAnswer, ModelRequest, Outcome, ReaderModel

TIME_TO_FILE_S = 8.0
"""What a call must leave of the function's time: enough to judge the answer and to write it."""

KEPT_FOR_S = 14 * 24 * 3600
"""How long an answer is kept: as long as SQS can keep a message (14 days), so that no redelivery pays again."""


class PayOnce:
    """A model that answers the same question (by ``call_key``) from memory; a refused or cut-off answer is one too.

    What the model said comes before what its memory fails at: an answer that could not be kept is given all the same,
    for it is paid, and the ledger keeps it next; an error of the model's is never hidden behind one of the table's.
    """

    def __init__(self, model: ReaderModel, table: str, dynamodb: Any, kept_for_s: int = KEPT_FOR_S) -> None:
        self.config = IdempotencyConfig(expires_after_seconds=kept_for_s)
        self.memory = DynamoDBPersistenceLayer(table_name=table, boto3_client=dynamodb)
        self._paid = idempotent_function(
            self._pay,
            data_keyword_argument="call_key",
            persistence_store=self.memory,
            config=self.config,
            output_serializer=CustomDictSerializer(to_dict=asdict, from_dict=_answer),
            key_prefix="ask",
        )
        self._model = model

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer; raises what the model raises, and TransientError while another worker is asking the same."""
        in_time = replace(request, timeout_s=min(request.timeout_s, self._time_left_s()))
        said: list[ModelAnswer | Exception] = []
        try:
            answer: ModelAnswer = self._paid(call_key=request.call_key, request=in_time, said=said)
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError) as error:
            raise TransientError("Another worker is asking the same question.") from error
        except IdempotencyPersistenceLayerError as error:
            for outcome in said:
                if isinstance(outcome, Exception):
                    raise outcome from error
                return outcome
            raise TransientError("The memory of paid answers could not be reached.") from error
        return answer

    def _time_left_s(self) -> float:
        """Return the seconds that a call may take; raises TransientError where too few are left to begin one."""
        if self.config.lambda_context is None:
            return KEPT_FOR_S
        left_s = self.config.lambda_context.get_remaining_time_in_millis() / 1000 - TIME_TO_FILE_S
        if left_s <= 0:
            raise TransientError("The function has too little time left to ask the model.")
        return left_s

    def _pay(
        self,
        *,
        call_key: str,  # noqa: ARG002 -- the key is for Powertools
        request: ModelRequest,
        said: list[ModelAnswer | Exception],
    ) -> ModelAnswer:
        try:
            answer = self._model.ask(request)
        except Exception as error:
            said.append(error)
            raise
        said.append(answer)
        return answer


def _answer(found: Mapping[str, Any]) -> ModelAnswer:
    rest = {name: found[name] for name in ("model", "text", "duration_ms", "request_id")}
    return ModelAnswer(
        **rest,
        outcome=Outcome(found["outcome"]),
        cache=CacheVerdict(found["cache"]),
        usage=Usage(**found["usage"]),
    )
