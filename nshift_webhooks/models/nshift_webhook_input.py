from odoo import Command, api, models
from odoo.exceptions import ValidationError

#: The longest text, in characters, where a model sets no other length.
LONGEST_TEXT = 4000
#: The highest id that a record can have in the database.
HIGHEST_ID = 2**31 - 1
X2MANY = ("one2many", "many2many")


class NshiftWebhookInput(models.AbstractModel):
    """A model that people, imports and clients fill in.

    Values are checked before they reach the database: a wrong value gets an answer that
    explains the fault, and PostgreSQL has no reason to show the whole row.
    """

    _name = "nshift.webhook.input"
    _description = "Webhook input"

    #: The longest texts, in characters, by field.
    _nshift_webhook_longest = {}

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        vals_list = [self._with_defaults(vals) for vals in vals_list]
        required = [name for name, field in self._fields.items() if field.required]
        for vals in vals_list:
            self._check_input(dict.fromkeys(required) | vals)
        return super().create(vals_list)

    def write(self, vals):
        self.check_access("write")
        self._check_input(vals)
        return super().write(vals)

    def _with_defaults(self, vals):
        """Add default values, those of a client's context included.

        :raises ValidationError: a default value is of a wrong type
        """
        try:
            return self._add_missing_default_values(vals)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            raise ValidationError(
                self.env._("A default value of the context cannot be used.")
            ) from error

    def _check_input(self, vals):
        """Refuse values that cannot be stored.

        :raises ValidationError: names the field, but never the value
        """
        if not isinstance(vals, dict):
            raise ValidationError(self.env._("Give the values by their fields' names."))
        for name, value in vals.items():
            # Odoo itself refuses unknown fields
            if field := self._fields.get(name):
                self._check_value_of(field, value, self._kept(field, value))

    def _kept(self, field, value):
        """Return a value as the ORM would store it.

        :raises ValidationError: names the field, but never the value
        """
        error = None
        if _is_of_type(field, value):
            if field.type in X2MANY:
                return value
            try:
                return field.convert_to_cache(value, self.browse())
            except (ValueError, TypeError, AttributeError, OverflowError) as caught:
                error = caught
        raise ValidationError(
            self.env._("“%s” cannot have this value.", self._label_of(field))
        ) from error

    def _check_value_of(self, field, value, kept):
        """Refuse a value that a field cannot have.

        :param field: the field in the ORM
        :param value: as entered
        :param kept: the value as the ORM would store it
        :raises ValidationError: names the field, but never the value
        """
        label = self._label_of(field)
        if field.readonly and not field.inverse:
            raise ValidationError(
                self.env._("“%s” cannot be set: it only shows what is.", label)
            )
        if field.required and not kept and field.type not in ("integer", "boolean"):
            raise ValidationError(self.env._("“%s” is missing: enter it.", label))
        if field.type in ("char", "text") and value:
            self._check_text(field, value, label)
        if field.type == "many2one" and kept:
            self._check_exists(field, [kept])
        elif field.type == "many2many":
            self._check_exists(field, list(_linked_ids(value)))

    def _check_exists(self, field, ids):
        # sudo: only whether the records exist is checked
        records = self.env[field.comodel_name].sudo().browse(ids)
        # a higher id would make the query itself fail
        if any(id_ > HIGHEST_ID for id_ in ids) or len(records.exists()) < len(records):
            raise ValidationError(
                self.env._(
                    "What was chosen for “%s” does not exist.", self._label_of(field)
                )
            )

    def _label_of(self, field):
        return field._description_string(self.env)

    def _check_text(self, field, value, label):
        longest = self._nshift_webhook_longest.get(field.name, LONGEST_TEXT)
        if len(value) > longest:
            raise ValidationError(
                self.env._(
                    "“%(field)s” is too long: it may have %(longest)s characters.",
                    field=label,
                    longest=longest,
                )
            )
        if "\x00" in value or not value.isascii() and not _is_encodable(value):
            raise ValidationError(
                self.env._(
                    "“%s” contains a character that cannot be stored: remove it.",
                    label,
                )
            )


def _linked_ids(commands):
    """Return the ids of the records that commands on a list link.

    :param commands: a list that :func:`_are_commands` accepts, or False
    """
    ids = set()
    for command in commands or ():
        if isinstance(command, int):
            ids.add(command)
        elif command[0] == Command.LINK:
            ids.add(command[1])
        elif command[0] == Command.SET:
            ids.update(command[2])
    return ids


def _are_commands(value):
    """Tell whether the ORM accepts a value as a list of records."""
    return isinstance(value, models.BaseModel) or (
        isinstance(value, list | tuple)
        and all(_is_id(each) or _is_command(each) for each in value)
    )


def _is_command(value):
    if not isinstance(value, list | tuple) or not value:
        return False
    kind, *rest = value
    id_, values = (*rest, None, None)[:2]
    if kind == Command.CREATE:
        return isinstance(values, dict)
    if kind == Command.UPDATE:
        return _is_id(id_) and isinstance(values, dict)
    if kind in (Command.DELETE, Command.UNLINK, Command.LINK):
        return _is_id(id_)
    if kind == Command.SET:
        return isinstance(values, list | tuple) and all(map(_is_id, values))
    return kind == Command.CLEAR


def _is_id(value):
    return isinstance(value, int) and value is not True and value > 0


def _is_of_type(field, value):
    """Tell whether a value has a type that the ORM can convert for a field."""
    if value is None or value is False:
        return True
    if field.type in ("char", "text", "selection"):
        return isinstance(value, str)
    if field.type == "integer":
        return isinstance(value, int | str)
    if field.type == "float":
        return isinstance(value, int | float | str)
    if field.type == "many2one":
        return _is_id(value) or isinstance(value, models.BaseModel)
    if field.type in X2MANY:
        return _are_commands(value)
    return True


def _is_encodable(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
