// Decisions on their way to the server: kept in the browser until they are saved, sent again until they are.
//
// One after the other, in the order in which they were made. A decision holds what the clerk saw; where somebody else
// has changed that very field, nothing is overwritten: the page is told, and the clerk decides.
import { send } from "../base/base.js";

const FIRST_PAUSE = 500; // ms before a second try; doubles
const LONGEST_PAUSE = 8000;

export class Outbox {
  /** hooks: saved(entry, paper), conflict(entry, paper), refused(entry, why), state(kind, count). */
  constructor(account, hooks) {
    this.key = `sohoa.outbox.${account}`;
    this.hooks = hooks;
    this.versions = new Map(); // paper → version after our own last decision
    this.before = new Map(); // decision → version before it
    this.made = new Map(); // decision → what the field was after it: what an undo of it has seen
    this.busy = false;
    this.pause = FIRST_PAUSE;
    addEventListener("online", () => this.drain());
  }

  entries() {
    try { return JSON.parse(localStorage.getItem(this.key) ?? "[]"); } catch { return []; }
  }

  #keep(entries) {
    if (entries.length) localStorage.setItem(this.key, JSON.stringify(entries));
    else localStorage.removeItem(this.key);
  }

  /** Keep a decision; returns at once. */
  add(entry) {
    const kept = { id: `${Date.now()}-${crypto.getRandomValues(new Uint32Array(2)).join("")}`, ...entry };
    this.#keep([...this.entries(), kept]);
    this.drain();
    return kept;
  }

  /** Take back what was not sent yet; false where it is on its way or saved. */
  withdraw(id) {
    const entries = this.entries();
    if (this.sending === id || !entries.some((entry) => entry.id === id)) return false;
    this.#remove(id);
    return true;
  }

  waiting(document) {
    return this.entries().filter((entry) => entry.document === document);
  }

  /** A version that the server told; one fetched before our last decision was saved comes late and is older. */
  know(document, version) {
    if (this.waiting(document).length || version < (this.versions.get(document) ?? 0)) return;
    this.versions.set(document, version);
  }

  #remove(id) {
    this.#keep(this.entries().filter((entry) => entry.id !== id));
  }

  async drain() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      for (let entry = this.entries()[0]; entry; entry = this.entries()[0]) {
        this.hooks.state("saving", this.entries().length);
        if (!(await this.#send(entry))) return;
        this.pause = FIRST_PAUSE;
      }
      this.hooks.state("saved", 0);
    } finally {
      this.busy = false;
      this.sending = null;
    }
  }

  #later(kind) {
    this.hooks.state(kind, this.entries().length);
    this.timer = setTimeout(() => this.drain(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    return false;
  }

  /** True where the next may go. */
  async #send(entry) {
    const version = this.versions.get(entry.document) ?? entry.version;
    const body = { name: entry.name, verdict: entry.verdict, value: entry.value ?? null };
    if (entry.undo_of) {
      const from = this.before.get(entry.undo_of) ?? entry.from_version;
      if (from === undefined || from === null) { this.#remove(entry.id); return true; }
      body.from_version = from;
    }
    this.sending = entry.id;
    let answer;
    let told = null;
    try {
      answer = await send("POST", `/review/${entry.document}/decisions`, body, { "If-Match": `"v${version}"` });
      told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
    } catch {
      return this.#later("offline");
    } finally {
      this.sending = null;
    }
    if (answer.ok) return this.#saved(entry, version, told);
    if (answer.status === 412 && told?.paper) return this.#raced(entry, told.paper);
    if (answer.status === 401 || told?.code === "forged") return this.#later("signed_out");
    if (answer.status >= 500 || answer.status === 429 || answer.status === 409 || !told) return this.#later("offline");
    this.#remove(entry.id);
    this.hooks.refused(entry, told.detail ?? told.title ?? String(answer.status));
    return true;
  }

  #saved(entry, version, paper) {
    const { value = null, status = null } = paper.items.find((item) => item.name === entry.name) ?? {};
    this.before.set(entry.id, version);
    this.made.set(entry.id, { value, status });
    this.versions.set(entry.document, paper.version);
    this.#keep(this.entries().filter((one) => one.id !== entry.id).map((one) => this.#upon(one, entry, version, paper)));
    this.hooks.saved(entry, paper, version);
    return true;
  }

  /** A decision that waits, upon the version that the one before it made: the next page knows only what is kept. */
  #upon(one, entry, version, paper) {
    if (one.document !== entry.document) return one;
    const undoes = one.undo_of === entry.id ? { from_version: version, seen: this.made.get(entry.id) } : {};
    return { ...one, version: paper.version, ...undoes };
  }

  /** Somebody else was first: with another field, and ours goes upon theirs; or with this one, and a person decides. */
  #raced(entry, paper) {
    const theirs = paper.items.find((item) => item.name === entry.name);
    const seen = this.made.get(entry.undo_of) ?? entry.seen ?? {};
    const untouched = theirs && (theirs.value ?? null) === (seen.value ?? null) && theirs.status === seen.status;
    this.versions.set(entry.document, paper.version);
    if (untouched) {
      this.hooks.merged?.(entry, paper);
      return true; // again, on the version that there is now
    }
    this.#remove(entry.id);
    this.hooks.conflict(entry, paper);
    return true;
  }
}

/** What was typed and not decided yet, by paper and field: survives a reload and a crash. */
export class Drafts {
  constructor(account) { this.key = `sohoa.drafts.${account}`; }

  all() {
    try { return JSON.parse(localStorage.getItem(this.key) ?? "{}"); } catch { return {}; }
  }

  of(document) { return this.all()[document] ?? {}; }

  keep(document, name, text) {
    const all = this.all();
    all[document] = { ...all[document], [name]: text };
    localStorage.setItem(this.key, JSON.stringify(all));
  }

  drop(document, name) {
    const all = this.all();
    if (!all[document]) return;
    delete all[document][name];
    if (!Object.keys(all[document]).length) delete all[document];
    if (Object.keys(all).length) localStorage.setItem(this.key, JSON.stringify(all));
    else localStorage.removeItem(this.key);
  }
}

/** One line on how saving goes. */
export function stateLine(line, words) {
  return (kind, count) => {
    const text = kind === "saved" ? words.saved : (words[kind] ?? "").replace("{count}", count);
    line.textContent = text;
    line.className = `saving ${kind}`;
    if (kind === "signed_out") {
      const link = document.createElement("a");
      link.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
      link.textContent = words.sign_in;
      line.append(" ", link);
    }
  };
}

/** A value as people here write it, and back: days are 2023-07-12 in the records and 12/07/2023 on the screen. */
export function shown(name, value) {
  const day = name === "date" ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(value ?? "") : null;
  return day ? `${day[3]}/${day[2]}/${day[1]}` : value ?? "";
}

export function stored(name, text) {
  const day = name === "date" ? /^\s*(\d{1,2})\s*[\/.-]\s*(\d{1,2})\s*[\/.-]\s*(\d{4})\s*$/.exec(text) : null;
  return day ? `${day[3]}-${day[2].padStart(2, "0")}-${day[1].padStart(2, "0")}` : text.trim();
}
