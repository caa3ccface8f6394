// A text area whose text is drawn by the lines behind it: coloured, numbered, with marks where something is wrong.

import { element } from "./dom.js";
import { inked } from "./inked.js";
import { colouredJson } from "./tokens.js";

export class Editor {
  constructor(root) {
    this.area = root.querySelector("textarea");
    this.ink = root.querySelector(".ink");
    this.marks = [];
    this.listeners = [];
    this.area.addEventListener("input", () => {
      this.marks = [];
      this.draw();
      this.listeners.forEach((listen) => listen());
    });
    this.area.addEventListener("keydown", (event) => this.#indent(event));
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    this.area.value = text;
    this.marks = [];
    this.draw();
  }

  onInput(listen) {
    this.listeners.push(listen);
  }

  mark(marks) {
    this.marks = marks;
    this.draw();
  }

  draw() {
    const text = this.text;
    const spans = colouredJson(text);
    let from = 0;
    const lines = text.split("\n").map((line) => {
      const to = from + line.length;
      const here = this.marks.filter((mark) => mark.start <= to && mark.end >= from && (mark.end > from || from === to));
      const kind = here.some((mark) => mark.kind === "error") ? " error" : here.length ? " finding" : "";
      const drawn = element("div", { class: `line${kind}` }, ...inked(text, spans.filter((one) => one.end > from && one.start < to), here, from, to));
      if (from === to) drawn.append("\u200b"); // an empty line is as high as any
      from = to + 1;
      return drawn;
    });
    this.ink.replaceChildren(...lines);
  }

  /* Replaces a part of the text, so that it can be undone, and puts the caret some characters behind its start. */
  replace(start, end, text, caret = text.length) {
    this.area.focus();
    this.area.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, text)) {
      this.area.setRangeText(text, start, end, "end");
      this.area.dispatchEvent(new Event("input"));
    }
    this.area.setSelectionRange(start + caret, start + caret);
  }

  select(start, end) {
    this.area.focus();
    this.area.setSelectionRange(start, end);
  }

  /* Where a character of the text is on the screen. */
  rectangle(offset) {
    const lineNumber = this.text.slice(0, offset).split("\n").length - 1;
    const line = this.ink.children[lineNumber];
    let left = offset - (this.text.lastIndexOf("\n", offset - 1) + 1);
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (left <= node.length) {
        range.setStart(node, left);
        range.collapse(true);
        const found = range.getClientRects()[0];
        if (found) return found;
        break;
      }
      left -= node.length;
    }
    return line.getBoundingClientRect();
  }

  /* A new line begins below the one before it, and deeper behind a bracket. */
  #indent(event) {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    event.preventDefault();
    const { selectionStart: start, selectionEnd: end } = this.area;
    const line = this.text.slice(this.text.lastIndexOf("\n", start - 1) + 1, start);
    const around = line.match(/^ */)[0];
    const opens = /[{[]\s*$/.test(line);
    const closes = opens && /^\s*[}\]]/.test(this.text.slice(end));
    const inside = `\n${around}${opens ? "  " : ""}`;
    this.replace(start, end, closes ? `${inside}\n${around}` : inside, inside.length);
  }
}
