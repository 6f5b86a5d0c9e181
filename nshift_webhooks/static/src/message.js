import { onMounted, useRef } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { downloadFile } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { AceField, aceField } from "@web/views/fields/ace/ace_field";

/** Lines shown at once; the user scrolls to the others. */
const LINES = 25;

/**
 * A message in Odoo's own editor, which renders only the visible lines, in a scrolling
 * box with a search field, and buttons for copying and downloading.
 */
class MessageField extends AceField {
    static template = "nshift_webhooks.MessageField";
    static components = { ...AceField.components, CopyButton };
    static props = {
        ...AceField.props,
        canDownload: { type: Boolean, optional: true },
    };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.root = useRef("root");
        this.searched = useRef("searched");
        this.lines = LINES;
        this.copied = _t("Copied");
        this.state.isMissing = false;
        onMounted(() => {
            const label = _t("Message");
            this.editor.textInput.getElement().setAttribute("aria-label", label);
            // Odoo does not include the script of the editor's own search
            this.editor.commands.addCommand({
                name: "find",
                bindKey: { win: "Ctrl-F", mac: "Command-F" },
                exec: () => this.searched.el.select(),
                readOnly: true,
            });
        });
    }

    get editor() {
        // for an element with an editor, ace returns this editor
        return window.ace.edit(this.root.el.querySelector(".ace_editor"));
    }

    /** Select the next occurrence of the searched text, the first after the last. */
    search(ev, isNext) {
        const text = this.searched.el.value;
        const options = { wrap: true, skipCurrent: isNext, backwards: ev.shiftKey };
        if (!isNext) {
            options.start = { row: 0, column: 0 };
        }
        this.state.isMissing = Boolean(text) && !this.editor.find(text, options);
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.search(ev, true);
        }
    }

    /** Save the message byte for byte as sent, and not as displayed. */
    async download() {
        const { resModel, resId } = this.props.record;
        const names = ["payload", "message_id"];
        const [event] = await this.orm.read(resModel, [resId], names);
        const type = "application/json";
        const blob = new Blob([event.payload], { type });
        downloadFile(blob, `${event.message_id}.json`, type);
    }
}

registry.category("fields").add("nshift_webhooks_message", {
    ...aceField,
    component: MessageField,
    supportedTypes: ["text"],
    extractProps: ({ options }) => ({
        mode: "javascript",
        canDownload: Boolean(options.download),
    }),
});
