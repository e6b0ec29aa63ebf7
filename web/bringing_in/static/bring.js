// Sends files one after the other with the key of each, so that a try after a broken network is no second paper;
// then asks now and then how far they are.

import { csrf, element, tell, words } from "../base/base.js";

const said = words();
const say = (key, values = {}) => said[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const person = document.querySelector("script[data-person]").dataset.person;
const KINDS = /\.(pdf|tiff?|jpe?g|png|zip)$/i;
const TYPES = { pdf: "application/pdf", tif: "image/tiff", tiff: "image/tiff", jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", zip: "application/zip" };
const LONGEST = 80; // letters of a name that the API takes
const EVERY_MS = 2000;
const drop = document.getElementById("drop");
const list = document.getElementById("sending");
const waiting = [];
let all = 0, done = 0, busy = false;

function count() {
  document.getElementById("now").hidden = all === 0;
  document.getElementById("count").textContent = say("files", { done, all });
}

/** The same file is the same upload, whenever it is dropped: two 32-bit FNV-1a hashes of where it lay, its size and age. */
function keyOf(file, path) {
  const text = `${path}|${file.size}|${file.lastModified}|${dossier()}`;
  const hash = (seed) => {
    let value = seed;
    for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 16777619);
    return (value >>> 0).toString(16).padStart(8, "0");
  };
  return `screen-${person}-${hash(2166136261)}${hash(40389)}-${file.size}`;
}

const dossier = () => document.getElementById("dossier").value.trim();

function nameOf(path) {
  const name = path.split("/").pop().replace(/^\.+/, "").replace(/[\\\x00-\x1f\x7f]/g, "-") || "scan";
  if (name.length <= LONGEST) return name;
  const dot = name.lastIndexOf(".");
  return name.slice(0, LONGEST - (name.length - dot)) + name.slice(dot);
}

function take(files) {
  for (const { file, path } of files) {
    const state = element("span", { class: "quiet" });
    const bar = element("progress", { max: 100, value: 0, "aria-label": path });
    const line = element("li", {}, element("span", { class: "name" }, path), state, bar);
    list.append(line);
    all += 1;
    if (!KINDS.test(path)) {
      finish(bar, state, say("kind"), "bad");
      continue;
    }
    waiting.push({ file, path, state, bar, key: keyOf(file, path), tries: 0 });
  }
  count();
  next();
}

function finish(bar, state, text, kind) {
  bar.remove();
  state.textContent = text;
  state.className = `tag ${kind}`;
  done += 1;
  count();
}

async function next() {
  if (busy || !waiting.length) return;
  busy = true;
  while (waiting.length) await send(waiting.shift());
  busy = false;
  refresh();
}

async function send(one) {
  for (;;) {
    const answer = await post(one);
    if (answer.status === 202 || answer.status === 200) {
      finish(one.bar, one.state, say(answer.status === 202 ? "sent" : "again"), "good");
      follow.add(answer.body.id);
      return;
    }
    if (answer.status && answer.status !== 429 && answer.status < 500) {
      finish(one.bar, one.state, say("refused", { why: answer.body?.detail ?? answer.status }), "bad");
      return;
    }
    const seconds = Math.min(60, 2 ** ++one.tries);
    one.state.textContent = say("retry", { seconds });
    await new Promise((wake) => setTimeout(wake, seconds * 1000));
  }
}

function post(one) {
  const query = new URLSearchParams({ name: nameOf(one.path) });
  if (dossier()) query.set("dossier", dossier());
  const agency = document.getElementById("agency").value.trim();
  if (agency) query.set("agency", agency);
  const request = new XMLHttpRequest();
  request.open("POST", `/v1/scans?${query}`);
  request.setRequestHeader("X-CSRF-Token", csrf);
  request.setRequestHeader("Idempotency-Key", one.key);
  request.setRequestHeader("Content-Type", TYPES[one.path.split(".").pop().toLowerCase()]);
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    const share = event.total ? Math.floor((event.loaded / event.total) * 100) : 0;
    one.bar.value = share;
    one.state.textContent = say("sending", { share });
  });
  return new Promise((resolve) => {
    request.addEventListener("load", () => resolve({ status: request.status, body: request.response }));
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => resolve({ status: 0 }));
    request.send(one.file);
  });
}

/** Everything below what was dropped, folders too. */
async function below(entry, path = "") {
  const here = path + entry.name;
  if (entry.isFile) return [{ path: here, file: await new Promise((found, failed) => entry.file(found, failed)) }];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((read, failed) => reader.readEntries(read, failed)); // a hundred at a time
    if (!some.length) return found;
    for (const inner of some) found.push(...await below(inner, `${here}/`));
  }
}

for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault()); // a miss opens nothing
drop.addEventListener("drop", async (event) => {
  const items = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = items.length
    ? (await Promise.all(items.map((entry) => below(entry)))).flat()
    : [...event.dataTransfer.files].map((file) => ({ file, path: file.name }));
  take(files);
});
for (const button of document.querySelectorAll("button[data-for]")) {
  const input = document.getElementById(button.dataset.for);
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take([...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name })));
    input.value = "";
  });
}
addEventListener("beforeunload", (event) => { if (busy) { event.preventDefault(); tell(say("leave")); } });

const follow = new Set([...document.querySelectorAll("tr[data-upload]")].filter((row) => ["waiting", "working"].includes(row.dataset.state)).map((row) => row.dataset.upload));

/** New uploads come into the table by the page itself; those there are brought up to date. */
async function refresh() {
  if (!follow.size) return;
  let told;
  try {
    const answer = await fetch(`/bring/progress?${new URLSearchParams([...follow].slice(-100).map((id) => ["upload", id]))}`);
    if (!answer.ok) return;
    told = await answer.json();
  } catch { return; }
  for (const one of told) {
    const row = document.querySelector(`tr[data-upload="${one.id}"]`);
    if (!row) { if (!busy) { location.reload(); return; } continue; }
    const kind = { done: "good", failed: "bad" }[one.state] ?? "";
    row.dataset.state = one.state;
    const far = row.querySelector(".far");
    far.replaceChildren(element("span", { class: `tag ${kind}` }, one.told));
    if (one.pages) far.append(element("br"), element("progress", { max: one.pages, value: one.read, "aria-label": one.told }), ` ${one.read}/${one.pages}`);
    row.querySelector(".became").replaceChildren(...one.became.flatMap((text) => [element("span", { class: "tag" }, text), " "]));
    if (kind) follow.delete(one.id);
  }
}
setInterval(refresh, EVERY_MS);
