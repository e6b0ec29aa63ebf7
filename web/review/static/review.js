// Review by keyboard: Enter confirms or saves and goes on; typing replaces; nothing waits for the network.
import { element, send, tell, words as page } from "../base/base.js";
import { fieldCard } from "./item.js";
import { Drafts, Outbox, shown, stateLine, stored } from "./saving.js";
import { PageViewer } from "./viewer.js";

const words = page("words");
const names = page("names");
const desk = document.getElementById("desk");
const account = desk.dataset.account;
const query = new URLSearchParams(desk.dataset.query.replace(/^\?/, ""));
const say = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key] ?? key);
const HEARD_EVERY = 15000; // ms; a paper counts as open for 45 s
const MOST_UNDO = 200;

const drafts = new Drafts(account);
const viewer = new PageViewer(document.getElementById("viewer"), document.getElementById("pages"), words);
const trail = []; // papers of this sitting, so that one can go back
const coming = new Map(); // papers that were fetched ahead, by id; null: there is no next one
let undo = JSON.parse(sessionStorage.getItem(`sohoa.undo.${account}`) ?? "[]");
let paper = null;
let cards = [];
let current = -1;
let whole = false;

const outbox = new Outbox(account, {
  state: stateLine(document.getElementById("state"), words),
  saved(entry, now, before) {
    const step = undo.find((one) => one.entry === entry.id);
    if (step) { step.from_version = before; step.made = outbox.made.get(entry.id); keepUndo(); }
    if (paper?.id === now.id) refreshed(now);
  },
  merged(entry, now) {
    if (paper?.id === now.id) { refreshed(now); tell(say("changed_elsewhere")); }
  },
  conflict(entry, now) {
    if (paper?.id === now.id) { refreshed(now); conflicted(entry, now); return; }
    drafts.keep(entry.document, entry.name, entry.value ?? "");
    tell(say("conflict_elsewhere", { title: entry.title }), "bad", 15000);
  },
  refused(entry, why) {
    tell(say("refused", { why }), "bad", 10000);
    if (paper?.id !== entry.document) return;
    if (entry.value) drafts.keep(entry.document, entry.name, entry.value);
    const card = cards.find((one) => one.item.name === entry.name);
    if (card) { card.decided = null; painted(card); go(cards.indexOf(card)); }
  },
});

// ---- a paper on the desk ------------------------------------------------------------------------------------------

function show(now, { at = null, push = true } = {}) {
  paper = now;
  outbox.know(now.id, now.version);
  if (!trail.includes(now.id)) trail.push(now.id);
  document.getElementById("title").textContent = now.title;
  document.title = `${now.title} · Sohoa`;
  const facts = document.getElementById("facts");
  facts.textContent = facts.title = [now.dossier, now.agency, now.source].filter(Boolean).join(" · "); // long names are cut
  document.getElementById("mend").href = `/mend/${now.id}`;
  document.getElementById("others").hidden = true;
  if (push) history.pushState({ id: now.id }, "", `/review/${now.id}${query.size ? `?${query}` : ""}`);
  build(now);
  viewer.show(now);
  const first = at === null ? cards.findIndex((card) => card.item.status === "review" && !card.decided) : cards.findIndex((card) => card.item.name === at);
  go(first < 0 ? 0 : first);
  heard();
  ahead();
}

function build(now) {
  const waiting = outbox.waiting(now.id);
  const kept = drafts.of(now.id);
  const ordered = [...now.items].sort((a, b) => (a.status === "review" ? 0 : 1) - (b.status === "review" ? 0 : 1));
  cards = ordered.map((item, index) => {
    const made = fieldCard(item, { words, names, index, kinds: true, hooks: { decide: verdictOn, draft: drafted, focus: focused, take: taken } });
    const sent = waiting.findLast((entry) => entry.name === item.name && !entry.undo_of);
    const card = { item, seen: { value: item.value, status: item.status }, decided: sent?.verdict ?? null, choice: -1, ...made };
    if (sent?.value) card.input.value = shown(item.name, sent.value);
    if (kept[item.name] !== undefined && !sent) card.input.value = kept[item.name];
    return card;
  });
  const sure = cards.filter((card) => card.item.status !== "review");
  const list = document.getElementById("items");
  list.replaceChildren(
    ...cards.filter((card) => card.item.status === "review").map((card) => card.card),
    ...(sure.length ? [element("h2", { class: "sure-head" }, words.accepted)] : []),
    ...sure.map((card) => card.card));
  cards.forEach(painted);
}

