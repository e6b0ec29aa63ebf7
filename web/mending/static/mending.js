// Pages on the table: ordered by dragging or by buttons, turned, called blank, chosen; saved all at once.
const leaves = document.getElementById("leaves");
const arrange = document.getElementById("arrange");
const split = document.getElementById("split");
const original = [...leaves.children];
const before = snapshot();

function all() { return [...leaves.children]; }
function isBlank(leaf) { return leaf.classList.contains("blank"); }
function snapshot() { return all().map((leaf) => `${leaf.dataset.page}:${leaf.dataset.turn}:${isBlank(leaf)}`).join(); }
function chosen() { return all().filter((leaf) => leaf.querySelector(".choose").checked).map((leaf) => leaf.dataset.page); }

function settle() {
  const changed = snapshot() !== before;
  const pages = chosen();
  arrange.querySelector("button.first").disabled = !changed;
  document.getElementById("reset").disabled = !changed;
  split.querySelector("button").disabled = changed || !pages.length || pages.length === all().length;
  split.elements.pages.value = pages.join(",");
  arrange.elements.order.value = all().map((leaf) => leaf.dataset.page).join(",");
  arrange.elements.turns.value = all().filter((leaf) => leaf.dataset.turn !== "0").map((leaf) => `${leaf.dataset.page}:${leaf.dataset.turn}`).join(",");
  arrange.elements.blank.value = all().filter(isBlank).map((leaf) => leaf.dataset.page).join(",");
  for (const leaf of all()) leaf.classList.toggle("chosen", leaf.querySelector(".choose").checked);
}

function turn(leaf, degrees) { leaf.dataset.turn = (Number(leaf.dataset.turn) + degrees + 360) % 360; }
function blank(leaf, on) {
  leaf.classList.toggle("blank", on);
  leaf.querySelector("[data-act=blank]").setAttribute("aria-pressed", on);
}

const ACTS = {
  left: (leaf) => turn(leaf, -90),
  right: (leaf) => turn(leaf, 90),
  earlier: (leaf) => leaf.previousElementSibling?.before(leaf),
  later: (leaf) => leaf.nextElementSibling?.after(leaf),
  blank: (leaf) => blank(leaf, !isBlank(leaf)),
  cut: (leaf) => { const from = all().indexOf(leaf); all().forEach((one, index) => { one.querySelector(".choose").checked = index >= from; }); },
};

leaves.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  ACTS[button.dataset.act](button.closest(".leaf"));
  settle();
  button.focus();
});
leaves.addEventListener("change", settle);
document.getElementById("reset").addEventListener("click", () => {
  leaves.append(...original);
  const blanks = new Map(before.split(",").map((one) => { const [page, , is] = one.split(":"); return [page, is === "true"]; }));
  for (const leaf of original) { leaf.dataset.turn = 0; blank(leaf, blanks.get(leaf.dataset.page)); }
  settle();
});

let dragged = null;
leaves.addEventListener("dragstart", (event) => {
  dragged = event.target.closest(".leaf");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.page);
  dragged.classList.add("dragged");
});
leaves.addEventListener("dragover", (event) => {
  const over = event.target.closest(".leaf");
  if (!dragged || !over) return;
  event.preventDefault();
  if (over === dragged) return;
  const place = over.getBoundingClientRect();
  if (event.clientX > place.left + place.width / 2) over.after(dragged); else over.before(dragged);
});
leaves.addEventListener("dragend", () => { dragged?.classList.remove("dragged"); dragged = null; settle(); });
leaves.addEventListener("drop", (event) => event.preventDefault());
settle();
