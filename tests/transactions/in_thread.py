"""What several do at the same time."""

import threading


def in_thread(function):
    """Run a function beside the test; return how to wait for it and its exception."""
    raised = []

    def run():
        try:
            function()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def join():
        thread.join(60)
        assert not thread.is_alive()
        return raised[0] if raised else None

    return join
