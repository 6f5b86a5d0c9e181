"""The models and fields that messages show, derived from the paths of the subjects.

A *subject* is a model that events tell about, such as ``sale.order``.
"""

from collections import defaultdict
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple


class Part(NamedTuple):
    """A model whose records are parts of a subject, such as an order's lines.

    :ivar subject: name of the subject
    :ivar path: the fields that lead from the subject to the part; empty if the part is
        the subject itself
    :ivar names: the fields that messages show, None for all
    :ivar parent: the field that leads from the part to the subject, None if there is
        more than one step between the two
    :ivar is_listed: whether a path of several steps ends in a list, so that the list's
        inverse field leads back
    """

    subject: str
    path: str
    names: frozenset | None = None
    parent: str | None = None
    is_listed: bool = False

    @property
    def is_found_new(self):
        """Whether the subject of a newly created part can be found.

        A part outside any list is found only when a record refers to the part.
        """
        return bool(not self.path or self.parent or self.is_listed)


class Correction(NamedTuple):
    """Records whose corrections messages report, such as contacts.

    Corrections are reported as long as the order or transfer is open; or at any time,
    if a webhook's condition depends on the fields.

    :ivar subject: name of the subject
    :ivar path: the fields that lead from the subject to these records
    :ivar names: the fields that messages show, or that conditions depend on
    :ivar decides: whether a webhook's condition depends on these fields
    """

    subject: str
    path: str
    names: frozenset
    decides: bool = False


class Shown:
    """The fields of one model that messages show.

    :ivar parts: a Part for each subject that these records are parts of
    :ivar paths: a set of (subject, path from the subject to the model)
    :ivar fields: the fields that messages show, by (subject, path); a path that shows
        unknown fields is missing
    :ivar steps: the fields of the model that lead on to other models
    :ivar corrections: a Correction for each path on which corrections are reported
    :ivar lists: by the name of a many2one field, a set of (model, field) of the
        one2many lists whose inverse it is
    :ivar looks_back: whether a webhook asks for the values before a change
    :ivar kept: the fields whose values before a change are needed in any case
    """

    def __init__(self, parts=(), paths=(), lists=None, looks_back=False, kept=()):
        self.parts = list(parts)
        self.paths = set(paths)
        self.fields = {}
        self.steps = set()
        self.corrections = []
        self.lists = lists or defaultdict(set)
        self.looks_back = looks_back
        self.kept = frozenset(kept)

    @property
    def parents(self):
        """The fields that lead to the subjects of these records."""
        return {part.parent for part in self.parts if part.parent}

    @cached_property
    def corrected(self):
        """The fields whose changes may be corrections."""
        return frozenset().union(*(each.names for each in self.corrections))

    @cached_property
    def names(self):
        """All fields that are shown or lead to others, None if unknown."""
        if self.parts or not self.fields.keys() >= self.paths:
            return None
        return frozenset(self.steps).union(self.lists, *self.fields.values())

    def kept_of(self, names):
        """Return those of some fields whose values before a change are needed."""
        return names if self.looks_back else names & self.kept

    def only(self, subjects, looks_back, hearing=(), kept=()):
        """Return a Shown for some of the subjects only.

        :param subjects: names of these subjects
        :param looks_back, kept: see :class:`Shown`
        :param hearing: names of the subjects for which a webhook asks for changes
        """
        shown = Shown(
            (part for part in self.parts if part.subject in subjects),
            (path for path in self.paths if path[0] in subjects),
            self.lists,
            looks_back,
            kept,
        )
        shown.fields = self.fields
        shown.steps = self.steps
        shown.corrections = [
            correction
            for correction in self.corrections
            if correction.subject in (subjects if correction.decides else hearing)
        ]
        return shown

    def __bool__(self):
        return bool(self.parts or self.paths)


def all_shown(models, chosen=MappingProxyType({}), deciding=MappingProxyType({})):
    """Return a dict of Shown by model name, for all models that messages show.

    :param models: Odoo's models by name
    :param chosen: by model, the further fields of messages by name, each with the
        fields that lead to the names of the records that the field refers to
    :param deciding: by subject, the paths of fields that conditions depend on
    :raises KeyError: a path contains a missing field
    """
    found: dict[str, Shown] = defaultdict(Shown)
    said: dict[tuple[str, str], frozenset] = {}
    named: dict[tuple[str, str], frozenset] = {}
    for model in models.values():
        # a model that inherits the mixin, not the mixin itself
        if getattr(model, "_nshift_webhook_subjects", None) and model._auto:
            found[model._name].parts.append(Part(model._name, ""))
            for path in (*model._nshift_webhook_shows, *model._nshift_webhook_fields):
                _follow(models, model, path, found)
            for path, names in model._nshift_webhook_parts.items():
                fields = _follow(models, model, path, found)
                is_listed = fields[-1].type == "one2many"
                single = is_listed and len(fields) == 1
                found[fields[-1].comodel_name].parts.append(
                    Part(
                        model._name,
                        path,
                        names and frozenset(names),
                        fields[0].inverse_name if single else None,
                        is_listed and not single,
                    )
                )
            for path, fields in model._nshift_webhook_fields.items():
                said[model._name, path] = frozenset(fields)
            for path in model._nshift_webhook_further:
                _follow_further(models, model, path, found, chosen, said, named)
    for shown in found.values():
        _find_fields(models, shown, said, named)
    for name, paths in deciding.items():
        _add_deciding(models, name, paths, found)
    return dict(found)


