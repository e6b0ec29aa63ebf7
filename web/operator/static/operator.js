// Brings the part of the page that changes up to date, and tries a failure again at its digit.

const live = document.getElementById("live");
const EVERY_MS = 4000;

async function refresh() {
  if (document.hidden || live.contains(document.activeElement)) return; // nothing moves under somebody's hands
  try {
    const answer = await fetch("/operate/live");
    if (answer.redirected || answer.status === 401) { location.reload(); return; }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    live.replaceChildren(...page.body.childNodes);
  } catch { /* the server is away: what is shown stays until it is back */ }
}
setInterval(refresh, EVERY_MS);

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  if (/^[1-9]$/.test(event.key)) document.querySelector(`button[data-key="${event.key}"]`)?.click();
});
