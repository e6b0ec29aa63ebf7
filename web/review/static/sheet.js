// A sheet of like fields: one crop above one value, Enter confirms and goes to the next.
import { element, tell, words as page } from "../base/base.js";
import { Drafts, Outbox, shown, stateLine, stored } from "./saving.js";

const words = page("words");
const names = page("names");
const list = document.getElementById("rows");
const account = list?.dataset.account ?? "";
const drafts = new Drafts(account);
const undo = [];
const say = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key] ?? key);

const outbox = new Outbox(account, {
  state: stateLine(document.getElementById("state"), words),
  saved(entry, now) { const row = find(entry); if (row) { row.version = now.version; row.sent = true; painted(row); } },
  conflict(entry, now) {
    const row = find(entry);
    const theirs = now.items.find((item) => item.name === entry.name);
    if (!row) { tell(say("conflict_elsewhere", { title: entry.title }), "bad", 15000); return; }
    row.decided = null;
    row.seen = { value: theirs.value, status: theirs.status };
    row.note.hidden = false;
    row.note.textContent = say("conflict", { theirs: theirs.value ?? words.empty, ours: entry.value ?? words.empty });
    painted(row);
    row.input.focus();
  },
  refused(entry, why) {
    tell(say("refused", { why }), "bad", 10000);
    const row = find(entry);
    if (row) { row.decided = null; painted(row); row.input.focus(); }
  },
});

const rows = (JSON.parse(document.getElementById("data").textContent)).map((data, index) => {
  const row = { ...data, seen: { value: data.value, status: "review" }, decided: null };
  const kept = drafts.of(data.id)[data.name];
  row.input = element("input", { type: "text", autocomplete: "off", spellcheck: "false", maxlength: 1000, "aria-label": `${names[data.name]}, ${index + 1}` });
  row.input.value = kept ?? shown(data.name, data.value);
  row.input.addEventListener("input", () => { drafts.keep(row.id, row.name, row.input.value); painted(row); });
  row.input.addEventListener("focus", () => row.input.select());
  row.note = element("p", { class: "conflict note bad", hidden: true, role: "alert" });
  row.tag = element("span", { class: "tag state" });
  row.card = element("li", { class: "sheet-cell" },
    element("div", { class: "crop" }, row.crop
      ? element("img", { src: row.crop.src, width: row.crop.width, height: row.crop.height, alt: names[row.name], decoding: "async" })
      : element("a", { href: `/review/${row.id}` }, words.no_crop)),
    row.input,
    element("p", { class: "why" }, row.tag, " ", row.doubts.join(" · ")),
    element("p", { class: "from" }, element("a", { href: `/review/${row.id}`, tabindex: "-1" }, row.title)),
    row.note);
  list.append(row.card);
  return row;
});

const find = (entry) => rows.find((row) => row.id === entry.document && row.name === entry.name);
const changed = (row) => stored(row.name, row.input.value) !== (row.seen.value ?? "");

function painted(row) {
  row.card.classList.toggle("decided", Boolean(row.decided));
  row.tag.textContent = row.decided ? words[`state.${row.decided}`] : words[`sure.${row.sure}`];
  row.tag.className = `tag ${row.decided ? "good" : "doubt"}`;
}

function decide(row, verdict) {
  const text = stored(row.name, row.input.value);
  if (verdict === "confirmed") verdict = !text ? "not on the paper" : changed(row) ? "corrected" : "confirmed";
  const keeps = verdict === "confirmed" || verdict === "corrected";
  row.note.hidden = true;
  const entry = outbox.add({
    document: row.id, title: row.title, name: row.name, verdict, value: keeps ? text : null, version: row.version, seen: row.seen,
  });
  undo.push({ row, entry: entry.id, seen: row.seen });
  drafts.drop(row.id, row.name);
  row.decided = verdict;
  painted(row);
}

function onwards(from) {
  const place = rows.indexOf(from);
  const next = [...rows.slice(place + 1), ...rows.slice(0, place)].find((row) => !row.decided);
  if (next) { next.input.focus(); next.card.scrollIntoView({ block: "nearest" }); return; }
  (document.getElementById("following") ?? document.getElementById("all"))?.focus();
  tell(say("done"), "good");
}

function takeBack() {
  const step = undo.pop();
  if (!step) { tell(say("nothing_to_undo")); return; }
  if (!outbox.withdraw(step.entry)) {
    outbox.add({ document: step.row.id, title: step.row.title, name: step.row.name, verdict: "undone", undo_of: step.entry, version: step.row.version, seen: step.seen });
  }
  step.row.decided = null;
  step.row.seen = step.seen;
  step.row.input.value = shown(step.row.name, step.seen.value);
  painted(step.row);
  step.row.input.focus();
}

const VERDICTS = { Enter: "confirmed", F8: "not on the paper", F9: "unreadable" };
list?.addEventListener("keydown", (event) => {
  const row = rows.find((one) => one.input === event.target);
  if (!row || event.isComposing || event.altKey || event.metaKey) return;
  if (event.ctrlKey && event.key.toLowerCase() === "z" && !changed(row)) { event.preventDefault(); takeBack(); return; }
  if (event.ctrlKey) return;
  if (VERDICTS[event.key]) { event.preventDefault(); decide(row, VERDICTS[event.key]); onwards(row); }
  else if (event.key === "Escape") { row.note.hidden = true; row.input.value = shown(row.name, row.seen.value); drafts.drop(row.id, row.name); painted(row); row.input.select(); }
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = rows[rows.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.input.focus(); next.card.scrollIntoView({ block: "nearest" }); }
  }
});
document.getElementById("all")?.addEventListener("click", () => {
  for (const row of rows) if (!row.decided && row.input.value.trim()) decide(row, "confirmed");
});
rows.forEach(painted);
rows[0]?.input.focus();
outbox.drain();
