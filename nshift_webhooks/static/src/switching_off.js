import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { listView } from "@web/views/list/list_view";
import { BannerListController } from "./banner";
import { useDeletionQuestion } from "./deletion";
import { useNewsOfOne } from "./news";

/**
 * Return a function that deletes webhooks, after asking with the number of their events.
 */
function useDeletion() {
    const action = useService("action");
    const dialog = useService("dialog");
    const orm = useService("orm");
    const deletionQuestion = useDeletionQuestion("nshift.webhook");
    return async (ids) => {
        dialog.add(ConfirmationDialog, {
            ...(await deletionQuestion(ids)),
            confirm: async () => {
                action.doAction(await orm.call("nshift.webhook", "action_delete", [ids]));
            },
        });
    };
}

/** Return the question before a webhook is archived; Odoo's does not fit webhooks. */
function archiveQuestion() {
    return {
        title: _t("Archive?"),
        body: _t(
            "What happens from now on is neither recorded nor sent, and what waits is not sent. To stop sending for a while, press Pause instead: what happens then waits."
        ),
    };
}

class WebhookListController extends BannerListController {
    setup() {
        super.setup();
        this.deleteWebhooks = useDeletion();
    }

    get archiveDialogProps() {
        return { ...super.archiveDialogProps, ...archiveQuestion() };
    }

    async onDeleteSelectedRecords() {
        await this.deleteWebhooks(await this.model.root.getResIds(true));
    }
}

class WebhookFormController extends FormController {
    setup() {
        super.setup();
        useNewsOfOne(this.model, (root) => root.resId);
        this.deleteWebhooks = useDeletion();
    }

    async deleteRecord() {
        await this.deleteWebhooks([this.model.root.resId]);
    }

    get archiveDialogProps() {
        return { ...super.archiveDialogProps, ...archiveQuestion() };
    }
}

registry.category("views").add("nshift_webhooks_webhook_list", {
    ...listView,
    Controller: WebhookListController,
});
registry.category("views").add("nshift_webhooks_webhook_form", {
    ...formView,
    Controller: WebhookFormController,
});
