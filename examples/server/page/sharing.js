// A search as a link, and as a command: what the page shows can be sent to somebody, or run in a shell.

/* The search in the address of the page; undefined if it has none. */
export function linked() {
  const given = new URLSearchParams(location.hash.slice(1));
  return given.has("entity") ? Object.fromEntries(given) : undefined;
}

/* Writes a search into the address, so that a reload and the link show it again. */
export function link(search) {
  const given = new URLSearchParams(Object.entries(search).filter(([, value]) => value));
  history.replaceState(null, "", `#${given}`);
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/* The request of a search as a command. The keys are read from the environment: a command is shared more easily. */
export function curl(path, parameters, criteria) {
  const address = `${location.origin}${path}/query?${new URLSearchParams(parameters)}`;
  return [
    `curl ${quoted(address)}`,
    '-H "X-Instabot-Api-Key: $API_KEY"',
    '-H "Authorization: X-Instabot-Master-Api-Key $MASTER_KEY"',
    "-H 'Content-Type: application/json'",
    `--data-raw ${quoted(criteria)}`,
  ].join(" \\\n  ");
}

/* Copies a text, and says so on the button for two seconds. */
export async function copy(button, text) {
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  const isCopied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  button.textContent = isCopied ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = label; }, 2000);
}
