"""The events that active webhooks ask for, and the fields watched for these events;
plain Python.
"""


class Interest:
    """All active webhooks' choices at one moment.

    :param audiences: by the name of a model that events tell about, its Audience
    :param shown: see ``all_shown``
    :param chosen: the further fields that messages tell
    :ivar watched: what was found to be watched of a model, by its name
    :ivar references: what was found to refer to each model, None if nobody has asked
    """

    def __init__(self, audiences, shown, chosen):
        self.audiences = audiences
        self.shown = shown
        self.chosen = chosen
        self.watched = {}
        self.references = None
