// Shows the progress of a job while it runs, and the page anew when it is over; moves stops of the
// board that are dragged; filters tables.
"use strict";
const job = document.getElementById("job");
if (job) {
  const events = new EventSource("/job");
  events.addEventListener("message", (event) => {
    for (const [name, text] of Object.entries(JSON.parse(event.data))) {
      const field = job.querySelector(`[data-live="${name}"]`);
      // A screen reader says what changes.
      if (field && field.textContent !== text) field.textContent = text;
    }
  });
  events.addEventListener("end", () => {
    events.close();
    location.reload();
  });
}

const move = document.getElementById("move");
if (move) {
  let dragged = "";
  const dayOf = (event) => event.target.closest?.("[data-target]");
  const leave = () => document.querySelectorAll(".over").forEach((day) => day.classList.remove("over"));
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-subject]")?.dataset.subject ?? "";
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragend", () => {
    dragged = "";
    leave();
  });
  document.addEventListener("dragover", (event) => {
    const day = dragged && dayOf(event);
    if (!day) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    if (day.classList.contains("over")) return;
    leave();
    day.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const day = dragged && dayOf(event);
    if (!day) return;
    event.preventDefault();
    move.elements.subject.value = dragged;
    move.elements.target.value = day.dataset.target;
    move.submit();
  });
}

for (const box of document.querySelectorAll("[data-filter]")) {
  const rows = [...document.querySelectorAll(`#${box.dataset.filter} tbody tr`)];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const input = box.querySelector("input");
  // So many rows a frame: a thousand at once would keep the next letter waiting.
  const atOnce = 150;
  let frame = 0;
  box.hidden = false;
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/);
    const found = texts.map((text) => words.every((word) => text.includes(word)));
    const show = (first) => {
      rows.slice(first, first + atOnce).forEach((row, n) => (row.hidden = !found[first + n]));
      if (first + atOnce < rows.length) frame = requestAnimationFrame(() => show(first + atOnce));
    };
    cancelAnimationFrame(frame);
    show(0);
    box.querySelector("[role=status]").textContent = `${found.filter(Boolean).length} / ${rows.length}`;
  });
}
