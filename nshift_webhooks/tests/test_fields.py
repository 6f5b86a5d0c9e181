"""Every field of the addon's, through every door, against the list of who may."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import WebhookCase, type_ids
from .field_records import DIALOGS, record_of_each, sample
from .field_rights import ADMIN, FIELDS, LEVELS, MANAGER, USER
from .test_audit import TRICKS

MODELS_WITH_RECORDS = [model for model in FIELDS if model != "nshift.webhook.settle"]


def is_ours(field):
    return "nshift_webhooks" in field._modules


@tagged("post_install", "-at_install")
class TestFields(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            level: new_test_user(cls.env, f"webhooks_field_{level}", groups)
            for level, groups in (
                (USER, "nshift_webhooks.group_webhook_user,base.group_allow_export"),
                (
                    MANAGER,
                    "nshift_webhooks.group_webhook_manager,base.group_allow_export",
                ),
                (ADMIN, "base.group_system,base.group_allow_export"),
                ("seller", "sales_team.group_sale_salesman"),
                ("employee", "base.group_user"),
                ("portal", "base.group_portal"),
            )
        }
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.ours = cls.make_records(cls.env.company)
        cls.theirs = cls.make_records(cls.other)

    @classmethod
    def make_records(cls, company):
        """Make a record of each model, of a company."""
        webhook = cls.make_webhook(name=company.name, company_id=company.id)
        return record_of_each(webhook)

    def dialog_of(self, record, user):
        """Return the same dialog as the user has opened it, others as they are."""
        model = self.env[record._name].with_user(user)
        if record._transient and model.has_access("create"):
            given = {"webhook_id"} & record._fields.keys()
            return model.create({name: record[name].id for name in given})
        return record.with_user(user)

    def may(self, user, least):
        return user in LEVELS and LEVELS.index(user) >= LEVELS.index(least)

    def refuses(self, act):
        """Tell whether an act is refused, and take it back if not."""
        try:
            with self.cr.savepoint():
                act()
                self.env.flush_all()
                raise _NotRefusedError
        except (UserError, ValueError, TypeError, KeyError):
            return True
        except _NotRefusedError:
            return False
        finally:
            self.env.invalidate_all(flush=False)

    def readable(self, record, lists):
        """Return which lists of fields a user can read of a record."""
        found = []
        for names in lists:
            try:
                record.read(names)
            except AccessError:
                continue
            found.append((record, record.env.user.login, names))
        return found

    def test_list_is_complete(self):
        """Each field in the registry is in the list, and the other way round."""
        found = {
            name: {
                field.name
                for field in model._fields.values()
                # the chatter's have rights of their own
                if is_ours(field) or not {"mail", "sms", "rating"} & set(field._modules)
            }
            for name, model in self.env.registry.items()
            if name.startswith("nshift.") and not model._abstract
        }
        chatter = {
            name
            for parent in ("mail.thread", "mail.activity.mixin")
            for name in self.env[parent]._fields
        }
        listed = {name: set(fields) for name, fields in FIELDS.items()}
        found["nshift.webhook"] -= chatter - listed["nshift.webhook"]
        self.assertEqual(found, listed)
        added = {
            name: {field.name for field in model._fields.values() if is_ours(field)}
            for name, model in self.env.registry.items()
            if not name.startswith("nshift.") and not model._abstract
        }
        # in test_settings.py is who may do what with them
        settings = {
            f"nshift_webhook_{name}{part}"
            for name in (
                "retry_delays",
                "internal_hosts",
                "rotation_hours",
                "environment",
                "contract",
                "keep_received_days",
                "keep_failed_days",
                "keep_messages_days",
            )
            for part in ("", "_words", "_fault")
        } | {"nshift_webhook_monitoring_words"}
        button = {"nshift_webhook_event_count"}
        # in test_digest.py is who is shown them
        tiles = {
            f"kpi_nshift_webhook_{name}{part}"
            for name in ("received", "given_up")
            for part in ("", "_value")
        }
        self.assertEqual(
            {name: fields for name, fields in added.items() if fields},
            {
                "digest.digest": tiles,
                "sale.order": button,
                "stock.picking": button,
                "res.config.settings": settings,
            },
        )
        self.assertFalse(self.env["sale.order"]._fields[button.pop()].store)

    def test_reading(self):
        for model in MODELS_WITH_RECORDS:
            for level, user in self.users.items():
                mine = self.dialog_of(self.ours[model], user)
                for name, (least, *_rest) in FIELDS[model].items():
                    with self.subTest(model=model, user=level, field=name):
                        self.assertEqual(
                            self.refuses(lambda r=mine, n=name: r.read([n])),
                            not self.may(level, least),
                        )

    def test_others_in_any_order(self):
        """Nothing of another company's record is read, whatever else is read before.

        Reading a name, as superuser, fills the cache for what comes after it.
        """
        leaks = []
        for model in MODELS_WITH_RECORDS:
            # types and further fields are of no company
            if model in (
                "nshift.webhook.vault",
                "nshift.webhook.type",
                "nshift.webhook.field",
            ):
                continue
            names = list(FIELDS[model])
            for level in (MANAGER, ADMIN):
                record = self.theirs[model].with_user(self.users[level])
                for first in names:
                    self.env.invalidate_all()
                    # as whatever runs as superuser does
                    record.sudo().mapped(first)
                    leaks += self.readable(record, [[first, name] for name in names])
        self.assertEqual(leaks, [])

    def test_restricted_in_any_order(self):
        """Neither is what takes more rights, in one's own company."""
        leaks = []
        for model in MODELS_WITH_RECORDS:
            names = FIELDS[model]
            for level in (USER, MANAGER):
                record = self.ours[model].with_user(self.users[level])
                closed = [n for n in names if not self.may(level, names[n][0])]
                pairs = [[name, other] for name in closed for other in names]
                leaks += self.readable(record, pairs)
                leaks += self.readable(record, [pair[::-1] for pair in pairs])
        self.assertEqual(leaks, [])

    @mute_logger("odoo.sql_db")
    def test_finding_out(self):
        """What may not be read cannot be searched, sorted, grouped or exported."""
        open_doors = []
        for model in MODELS_WITH_RECORDS:
            for level, user in self.users.items():
                access = self.env[model].with_user(user)
                for name, (least, *_rest) in FIELDS[model].items():
                    if self.may(level, least) or name in ("id", "display_name"):
                        continue
                    for door in (
                        lambda a=access, n=name: a.search([(n, "!=", False)]),
                        lambda a=access, n=name: a.search([(n, "like", "w%")]),
                        lambda a=access, n=name: a._read_group([], [n]),
                        lambda a=access, n=name: a.search([], order=n),
                        lambda m=model, n=name, u=user: (
                            self.ours[m].with_user(u).export_data([n])
                        ),
                        lambda a=access, n=name: a.search_read([], [n]),
                        lambda a=access, n=name: a.web_search_read([], {n: {}}),
                    ):
                        if not self.refuses(door):
                            open_doors.append((model, level, name))
        self.assertEqual(open_doors, [])

    def test_changing(self):
        """What only the addon writes, nobody else changes, whatever they send along."""
        for model in MODELS_WITH_RECORDS:
            for level, user in self.users.items():
                mine = self.dialog_of(self.ours[model], user)
                for name, (*_rest, least) in FIELDS[model].items():
                    if self.may(level, least):
                        continue
                    with self.subTest(model=model, user=level, field=name):
                        self.check_unchanged(mine, name)

    @mute_logger("odoo.sql_db")
    def check_unchanged(self, record, name):
        value = sample(record._fields[name], self.theirs["nshift.webhook"])
        # also what is computed when a dialog is made
        self.env.flush_all()
        before = self.row_of(record)
        for context in ({}, TRICKS, {f"default_{name}": value}):
            tricked = record.with_context(**context)
            self.refuses(lambda r=tricked: r.write({name: value}))
            self.refuses(lambda r=tricked: r.web_save({name: value}, {}))
        try:
            with self.cr.savepoint():
                record.write({name: value})
                self.env.flush_all()
        except (UserError, ValueError, TypeError, KeyError):
            self.env.invalidate_all(flush=False)
        self.assertEqual(self.row_of(record), before)

    def row_of(self, record):
        """Return what the database has of a record, and of its webhook's health."""
        self.cr.execute(
            f'SELECT to_jsonb(t) - %s::text[] FROM "{record._table}" t WHERE id = %s',
            (["write_uid", "write_date"], record.id),
        )
        row = self.cr.fetchone()
        webhook = record if record._name == "nshift.webhook" else None
        if webhook:
            self.cr.execute(
                "SELECT to_jsonb(t) FROM nshift_webhook_health t WHERE webhook_id = %s",
                (webhook.id,),
            )
            return row, self.cr.fetchone()
        return row

    @mute_logger("odoo.sql_db")
    def test_creating(self):
        """Neither does it have its value from whoever makes a record."""
        required = {
            "nshift.webhook": {
                "name": "x",
                "url": "https://x.example/",
                "type_ids": type_ids(self.env, "order.created"),
            },
            "nshift.webhook.header": {
                "webhook_id": self.ours["nshift.webhook"].id,
                "name": "X-New",
                "value": "x",
            },
        }
        for model, values in required.items():
            access = self.env[model].with_user(self.users[MANAGER])
            for name, (_read, least, _write) in FIELDS[model].items():
                if self.may(MANAGER, least) or name in ("display_name",):
                    continue
                value = sample(access._fields[name], self.theirs["nshift.webhook"])
                for context, given in (
                    ({}, {name: value}),
                    ({f"default_{name}": value}, {}),
                ):
                    with self.subTest(model=model, field=name, context=context):
                        self.check_not_given(
                            access, name, value, context, values | given
                        )

    def check_not_given(self, access, name, value, context, values):
        try:
            with self.cr.savepoint():
                record = access.with_context(**context).create([values])
                self.env.flush_all()
                self.env.invalidate_all()
                given = record.sudo()[name]
                self.assertNotEqual(str(given), str(value))
                if record._fields[name].relational:
                    self.assertNotIn(value, given.ids)
                raise _NotRefusedError
        except (UserError, ValueError, TypeError, KeyError, _NotRefusedError):
            self.env.invalidate_all(flush=False)

    def test_commands(self):
        """No command on a list does what the records' own rights do not allow."""
        theirs, ours = self.theirs["nshift.webhook"], self.ours["nshift.webhook"]
        mine = ours.with_user(self.users[MANAGER])
        for name in ("header_ids", "event_ids", "audit_ids"):
            foreign = theirs[name][:1]
            own = ours[name][:1]
            commands = [
                Command.link(foreign.id),
                Command.set(foreign.ids),
                Command.update(foreign.id, {"display_name": "x"}),
                Command.delete(foreign.id),
                Command.unlink(foreign.id),
            ]
            if name != "header_ids":
                commands += [
                    Command.create({}),
                    Command.update(own.id, {"company_id": self.other.id}),
                ]
            for command in commands:
                with self.subTest(field=name, command=command):
                    self.assertTrue(
                        self.refuses(lambda n=name, c=command: mine.write({n: [c]}))
                    )
            self.assertEqual(foreign.webhook_id, theirs)

    def test_dialogs_on_others(self):
        """No dialog is opened on a webhook that one may not manage."""
        common = self.make_webhook(company_id=False)
        for webhook, users in (
            # a system administrator may join any company
            (common, {k: v for k, v in self.users.items() if k != ADMIN}),
            (self.theirs["nshift.webhook"], self.users),
        ):
            for level, user in users.items():
                for dialog in DIALOGS:
                    model = self.env[f"nshift.webhook.{dialog}"].with_user(user)
                    own = {"webhook_id": self.ours["nshift.webhook"].id}
                    for door in (
                        lambda m=model, w=webhook: m.create({"webhook_id": w.id}),
                        lambda m=model, w=webhook: m.with_context(
                            default_webhook_id=w.id
                        ).create({}),
                        lambda m=model, w=webhook: m.web_save(
                            {"webhook_id": w.id}, {"webhook_id": {}}
                        ),
                        lambda m=model, w=webhook: (
                            m.load(["webhook_id/.id"], [[w.id]])["ids"] or {}["refused"]
                        ),
                        lambda m=model, w=webhook, o=own: m.create(o).write(
                            {"webhook_id": w.id}
                        ),
                        lambda m=model, w=webhook, o=own: m.create(o).copy(
                            {"webhook_id": w.id}
                        ),
                    ):
                        with self.subTest(dialog=dialog, user=level):
                            self.assertTrue(self.refuses(door))

    def test_dialogs_of_others(self):
        """Nobody reads, changes or acts with a dialog that somebody else has opened."""
        for dialog in DIALOGS:
            record = self.dialog_of(
                self.ours[f"nshift.webhook.{dialog}"], self.users[MANAGER]
            )
            record = record.with_user(self.users[ADMIN])
            actions = [
                name
                for name in (
                    "send",
                    "drop",
                    "rotate",
                    "replace",
                    "start",
                    "preview",
                    "make",
                )
                if hasattr(record, f"action_{name}")
            ]
            for door in (
                lambda r=record: r.read(["webhook_id"]),
                lambda r=record: r.write({"webhook_id": r.sudo().webhook_id.id}),
                lambda r=record: r.unlink(),
                lambda r=record: r.copy(),
                *(getattr(record, f"action_{name}") for name in actions),
            ):
                with self.subTest(dialog=dialog):
                    self.assertTrue(self.refuses(door))


class _NotRefusedError(Exception):
    """Takes an act back that was expected to be refused."""