/** The server's paper after a decision of ours: new versions and values, without touching what is being typed. */
function refreshed(now) {
  paper = { ...paper, version: now.version, status: now.status, title: now.title, dossier: now.dossier };
  document.getElementById("title").textContent = now.title;
  const waiting = new Set(outbox.waiting(now.id).map((entry) => entry.name));
  for (const item of now.items) {
    const card = cards.find((one) => one.item.name === item.name);
    if (!card || waiting.has(item.name)) continue;
    const typed = changed(card);
    card.seen = { value: item.value, status: item.status };
    card.item = { ...card.item, value: item.value, status: item.status };
    if (!typed || card.decided) card.input.value = shown(item.name, item.value);
    if (item.status === "review") card.decided = null;
    painted(card);
  }
  paper.items = now.items;
}

function painted(card) {
  const { decided, item } = card;
  card.card.classList.toggle("decided", Boolean(decided));
  card.card.classList.toggle("doubtful", item.status === "review" && !decided);
  card.state.textContent = decided ? words[`state.${decided}`] ?? decided : "";
  card.state.className = decided ? "tag state good" : "tag state";
  const confirm = card.card.querySelector(".actions .first");
  if (confirm) confirm.firstChild.textContent = saysNothing(card) ? words.absent : changed(card) ? words.save : words.confirm;
}

/** An empty field: Enter says that it is not on the paper, and so must the button. */
const saysNothing = (card) => card.item.name !== "type" && !stored(card.item.name, card.input.value);
const changed = (card) => stored(card.item.name, card.input.value) !== (card.seen.value ?? "");

// ---- moving -------------------------------------------------------------------------------------------------------

function go(index) {
  const began = performance.now();
  if (!cards.length) return;
  current = (index + cards.length) % cards.length;
  const card = cards[current];
  for (const one of cards) one.card.classList.toggle("current", one === card);
  const image = card.card.querySelector(".crop img");
  if (image?.dataset.src) { image.src = image.dataset.src; delete image.dataset.src; }
  if (document.activeElement !== card.input) { card.input.focus({ preventScroll: true }); card.input.select(); }
  card.card.scrollIntoView({ block: "nearest" });
  whole = false;
  viewer.focus(card.item);
  seen(image, began);
}

/** Note when the crop is on the screen: for whoever measures. */
function seen(image, began) {
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => performance.measure("sohoa.crop", { start: began, end: performance.now() })));
  if (!image) return;
  if (image.complete) painted(); else image.addEventListener("load", painted, { once: true });
}

function focused(item) {
  const index = cards.findIndex((card) => card.item === item || card.item.name === item.name);
  if (index >= 0 && index !== current) { go(index); }
}

/** The next field that nobody decided, or the next paper. */
function onwards() {
  for (let step = 1; step <= cards.length; step++) {
    const index = (current + step) % cards.length;
    if (cards[index].item.status === "review" && !cards[index].decided) { go(index); return; }
  }
  nextPaper();
}

async function nextPaper() {
  const place = trail.indexOf(paper.id);
  let id = place >= 0 && place < trail.length - 1 ? trail[place + 1] : null;
  if (!id) id = coming.get("next") ?? (await nextId());
  if (!id) { tell(say("queue_done"), "good"); painted(cards[current]); return; }
  await turnTo(id);
}

async function previousPaper() {
  const place = trail.indexOf(paper.id);
  if (place > 0) await turnTo(trail[place - 1]);
}

async function turnTo(id, options = {}) {
  const known = coming.get(id);
  const left = paper?.id;
  coming.delete("next");
  const now = known && !outbox.waiting(id).length && !outbox.versions.has(id) ? known : await fetched(id);
  coming.delete(id);
  if (!now) return;
  if (left && left !== id) send("POST", `/review/${left}/close`).catch(() => {});
  show(now, options);
}

