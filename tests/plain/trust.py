"""A sender for endpoints on this machine, whose authority it trusts."""

from delivery.guard import Guard
from delivery.sender import Sender

from dev import certificate

HERE = Guard.parse("localhost")


def trusting_sender(internal_host="localhost"):
    return Sender(Guard.parse(internal_host), certificate.ensure().authority)
