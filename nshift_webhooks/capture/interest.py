"""The events that active webhooks ask for, and the fields watched for these events;
plain Python.
"""


class Interest:
    """The choices of all active webhooks at one moment.

    :param audiences: an Audience by the name of the model that the events are about
    :param shown: a Shown by model name, see ``all_shown``
    :param chosen: the further fields of messages, a Chosen of ``payload/custom.py``
    :ivar watched: by model name, a Shown without the subjects that no webhook follows;
        filled as models are asked for
    :ivar references: by model name, the fields of other models that PostgreSQL changes
        when a record of the model is deleted; None until asked for
    """

    def __init__(self, audiences, shown, chosen):
        self.audiences = audiences
        self.shown = shown
        self.chosen = chosen
        self.watched = {}
        self.references = None
