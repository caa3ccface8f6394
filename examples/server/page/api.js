// Requests to the server, and the keys for them. Keys are in sessionStorage: for this tab, while it is open.

const NAMES = ["apiKey", "masterKey"];

export function keys() {
  return Object.fromEntries(NAMES.map((name) => [name, sessionStorage.getItem(name) ?? ""]));
}

export function keep(found) {
  for (const name of NAMES) sessionStorage.setItem(name, found[name] ?? "");
}

export class ApiError extends Error {
  constructor(answer, status) {
    super(answer.apiStatusMessage ?? `The server answered ${status}.`);
    this.code = answer.apiStatusCode;
    this.problems = answer.problems ?? [];
  }

  get isAboutKeys() {
    return ["ApiKeyInvalid", "AuthenticationFailed", "AccessDenied"].includes(this.code);
  }
}

/* Integers that a double cannot hold stay text, if the browser tells their text. */
export function exact(key, value, context) {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? value) : value;
}

function decoded(text) {
  try {
    return JSON.parse(text, exact);
  } catch {
    return {}; // the answer of a proxy
  }
}

export async function ask(path, body, signal) {
  const { apiKey, masterKey } = keys();
  const headers = {};
  if (apiKey) headers["X-Instabot-Api-Key"] = apiKey;
  if (masterKey) headers.Authorization = `X-Instabot-Master-Api-Key ${masterKey}`;
  const options = { headers, signal };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    Object.assign(options, { method: "POST", body });
  }
  const response = await fetch(path, options).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new ApiError({ apiStatusMessage: "The server cannot be reached." }, 0);
  });
  const answer = await response.text().then(decoded);
  if (!response.ok) throw new ApiError(answer, response.status);
  return answer;
}

/* Fills in the sample keys, unless keys are stored or the server has its own. */
export async function firstKeys() {
  if (keys().apiKey) return;
  const { data } = await ask("/console/keys");
  if (data.apiKey) keep(data);
}
