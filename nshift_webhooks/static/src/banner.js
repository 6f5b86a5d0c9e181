import { Component, onWillStart, useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { useNewsOfMany } from "./news";

/**
 * Shows why events are not sent or late: the database is a copy, which a manager can
 * change, or the job runner does not answer.
 */
export class Banner extends Component {
    static template = "nshift_webhooks.Banner";
    static props = { "*": true };

    setup() {
        const orm = useService("orm");
        this.action = useService("action");
        onWillStart(async () => {
            [this.original, this.maySettle, this.trouble] = await Promise.all([
                orm.call("nshift.webhook.home", "get_original", []),
                orm.call("nshift.webhook.home", "may_settle", []),
                orm.call("nshift.webhook.runner", "get_trouble", []),
            ]);
        });
    }

    settle() {
        this.action.doAction("nshift_webhooks.nshift_webhook_settle_action");
    }
}

export class BannerListController extends ListController {
    static template = "nshift_webhooks.BannerListView";
    static components = { ...ListController.components, Banner };

    setup() {
        super.setup();
        useNewsOfMany(this.model);
    }
}

export class BannerKanbanController extends KanbanController {
    static template = "nshift_webhooks.BannerKanbanView";
    static components = { ...KanbanController.components, Banner };

    setup() {
        super.setup();
        useNewsOfMany(this.model);
        useEffect(
            (element) => {
                element?.addEventListener("keydown", leaveToButton);
                return () => element?.removeEventListener("keydown", leaveToButton);
            },
            () => [this.rootRef.el]
        );
    }
}

/** Leave Enter and space to a focused button: Odoo's cards would take the keys. */
function leaveToButton(ev) {
    if (["Enter", " "].includes(ev.key) && ev.target.closest("button, a")) {
        ev.stopPropagation();
    }
}

registry.category("view_widgets").add("nshift_webhooks_banner", {
    component: Banner,
});
registry.category("views").add("nshift_webhooks_kanban", {
    ...kanbanView,
    Controller: BannerKanbanController,
});