def _add_deciding(models, name, paths, found: dict[str, Shown]):
    """Add the fields that conditions depend on.

    :param str name: name of the subject
    """
    shown_anyway = {
        path
        for shown in found.values()
        for subject, path in shown.paths
        if subject == name
    }
    told = {
        part.path
        for shown in found.values()
        for part in shown.parts
        if part.subject == name and not part.names
    }
    names = defaultdict(set)
    for path in paths:
        fields = _follow(models, models[name], path, found)
        at, model = "", models[name]
        for field in fields:
            if at:
                names[at, model._name].add(field.name)
            at = f"{at}.{field.name}".removeprefix(".")
            model = models.get(field.comodel_name)
        if model:
            # a condition on a reference depends on no field of the referred record
            names[at, model._name].update(())
    for (path, model), fields in names.items():
        shown, key = found[model], (name, path)
        if key in shown.fields or path not in shown_anyway:
            shown.fields[key] = shown.fields.get(key, frozenset()) | fields
        if fields and path not in told:
            shown.corrections.append(Correction(name, path, frozenset(fields), True))


def _follow_further(models, subject, path, found, chosen, said, named):
    """Add the further fields of a model, which administrators have chosen.

    :param str path: the fields that lead from the subject to the model
    :param chosen: see :func:`all_shown`
    :param said: by (subject, path), the fields shown where only a few fields are
    :param named: by (subject, path), the field shown on a path that only leads to a
        name
    """
    fields = _follow(models, subject, path, found) if path else []
    model = fields[-1].comodel_name if fields else subject._name
    further = chosen.get(model, {})
    if (subject._name, path) in said:
        said[subject._name, path] |= further.keys()
    for name, leading in further.items():
        at = f"{path}.{name}" if path else name
        for step in leading:
            key = subject._name, at
            if not any(key in shown.paths for shown in found.values()):
                named[key] = frozenset([step])
            _follow(models, subject, at, found)
            at = f"{at}.{step}"


def _find_fields(models, shown: Shown, said, named):
    """Find the fields of a model that are shown, and the corrections to report.

    The fields listed for a contact also apply to the contacts that it leads to, such as
    its parent, unless these have a list of their own.

    :param said, named: see :func:`_follow_further`
    """
    said = {path: said[path] for path in shown.paths if path in said}
    for subject, path in sorted(shown.paths):
        if (subject, path) in named:
            # a new name does not correct the record that refers to the named record
            shown.fields[subject, path] = named[subject, path]
            continue
        before = _starts(path)
        known = [said[subject, at] for at in before if (subject, at) in said]
        if not known:
            continue
        names = known[0]
        shown.fields[subject, path] = names
        corrected = models[subject]._nshift_webhook_corrected
        if any(at in corrected and (subject, at) in said for at in before):
            shown.corrections.append(Correction(subject, path, names))


def _starts(path):
    """Return a path and its beginnings, longest first."""
    names = path.split(".")
    return [".".join(names[:end]) for end in range(len(names), 0, -1)]


def _follow(models, subject, path, found: dict[str, Shown]):
    """Add the models on a path; return the fields of the path.

    :param str path: the path, which may end in a column. If the path begins with ``?``,
        a field may be missing because its module is not installed; the path then ends
        before the field.
    :raises KeyError: a field is missing on a path without ``?``
    """
    model, fields = subject, []
    for name in path.removeprefix("?").split("."):
        if path.startswith("?") and name not in model._fields:
            break
        field = model._fields[name]
        fields.append(field)
        found[model._name].steps.add(name)
        if not field.comodel_name:
            break
        shown = found[field.comodel_name]
        shown.paths.add((subject._name, ".".join(field.name for field in fields)))
        if field.type == "one2many":
            shown.lists[field.inverse_name].add((model._name, name))
        model = models[field.comodel_name]
    return fields
