// What every page needs: requests that carry the session's token, and a line that tells what happened.

export const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

/** Words that the page brought for its script: <script type="application/json" id="words">. */
export function words(id = "words") {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : {};
}

/** fetch() to our own server with the token of the session. */
export function send(method, path, body, headers = {}) {
  const plain = body === undefined || body instanceof Blob || body instanceof FormData;
  return fetch(path, {
    method,
    headers: { "X-CSRF-Token": csrf, ...(plain ? {} : { "Content-Type": "application/json" }), ...headers },
    body: plain ? body : JSON.stringify(body),
    credentials: "same-origin",
  });
}

let quiet;
/** Tell in one line at the foot of the page; read aloud too. `kind`: "good", "bad" or nothing. */
export function tell(text, kind = "", ms = 4000) {
  const line = document.getElementById("told");
  line.textContent = text;
  line.className = `told shown ${kind}`;
  clearTimeout(quiet);
  if (ms) quiet = setTimeout(() => { line.className = "told"; }, ms);
}

/** An element with attributes and children; text is text, never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "dataset") Object.assign(made.dataset, value);
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
