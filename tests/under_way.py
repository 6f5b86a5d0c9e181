"""How many requests an endpoint has at a time."""

import threading


def counted(answer, most):
    """Return an answer that notes how many requests are under way as each comes.

    :param answer: what it answers, see `dev.receiver`
    :param list most: gets the numbers
    """
    lock, under_way = threading.Lock(), set()

    def send(handler):
        with lock:
            under_way.add(handler)
            most.append(len(under_way))
        result = answer(handler)
        with lock:
            under_way.remove(handler)
        return result

    return send
