// The list of suggestions under the caret. The focus stays in the editor, as ARIA demands of combo boxes.

import { byId, element } from "./dom.js";
import { completions } from "./completion.js";

const MAX_SHOWN = 100;

export class Suggestions {
  constructor(editor, schema) {
    this.editor = editor;
    this.schema = schema;
    this.list = byId("suggestions");
    this.found = { items: [] };
    this.active = -1;
    editor.onInput(() => this.#typed());
    editor.area.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    editor.area.addEventListener("blur", () => this.close());
    editor.area.addEventListener("click", () => this.close());
    window.addEventListener("resize", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays
    this.close();
  }

  get isOpen() {
    return !this.list.hidden;
  }

  /* Opens when a word is begun; on demand everywhere. */
  #typed() {
    if (this.isAccepting) return;
    const { selectionStart: caret, selectionEnd } = this.editor.area;
    const before = this.editor.text[caret - 1] ?? "";
    if (caret === selectionEnd && /[\w$".]/.test(before)) this.open();
    else this.close();
  }

  open() {
    const schema = this.schema();
    if (!schema) return;
    const caret = this.editor.area.selectionStart;
    this.found = completions(this.editor.text, caret, schema);
    const items = this.found.items.slice(0, MAX_SHOWN);
    const isWhole = items.length === 1 && items[0].label === this.found.typed && items[0].text === this.editor.text.slice(this.found.start, this.found.end);
    if (!items.length || isWhole) {
      this.close();
      return;
    }
    this.list.replaceChildren(...items.map((item, index) => element("div",
      { role: "option", id: `suggestion-${index}`, "aria-selected": "false", onclick: () => this.accept(index) },
      element("span", { class: "label" }, item.label), element("span", { class: "detail" }, item.detail ?? ""))));
    this.list.hidden = false;
    this.#place();
    this.#activate(this.found.start < caret ? 0 : -1);
  }

  close() {
    this.list.hidden = true;
    this.active = -1;
    this.editor.area.removeAttribute("aria-activedescendant");
  }

  accept(index) {
    const { start, end, items } = this.found;
    const { text, caret } = items[index];
    this.close();
    this.isAccepting = true; // not typed: the list opens below, if there is something to choose
    this.editor.replace(start, end, text, caret);
    this.isAccepting = false;
    const at = start + caret;
    if (caret < text.length || text.endsWith(": ")) this.open();
    if (this.editor.area.selectionStart !== at) this.editor.area.setSelectionRange(at, at);
  }

  #key(event) {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.open();
    } else if (this.isOpen && !event.isComposing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.#chosen(event);
    }
  }

  #chosen(event) {
    const last = this.list.children.length - 1;
    const moves = {
      ArrowDown: this.active < last ? this.active + 1 : 0,
      ArrowUp: this.active > 0 ? this.active - 1 : last,
      PageDown: Math.min(last, this.active + 7),
      PageUp: Math.max(0, this.active - 7),
    };
    if (event.key in moves) {
      event.preventDefault();
      this.#activate(moves[event.key]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && this.active >= 0) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.accept(this.active);
    } else if (["ArrowLeft", "ArrowRight", "Home", "End", "Enter", "Tab"].includes(event.key)) {
      this.close();
    }
  }

  #activate(index) {
    this.active = index;
    [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    if (index < 0) {
      this.editor.area.removeAttribute("aria-activedescendant");
      return;
    }
    this.editor.area.setAttribute("aria-activedescendant", `suggestion-${index}`);
    this.list.children[index].scrollIntoView({ block: "nearest" });
  }

  /* Below the word that is being typed, inside the window; above it if there is no room below. */
  #place() {
    const word = this.editor.rectangle(this.found.start);
    const { width, height } = this.list.getBoundingClientRect();
    const left = Math.max(8, Math.min(word.left - 10, document.documentElement.clientWidth - width - 8));
    const isBelow = word.bottom + height + 12 < window.innerHeight || word.top < height;
    const top = isBelow ? word.bottom + 4 : word.top - height - 4;
    this.list.style.left = `${left + window.scrollX}px`;
    this.list.style.top = `${top + window.scrollY}px`;
  }
}
