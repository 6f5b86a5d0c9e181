"""The command that sends a signed message by ``curl``, from a user's own machine.

The command is for bash and zsh. Messages contain texts by customers, so the whole
message is quoted: the shell reproduces the same bytes and runs none of them.
"""

import re
import shlex

from .request import ALWAYS
from .url import check_url

#: Bytes of a message up to which it is part of the command. Linux limits an argument to
#: 128 KiB.
LONGEST_BODY = 100_000
#: Addresses that may be unencrypted, since messages to them do not leave the machine.
THIS_MACHINE = re.compile(r"http(://(localhost|127\.0\.0\.1|\[::1\])([:/?].*)?)")


def check_destination(url):
    """Refuse an address to which no message should be sent by hand.

    :param url: the address: HTTPS, or HTTP to the user's own machine
    :raises UrlError: the address is something else
    """
    found = THIS_MACHINE.fullmatch(url) if isinstance(url, str) else None
    check_url(f"https{found[1]}" if found else url)


def curl_command(url, headers, body, file_name):
    """Return the command that sends a message.

    :param str url: an address that :func:`check_destination` accepts
    :param headers: the (name, value) of the attempt's own headers
    :param bytes body: the message as signed
    :param str file_name: the file that contains a message too long for the command
    """
    sent = [*ALWAYS, *headers]
    if len(body) > LONGEST_BODY:
        data = f"--data-binary {_quoted(f'@{file_name}')}"
    else:
        # --data would read a file if the message began with @
        data = f"--data-raw {_quoted(body.decode())}"
    return " \\\n  ".join(
        [
            # without --globoff, curl expands braces and brackets in the address
            f"curl --globoff --include --url {_quoted(url)}",
            *(f"--header {_quoted(f'{name}: {value}')}" for name, value in sent),
            # otherwise curl waits for "100 Continue" before sending more than 1 MB
            "--header 'Expect:'",
            data,
        ]
    )


def _quoted(text):
    """Return a text in shell quotes, as legible as possible."""
    if text.isprintable():
        return shlex.quote(text)
    # a terminal would change control characters
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(character):
    if character.isprintable() and character not in "'\\!":
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
