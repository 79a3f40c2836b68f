"use strict";
// Shows the progress of a job while it runs, and the page anew when it is over.
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

// A click on a candidate of the map chooses it in the list.
for (const link of document.querySelectorAll('svg a[href^="#choice-"]')) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const choice = document.getElementById(link.getAttribute("href").slice(1));
    choice.checked = true;
    choice.focus();
  });
}
// A sheet: boxes take digits alone, Enter goes on to the next one, and lines are added up.
for (const form of document.querySelectorAll("form.sheet")) {
  const boxes = [...form.querySelectorAll('input[type="text"]')];
  const addUp = () => {
    for (const total of form.querySelectorAll("[data-total]")) {
      const own = form.querySelectorAll(`[data-sum="${total.dataset.total}"]`);
      total.textContent = [...own].reduce((sum, box) => sum + Number(box.value || 0), 0);
    }
  };
  form.querySelector(".sums").hidden = false;
  form.addEventListener("input", (event) => {
    const box = event.target;
    if (box.maxLength === 5) box.value = box.value.replace(/[^0-9]/g, "");
    addUp();
  });
  form.addEventListener("keydown", (event) => {
    const next = boxes[boxes.indexOf(event.target) + 1];
    if (event.key !== "Enter" || !boxes.includes(event.target) || !next) return;
    event.preventDefault();
    next.focus();
    next.select();
  });
  addUp();
}
// What is wrong first is where to go on.
document.querySelector('main [aria-invalid="true"]')?.focus();
// Stops of the board are dragged to other days.
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

// Only the rows of a table that hold all words that are typed are shown.
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
