// Text with coloured spans, and with marks under problems.

import { element } from "./dom.js";

/* A text as nodes: `spans` have start, end and colour, `marks` start, end and kind. */
export function inked(text, spans, marks = []) {
  const edges = new Set([0, text.length]);
  for (const { start, end } of [...spans, ...marks]) {
    for (const edge of [start, end]) edges.add(edge);
  }
  const sorted = [...edges].sort((one, other) => one - other);
  const colours = cursor(spans);
  return sorted.slice(0, -1).map((start, index) => {
    const part = text.slice(start, sorted[index + 1]);
    const names = [colours(start)?.colour, ...marks.filter((mark) => mark.start <= start && start < mark.end).map((mark) => `marked ${mark.kind}`)];
    const name = names.filter(Boolean).join(" ");
    return name ? element("span", { class: name }, part) : part;
  });
}

/* The span at an offset; offsets must be ascending. */
function cursor(spans) {
  let index = 0;
  return (place) => {
    while (index < spans.length && spans[index].end <= place) index += 1;
    return spans[index]?.start <= place ? spans[index] : undefined;
  };
}
