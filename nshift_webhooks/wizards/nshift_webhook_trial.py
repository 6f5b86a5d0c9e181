from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from ..configuration import network
from ..delivery.forgery import forged, verdict
from ..delivery.sender import Sender
from ..labels import labels
from ..models.nshift_webhook_advice import advice_on
from ..models.nshift_webhook_event import FAILURES
from ..models.nshift_webhook_input import HIGHEST_ID
from ..models.nshift_webhook_situation import beginning
from ..payload.envelope import indented
from ..transaction import committed


class NshiftWebhookTrial(models.TransientModel):
    """Sends a test message and shows the answer, or shows the message without sending.

    The user who presses *Send* waits for the receiving system, and no other user does:
    reading before and writing after have their own transactions, so that no row and no
    table is locked in between.
    """

    _name = "nshift.webhook.trial"
    _inherit = ["nshift.webhook.dialog", "nshift.webhook.export"]
    _description = "Test of a webhook"

    _nshift_webhook_changes = True

    type_ids = fields.Many2many("nshift.webhook.type", compute="_compute_type_ids")
    type_id = fields.Many2one(
        "nshift.webhook.type",
        "Event type",
        compute="_compute_type_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        ondelete="cascade",
    )
    res_model = fields.Char(
        "Model",
        compute="_compute_record",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    res_id = fields.Many2oneReference(
        "Order or shipment",
        model_field="res_model",
        compute="_compute_record",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="What the message tells of, as it is now.",
    )
    may_choose = fields.Boolean(compute="_compute_choice")
    choice_domain = fields.Char(compute="_compute_choice")
    is_previewed = fields.Boolean("Show the message")
    hint = fields.Char(compute="_compute_message")
    message = fields.Text(compute="_compute_message", exportable=False)

    sent_at = fields.Datetime(readonly=True)
    is_forged = fields.Boolean(
        "Wrong signature",
        readonly=True,
        help="It was signed with a secret that the receiving system does not have.",
    )
    sent_what = fields.Char("Test message", readonly=True)
    message_id = fields.Char("Message ID", readonly=True)
    response_code = fields.Integer("Response code", readonly=True)
    response_body = fields.Char("Answer", readonly=True)
    duration_ms = fields.Integer("Duration (ms)", readonly=True)
    failure = fields.Selection(FAILURES, string="Reason", readonly=True)
    error = fields.Char("Technical detail", readonly=True)
    is_good = fields.Boolean(compute="_compute_result")
    result = fields.Char(compute="_compute_result")
    advice = fields.Text("What to do", compute="_compute_result")

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        found = super().fields_get(allfields, attributes)
        if "res_id" in found:
            # Odoo rejects a domain in a view if the field's model is not fixed
            found["res_id"]["domain"] = "choice_domain"
        return found

    @api.depends("webhook_id")
    def _compute_type_ids(self):
        for trial in self:
            trial.type_ids = trial._webhook().type_ids

    @api.depends("webhook_id")
    def _compute_type_id(self):
        for trial in self:
            trial.type_id = trial._webhook().type_ids[:1]

    @api.depends("type_id")
    def _compute_record(self):
        """Choose the latest record that the webhook follows, unless one is chosen."""
        for trial in self:
            model = trial._model()
            name = model._name if model is not None else False
            if not (trial.res_id and trial.res_model == name):
                latest = name and trial._webhook()._latest_followed(trial.type_id)
                trial.res_id = latest and latest.id
            trial.res_model = name

    @api.depends("type_id")
    @api.depends_context("uid")
    def _compute_choice(self):
        for trial in self:
            model = trial._model()
            trial.may_choose = model is not None and model.has_access("read")
            domain = Domain.FALSE
            if trial.may_choose:
                domain = model._nshift_webhook_current([trial.type_id._subject()])
                if company := trial._webhook().company_id:
                    domain &= Domain("company_id", "=", company.id)
            trial.choice_domain = repr(domain)

    @api.depends("type_id", "res_id", "is_previewed")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_message(self):
        for trial in self:
            trial.hint = trial.message = False
            if not trial._webhook():
                continue
            try:
                test = trial._build()
            except UserError as error:
                trial.hint = str(error)
                continue
            trial.hint = trial._obstacles_text(test)
            if trial.is_previewed:
                trial.message = indented(test.body)

    @api.depends("sent_at")
    @api.depends_context("lang")
    def _compute_result(self):
        for trial in self:
            trial.result = trial.advice = trial.is_good = False
            if trial.sent_at:
                trial.is_good = trial._verdict() == "refused" or not (
                    trial.is_forged or trial.failure
                )
                trial.result = trial._result_text()
                trial.advice = trial._advice()

    def _result_text(self):
        failures = labels(self, "failure")
        forgery = labels(self.env["nshift.webhook"], "forgery")
        seconds = formatLang(
            self.env, self.duration_ms / 1000, rounding_method="HALF-UP"
        )
        said = [
            self.response_code and self.env._("Answered %s", self.response_code),
            forgery.get(self._verdict())
            or failures.get(self.failure)
            or self.env._("Received"),
            self.env._("%s seconds", seconds),
        ]
        return " · ".join(filter(None, said))

    def _verdict(self):
        """Return how the receiving system judged the signature, None if unknown."""
        return verdict(self) if self.is_forged else None

    def _advice(self):
        """Return the meaning of the answer, and what to do, in the user's language."""
        if found := self._verdict():
            return {
                "refused": self.env._(
                    "If the receiving system accepts the test event with the right "
                    "signature, it verifies signatures: nobody else can send it "
                    "messages in your name."
                ),
                "accepted": self.env._(
                    "Whoever knows the address can send messages in your name, such as "
                    "an order that you do not have. Ask whoever runs the receiving "
                    "system to verify the signature with the webhook's secret."
                ),
            }[found]
        if self.failure:
            return advice_on(self.env, self.failure, self.response_code)
        return self.env._(
            "The receiving system answered %s: the message counts as received. Whether "
            "it verifies the signature, “Check signature” tells.",
            self.response_code,
        )

    def _obstacles_text(self, test):
        """Return why the webhook would not be told of the chosen record."""
        reasons = {
            "fault": self.env._("a condition of the webhook cannot be used"),
            "cart": self.env._("it is a cart of the web shop"),
            "channel": self.env._("its order channel is none of the webhook's"),
            "condition": self.env._("it does not meet the webhook's conditions"),
        }
        if not test.obstacles:
            return False
        return self.env._(
            "The webhook would not be told of “%(name)s”: %(reasons)s. As a test it "
            "is sent all the same.",
            name=test.name,
            reasons=", ".join(reasons[each] for each in test.obstacles),
        )

    def _check_value_of(self, field, value, kept):
        if field.name == "webhook_id" and self and kept != self.webhook_id.id:
            raise UserError(self.env._("A test is one of its webhook's, for good."))
        if field.name == "res_model" and kept:
            model = self.env.get(kept)
            if model is None or not getattr(model, "_nshift_webhook_subjects", ()):
                raise ValidationError(
                    self.env._("“%s” cannot have this value.", self._label_of(field))
                )
        if field.name == "res_id" and kept and not 0 < kept <= HIGHEST_ID:
            raise ValidationError(
                self.env._(
                    "What was chosen for “%s” does not exist.", self._label_of(field)
                )
            )
        return super()._check_value_of(field, value, kept)

    def _webhook(self):
        """Return the webhook of the test, if the user may manage it.

        :raises AccessError: the user may not manage the webhook
        """
        webhook = self.webhook_id._origin
        if webhook:
            self._check_webhook(webhook)
        return webhook

    def _model(self):
        """Return the model of the record in the message, None if there is none."""
        return self.type_id._origin._model() if self.type_id else None

    def _build(self):
        """Return the TestMessage for the chosen type and record.

        :raises UserError: the type or the record is missing
        """
        webhook, type_ = self._webhook(), self.type_id._origin
        if not type_ or type_ not in webhook.type_ids or self._model() is None:
            raise UserError(
                self.env._("Choose one of the event types that the webhook is told of.")
            )
        record = self._record()
        if not record and not self.may_choose:
            raise UserError(
                self.env._(
                    "There is no order or shipment yet that the webhook is told of as "
                    "“%s”: have one made first.",
                    type_.name,
                )
            )
        if not record:
            raise UserError(
                self.env._(
                    "Choose what the message is to tell of. It is a real order or "
                    "shipment: if there is none yet, make one first."
                )
            )
        return self.env["nshift.webhook.outbox"]._build_test(webhook, type_, record)

    def _record(self):
        """Return the chosen record, or the latest if the user may not choose.

        :raises AccessError: the user may not read the record
        """
        model = self._model()
        if not model.has_access("read"):
            return self._webhook()._latest_followed(self.type_id._origin)
        if self.res_model != model._name:
            return model.browse()
        record = model.browse(self.res_id or ()).exists()
        record.check_access("read")
        return record

    @api.model
    def _open(self, webhook):
        """Return the action that opens the dialog."""
        title = self.env._("Test of “%s”", webhook.name)
        return webhook._open_dialog(self._name, title)

    def _reopen(self):
        return self._open(self.webhook_id) | {"res_id": self.id}

    def action_preview(self):
        """Show or hide the message, without sending."""
        self.ensure_one()
        self._check_dialog()
        self.is_previewed = not self.is_previewed
        return self._reopen()

    def action_send(self):
        """Send the test message, and show the answer.

        :raises UserError: nothing can be sent
        """
        return self._send()

    def action_check_signature(self):
        """Send the test message with a wrong signature, and show the answer.

        The receiving system should refuse the message.

        :raises UserError: nothing can be sent
        """
        return self._send(is_forged=True)

    def _send(self, is_forged=False):
        self.ensure_one()
        registry, user, context = self.env.registry, self.env.uid, self.env.context
        with registry.cursor() as cr:
            trial = self.with_env(self.env(cr=cr))
            trial._check_dialog()
            endpoint = trial.webhook_id._test_endpoint()
            test = trial._build()
            guard = trial.env["ir.config_parameter"]._nshift_webhooks_guard()
        if is_forged:
            endpoint = forged(endpoint)
        with Sender(guard, network()) as sender:
            answer = sender.send(endpoint, test.to_send())
        with committed(registry) as env:
            self.with_env(env(user=user, context=context))._keep(
                test, answer, is_forged
            )
        return self._reopen()

    def _keep(self, test, answer, is_forged):
        """Write down the outcome of a test.

        :param test: the TestMessage
        :param answer: the sender's Answer
        :param is_forged: whether the signature was wrong
        :raises UserError: the webhook was deleted in the meantime
        """
        if not self.exists():
            raise UserError(
                self.env._(
                    "The webhook was deleted while the test message was on its way."
                )
            )
        what = f"{self.type_id.name}: {test.name}"
        if is_forged:
            what = self.env._("%s, with a wrong signature", what)
        body = answer.response_body
        if self.webhook_id.wipe_messages and not answer.failure:
            # as for real messages, nothing is kept after they are received
            body = None
        # by SQL, since no user may write the answer
        self.env.cr.execute(
            SQL(
                """
                UPDATE nshift_webhook_trial
                   SET sent_at = %s, sent_what = %s, message_id = %s,
                       response_code = %s, response_body = %s, duration_ms = %s,
                       failure = %s, error = %s, is_forged = %s
                 WHERE id = %s
                """,
                fields.Datetime.now(),
                what,
                test.message_id,
                answer.response_code,
                body and beginning(body),
                answer.duration_ms,
                answer.failure,
                answer.error,
                is_forged,
                self.id,
            )
        )
        self.invalidate_recordset(flush=False)
        self.webhook_id._note_test(answer, is_forged)
        self.env["nshift.webhook.audit"]._note(
            "tested",
            self.webhook_id,
            subject=what,
            new=self._result_text(),
            # the company whose users may see the record
            company=test.company.with_env(self.env),
        )