async function fetched(id) {
  try {
    const answer = await fetch(`/review/${id}/data`, { credentials: "same-origin" });
    return answer.ok ? await answer.json() : null;
  } catch {
    tell(say("offline", { count: outbox.entries().length }), "bad");
    return null;
  }
}

async function nextId() {
  const asked = new URLSearchParams(query);
  asked.set("after", paper.place);
  asked.set("data", "true");
  try {
    const answer = await fetch(`/review/next?${asked}`, { credentials: "same-origin" });
    return answer.ok ? (await answer.json()).id : null;
  } catch { return null; }
}

/** Fetch the next paper with its crops while this one is read. */
async function ahead() {
  const from = paper.id;
  const id = await nextId();
  if (!id || paper.id !== from || id === from) return;
  coming.set("next", id);
  if (coming.has(id)) return;
  const next = await fetched(id);
  if (!next) return;
  coming.set(id, next);
  const doubtful = next.items.filter((item) => item.status === "review");
  for (const item of doubtful.filter((one) => one.crop)) { const image = new Image(); image.fetchPriority = "low"; image.src = item.crop.src; }
}

// ---- deciding -----------------------------------------------------------------------------------------------------

function verdictOn(item, verdict) {
  const index = cards.findIndex((card) => card.item.name === item.name);
  if (index !== current) go(index);
  decide(verdict);
}

function decide(verdict) {
  const card = cards[current];
  const text = stored(card.item.name, card.input.value);
  if (verdict === "confirmed") {
    if (card.conflict) { card.conflict = null; showConflict(card); }
    else if (!changed(card) && card.item.status !== "review") { onwards(); return; }
    if (!text && card.item.name !== "type") verdict = "not on the paper";
    else if (changed(card)) verdict = "corrected";
  }
  const keeps = verdict === "confirmed" || verdict === "corrected";
  const entry = outbox.add({
    document: paper.id, title: paper.title, name: card.item.name, verdict, value: keeps ? text : null,
    version: paper.version, seen: card.seen,
  });
  undo.push({ entry: entry.id, document: paper.id, name: card.item.name, seen: card.seen });
  undo = undo.slice(-MOST_UNDO);
  keepUndo();
  drafts.drop(paper.id, card.item.name);
  card.decided = verdict;
  if (!keeps) card.input.value = "";
  painted(card);
  onwards();
}

function keepUndo() { sessionStorage.setItem(`sohoa.undo.${account}`, JSON.stringify(undo)); }

async function takeBack() {
  const step = undo.pop();
  keepUndo();
  if (!step) { tell(say("nothing_to_undo")); return; }
  if (!outbox.withdraw(step.entry)) {
    outbox.add({
      document: step.document, title: "", name: step.name, verdict: "undone", undo_of: step.entry,
      from_version: step.from_version, version: outbox.versions.get(step.document) ?? paper.version,
      seen: step.made ?? step.seen,
    });
  }
  tell(say("undone", { name: names[step.name] }));
  if (paper.id !== step.document) { await turnTo(step.document, { at: step.name }); }
  const card = cards.find((one) => one.item.name === step.name);
  if (!card) return;
  card.decided = null;
  card.seen = step.seen;
  card.item = { ...card.item, ...step.seen };
  card.input.value = shown(step.name, step.seen.value);
  painted(card);
  go(cards.indexOf(card));
  card.input.select();
}

function drafted(item, text) {
  drafts.keep(paper.id, item.name, text);
  const card = cards.find((one) => one.item.name === item.name);
  card.choice = -1;
  painted(card);
}

function taken(item, value) {
  const index = cards.findIndex((card) => card.item.name === item.name);
  if (index !== current) go(index);
  put(cards[index], value);
  decide("confirmed");
}

/** Put a candidate into the field, to be saved with Enter. */
function choose(step) {
  const card = cards[current];
  const listed = [card.seen.value ?? "", ...card.item.candidates.map((one) => one.value)];
  if (listed.length < 2) return;
  card.choice = (Math.max(card.choice, 0) + step + listed.length) % listed.length;
  put(card, listed[card.choice]);
  card.input.select();
}

