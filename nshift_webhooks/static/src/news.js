import { onMounted, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useService } from "@web/core/utils/hooks";

const CHANNEL = "nshift_webhooks";
const NEWS = "nshift_webhooks.news";
/** Milliseconds from one reload to the next. */
const PAUSE_MS = 5000;

/**
 * Have a page show new answers and the progress of background work: at once, and then
 * at intervals. A hidden page waits until it is visible.
 *
 * @param {(webhookIds: number[]) => Promise | false} reload loads the page's data anew;
 *  returns false to be called again later
 */
export function useNews(reload) {
    const bus = useService("bus_service");
    const webhookIds = new Set();
    let timer;

    async function show() {
        if (timer || !webhookIds.size || document.hidden) {
            return;
        }
        timer = browser.setTimeout(() => {
            timer = undefined;
            show();
        }, PAUSE_MS);
        const heard = [...webhookIds];
        webhookIds.clear();
        try {
            if ((await reload(heard)) === false) {
                heard.forEach((id) => webhookIds.add(id));
            }
        } catch {
            // the user did not ask for the reload, so the page stays as before
        }
    }

    function onNews({ webhook_ids }) {
        webhook_ids.forEach((id) => webhookIds.add(id));
        show();
    }

    onMounted(() => {
        bus.addChannel(CHANNEL);
        bus.subscribe(NEWS, onNews);
        document.addEventListener("visibilitychange", show);
    });
    onWillUnmount(() => {
        bus.unsubscribe(NEWS, onNews);
        bus.deleteChannel(CHANNEL);
        document.removeEventListener("visibilitychange", show);
        browser.clearTimeout(timer);
    });
}

/** Show news of one record in its form, unless a user is editing the record. */
export function useNewsOfOne(model, getWebhookId) {
    useNews(async (webhookIds) => {
        const { root } = model;
        if (!webhookIds.includes(getWebhookId(root))) {
            return;
        }
        const isTyping = document.activeElement?.matches("input, textarea, [contenteditable]");
        const isAsked = document.querySelector(".modal");
        if (isTyping || isAsked || (await root.isDirty())) {
            return false;
        }
        await root.load();
    });
}

/** Show new answers in a list or in cards, unless records are edited or selected. */
export function useNewsOfMany(model) {
    useNews(() => {
        const isInUse = model.root.editedRecord || model.root.selection?.length;
        return isInUse ? false : model.root.load();
    });
}
