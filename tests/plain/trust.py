"""A sender for endpoints on this machine, whose authority it trusts."""

from delivery.guard import Guard
from delivery.network import Network
from delivery.sender import Sender

from dev import certificate

HERE = Guard.parse("localhost")


def trusting_sender(internal_host="localhost"):
    network = Network(str(certificate.ensure().authority))
    return Sender(Guard.parse(internal_host), network)