function put(card, value) {
  card.input.value = shown(card.item.name, value);
  drafts.keep(paper.id, card.item.name, value);
  [...card.card.querySelectorAll(".candidates li")].forEach((line, index) => line.classList.toggle("chosen", index === card.choice - 1));
  painted(card);
}

// ---- two clerks ---------------------------------------------------------------------------------------------------

function conflicted(entry, now) {
  const index = cards.findIndex((card) => card.item.name === entry.name);
  if (index < 0) return;
  const card = cards[index];
  const theirs = now.items.find((item) => item.name === entry.name);
  card.seen = { value: theirs.value, status: theirs.status };
  card.item = { ...card.item, value: theirs.value, status: theirs.status };
  card.decided = null;
  card.conflict = { theirs: shown(entry.name, theirs.value) || words.empty, ours: shown(entry.name, entry.value) || words.empty };
  card.input.value = shown(entry.name, entry.value);
  painted(card);
  showConflict(card);
  go(index);
}

function showConflict(card) {
  const line = card.card.querySelector(".conflict");
  line.hidden = !card.conflict;
  line.textContent = card.conflict ? say("conflict", card.conflict) : "";
}

async function heard() {
  const id = paper.id;
  try {
    const answer = await send("POST", `/review/${id}/open`);
    if (!answer.ok || paper.id !== id) return;
    const { others, version } = await answer.json();
    const line = document.getElementById("others");
    line.hidden = !others.length;
    line.textContent = others.length ? say("open_by", { names: others.join(", ") }) : "";
    if (version > (outbox.versions.get(id) ?? paper.version) && !outbox.waiting(id).length) {
      const now = await fetched(id);
      if (now && paper.id === id) { outbox.know(id, now.version); refreshed(now); tell(say("changed_elsewhere")); }
    }
  } catch { /* the next beat tells */ }
}
setInterval(() => { if (!document.hidden) heard(); }, HEARD_EVERY);

// ---- keys ---------------------------------------------------------------------------------------------------------

const KEYS = {
  Enter: () => decide("confirmed"),
  F8: () => decide("not on the paper"),
  F9: () => decide("unreadable"),
  F2: () => { whole = !whole; viewer.focus(cards[current].item, whole); },
  ArrowDown: () => choose(1),
  ArrowUp: () => choose(-1),
  PageDown: () => nextPaper(),
  PageUp: () => previousPaper(),
  Escape: () => {
    const card = cards[current];
    card.conflict = null;
    showConflict(card);
    card.input.value = shown(card.item.name, card.seen.value);
    drafts.drop(paper.id, card.item.name);
    painted(card);
    card.input.select();
  },
};

desk.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey || event.metaKey) return;
  const card = cards[current];
  if (event.ctrlKey && event.key.toLowerCase() === "z" && card && !changed(card)) {
    event.preventDefault();
    takeBack();
    return;
  }
  if (event.ctrlKey) return;
  if (event.key === "Tab" && cards.some((one) => one.input === event.target)) {
    const next = current + (event.shiftKey ? -1 : 1);
    if (next >= 0 && next < cards.length) { event.preventDefault(); go(next); }
    return;
  }
  if (event.shiftKey && event.key === "Enter") return;
  const act = KEYS[event.key];
  if (!act || (event.target.tagName === "BUTTON" && event.key === "Enter") || event.target.tagName === "A") return;
  event.preventDefault();
  act();
});

addEventListener("popstate", (event) => { if (event.state?.id) turnTo(event.state.id, { push: false }); });
addEventListener("pagehide", () => { if (paper) send("POST", `/review/${paper.id}/close`).catch(() => {}); });

document.getElementById("keys").append(...[
  ["Enter", "confirm"], ["↓", "candidate"], ["Tab", "field"], ["F8", "absent"], ["F9", "unreadable"],
  ["Ctrl Z", "undo"], ["PgDn", "paper"], ["F2", "zoom"],
].map(([key, name]) => element("span", {}, element("kbd", {}, key), ` ${words[`key.${name}`]}`)));

const first = JSON.parse(document.getElementById("paper").textContent);
history.replaceState({ id: first.id }, "");
show(first, { push: false });
outbox.drain();
