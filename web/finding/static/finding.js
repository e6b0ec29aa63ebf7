// Marks the words sought on the pages that come into sight, and suggests while one types.

const query = new URLSearchParams(location.search).get("q") ?? "";

/** Boxes over a page, as shares of it. */
async function mark(page) {
  const { document: paper, page: number } = page.dataset;
  const answer = await fetch(`/v1/documents/${paper}/pages/${number}/marks?${new URLSearchParams({ q: query })}`);
  if (!answer.ok) return;
  for (const [left, top, right, bottom] of (await answer.json()).boxes) {
    const box = document.createElement("span");
    box.className = "mark-word";
    Object.assign(box.style, {
      left: `${left * 100}%`, top: `${top * 100}%`, width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%`,
    });
    page.append(box);
  }
}

const pages = document.querySelectorAll(".page[data-document]");
if (query.trim()) {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      mark(entry.target);
    }
  });
  pages.forEach((page) => seen.observe(page));
}

const zoom = document.getElementById("zoom");
zoom?.addEventListener("click", () => {
  const page = document.querySelector(".page.big");
  const enlarged = page.classList.toggle("enlarged");
  zoom.setAttribute("aria-pressed", String(enlarged));
  const picture = page.querySelector("img");
  if (enlarged) picture.src = picture.src.replace("/full/1240,/", "/full/max/");
});

const line = document.getElementById("q");
const suggested = document.getElementById("suggested");
let waiting, asked;
line?.addEventListener("input", () => {
  clearTimeout(waiting);
  asked?.abort();
  const typed = line.value;
  if (typed.trim().length < 2) { suggested.replaceChildren(); return; }
  waiting = setTimeout(async () => {
    asked = new AbortController();
    try {
      const answer = await fetch(`/v1/suggest?${new URLSearchParams({ q: typed })}`, { signal: asked.signal });
      if (!answer.ok) return;
      const options = (await answer.json()).suggestions.map((text) => {
        const option = document.createElement("option");
        option.value = text;
        return option;
      });
      suggested.replaceChildren(...options);
    } catch { /* typed on, or the network is away: there are no suggestions then */ }
  }, 180);
});

if (matchMedia("(max-width: 820px)").matches) document.querySelector(".filters")?.removeAttribute("open");
