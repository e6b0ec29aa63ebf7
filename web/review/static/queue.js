// Enter begins with the first paper, wherever the focus is not.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.target === document.body || event.target.id === "content")) {
    document.getElementById("begin")?.click();
  }
});
