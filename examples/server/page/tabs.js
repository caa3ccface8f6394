// Tabs as in ARIA: the Tab key reaches the selected one, arrow keys the others.

import { element } from "./dom.js";

export class Tabs {
  constructor(id, label, names, kind = "tabs") {
    this.id = id;
    this.tabs = names.map((name, index) => element("button", {
      type: "button", role: "tab", id: `${id}-${index}`, "aria-controls": `${id}-panel-${index}`,
      onclick: () => this.select(index),
    }, name));
    this.panels = names.map((name, index) => element("div", {
      role: "tabpanel", id: `${id}-panel-${index}`, "aria-labelledby": `${id}-${index}`, tabindex: "0",
    }));
    this.list = element("div", { role: "tablist", "aria-label": label, class: kind, onkeydown: (event) => this.#key(event) }, ...this.tabs);
    this.root = element("div", { class: "tabbed" }, this.list, ...this.panels);
    this.select(0);
  }

  select(index) {
    this.selected = index;
    this.tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
      this.panels[at].hidden = at !== index;
    });
  }

  #key(event) {
    const last = this.tabs.length - 1;
    const moves = {
      ArrowRight: this.selected < last ? this.selected + 1 : 0,
      ArrowLeft: this.selected > 0 ? this.selected - 1 : last,
      Home: 0,
      End: last,
    };
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in moves)) return;
    event.preventDefault();
    this.select(moves[event.key]);
    this.tabs[this.selected].focus();
  }
}
