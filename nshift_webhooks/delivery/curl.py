"""The command that sends a signed message by ``curl``, from somebody's own machine.

It is for bash and zsh. Whatever is in a message, other people wrote: all of it is
quoted so that the shell makes the same bytes of it, and runs none.
"""

import re
import shlex

from .request import ALWAYS
from .url import check_url

#: Bytes of a message that can stand in a command. Linux takes 128 KiB in one argument.
LONGEST_BODY = 100_000
#: Where a message may go unencrypted: it does not leave the machine.
THIS_MACHINE = re.compile(r"http(://(localhost|127\.0\.0\.1|\[::1\])([:/?].*)?)")


def check_destination(url):
    """Refuse an address that no message should be sent to by hand.

    :param url: HTTPS, or HTTP on the machine itself
    :raises UrlError: and says what is wrong with it
    """
    found = THIS_MACHINE.fullmatch(url) if isinstance(url, str) else None
    check_url(f"https{found[1]}" if found else url)


def curl_command(url, headers, body, file_name):
    """Return the command.

    :param str url: one that :func:`check_destination` accepts
    :param headers: a (name, value) of each of the attempt
    :param bytes body: the message as it is signed
    :param str file_name: where the command finds the message if it is too long
    """
    sent = [*ALWAYS, *headers]
    if len(body) > LONGEST_BODY:
        data = f"--data-binary {_quoted(f'@{file_name}')}"
    else:
        # raw: an @ at the beginning would mean a file
        data = f"--data-raw {_quoted(body.decode())}"
    return " \\\n  ".join(
        [
            # globoff: braces and brackets in the address mean themselves
            f"curl --globoff --include --url {_quoted(url)}",
            *(f"--header {_quoted(f'{name}: {value}')}" for name, value in sent),
            # else curl waits for a receiver's leave to send more than 1 MB
            "--header 'Expect:'",
            data,
        ]
    )


def _quoted(text):
    """Return a text as the shell reads it: in quotes, as much as possible as it is."""
    if text.isprintable():
        return shlex.quote(text)
    # what cannot be seen would not survive a terminal
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(character):
    if character.isprintable() and character not in "'\\!":
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
