// One key for a right page, F2 and words for a wrong one.

const form = document.getElementById("judge");
const fault = document.getElementById("fault");
addEventListener("keydown", (event) => {
  if (!form || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "F2") {
    event.preventDefault();
    fault.focus();
  } else if (event.key === "Enter" && !event.shiftKey && event.target === fault) {
    event.preventDefault();
    if (fault.value.trim()) document.getElementById("bad").click();
  } else if (event.key === "Enter" && event.target === document.body) {
    document.getElementById("good").click();
  }
});
