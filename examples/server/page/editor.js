// A transparent text area over coloured, numbered lines with marks under problems.

import { element } from "./dom.js";
import { inked } from "./inked.js";
import { colouredJson } from "./tokens.js";

const MAX_COLOURED = 60_000; // characters; each word is an element of its own

export class Editor {
  constructor(root) {
    this.area = root.querySelector("textarea");
    this.ink = root.querySelector(".ink");
    this.marks = [];
    this.drawn = [];
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

  /* Draws the lines that have changed. */
  draw() {
    const lines = this.#lines();
    const { drawn } = this;
    const most = Math.min(lines.length, drawn.length);
    let above = 0;
    while (above < most && lines[above].key === drawn[above].key) above += 1;
    let below = 0;
    while (below < most - above && lines.at(-1 - below).key === drawn.at(-1 - below).key) below += 1;
    const after = this.ink.children[drawn.length - below] ?? null;
    for (let left = drawn.length - above - below; left > 0; left -= 1) this.ink.children[above].remove();
    const made = document.createDocumentFragment();
    for (const { text, spans, marks } of lines.slice(above, lines.length - below)) {
      const kind = marks.some((mark) => mark.kind === "error") ? " error" : marks.length ? " finding" : "";
      const inside = text ? inked(text, spans, marks) : ["\u200b"]; // an empty line is as high as any
      made.append(element("div", { class: `line${kind}` }, ...inside));
    }
    this.ink.insertBefore(made, after);
    this.drawn = lines;
  }

  /* Each line with its colours and marks, in offsets from its start. No token spans two lines. */
  #lines() {
    const tokens = this.text.length > MAX_COLOURED ? [] : colouredJson(this.text);
    let at = 0;
    let from = 0;
    return this.text.split("\n").map((text) => {
      const to = from + text.length;
      const inLine = ({ start, end, ...more }) => ({ ...more, start: Math.max(start, from) - from, end: Math.min(end, to) - from });
      const first = at;
      while (at < tokens.length && tokens[at].end <= to) at += 1;
      const spans = tokens.slice(first, at).map(inLine);
      const marks = this.marks.filter((mark) => mark.start <= to && (mark.end > from || mark.end === mark.start)).map(inLine);
      from = to + 1;
      return { text, spans, marks, key: JSON.stringify([text, marks, spans.map(({ colour }) => colour)]) };
    });
  }

  /* Replaces a part of the text, with undo, and moves the caret some characters after its start. */
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

  /* The rectangle of a character on the screen. */
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

  /* Indents a new line like the one before it, and deeper after a bracket. */
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
