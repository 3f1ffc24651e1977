"""Logs and metrics, built once. Logs carry ids, states and figures; never a message's text or a field's value."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()
