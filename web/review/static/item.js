// One field as it stands at the right: its crop directly above its value, how sure, why doubted, what else it could be.
import { element } from "../base/base.js";
import { shown } from "./saving.js";

/** hooks: decide(item, verdict), draft(item, text), focus(item), take(item, value). */
export function fieldCard(item, { words, names, index, kinds, hooks }) {
  const doubtful = item.status === "review";
  const card = element("article", {
    class: `item ${doubtful ? "doubtful" : "sure"}${item.hand ? " hand" : ""}`,
    "aria-label": names[item.name],
    dataset: { name: item.name },
  });
  const id = `value-${index}`;
  const state = element("span", { class: "tag state" });
  card.append(element("header", {},
    element("label", { for: id }, names[item.name]),
    doubtful ? element("span", { class: "tag doubt" }, words[`sure.${item.sure}`]) : null,
    item.hand ? element("span", { class: "tag doubt" }, words.hand) : null,
    state));
  if (item.crop) card.append(element("div", { class: "crop" }, cropImage(item, names, doubtful)));
  const long = item.name === "subject" || (item.value ?? "").length > 60;
  const input = element(long ? "textarea" : "input", {
    id, autocomplete: "off", spellcheck: "false", autocapitalize: "off", maxlength: 1000,
    ...(long ? { rows: 2 } : { type: "text" }),
    ...(item.name === "type" && kinds ? { list: "kinds" } : {}),
    ...(item.name === "date" ? { placeholder: words.date_hint } : {}),
    "aria-describedby": `why-${index}`,
  });
  input.value = shown(item.name, item.value);
  input.addEventListener("input", () => hooks.draft(item, input.value));
  input.addEventListener("focus", () => hooks.focus(item));
  card.append(input);
  const why = element("p", { class: "why", id: `why-${index}` });
  if (item.doubts.length) why.append(element("span", { class: "sr" }, `${words.why}: `), item.doubts.join(" · "));
  card.append(why);
  if (item.candidates.length) card.append(candidateList(item, words, hooks));
  card.append(element("p", { class: "conflict note bad", hidden: true, role: "alert" }));
  card.append(element("div", { class: "actions" },
    action(words.confirm, "Enter", () => hooks.decide(item, "confirmed"), "first"),
    item.name === "type" ? null : action(words.absent, "F8", () => hooks.decide(item, "not on the paper")),
    item.name === "type" ? null : action(words.unreadable, "F9", () => hooks.decide(item, "unreadable"))));
  return { card, input, state };
}

function cropImage(item, names, eager) {
  const image = element("img", {
    alt: names[item.name], width: item.crop.width, height: item.crop.height, decoding: "sync", fetchpriority: "high",
    ...(eager ? { src: item.crop.src } : { dataset: { src: item.crop.src } }),
  });
  return image;
}

function candidateList(item, words, hooks) {
  const list = element("ul", { class: "candidates", "aria-label": words.could_be });
  for (const one of item.candidates) {
    list.append(element("li", {},
      element("button", { type: "button", tabindex: "-1", onclick: () => hooks.take(item, one.value) },
        element("span", { class: "candidate-value" }, shown(item.name, one.value)),
        element("span", { class: "candidate-source" }, words[`source.${one.source}`] ?? one.source))));
  }
  return list;
}

function action(text, key, act, kind = "") {
  return element("button", { type: "button", tabindex: "-1", class: kind, onclick: act }, text, " ", element("kbd", {}, key));
}
