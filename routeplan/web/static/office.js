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
// Shows only the rows of a table that hold all words that are typed.
for (const field of document.querySelectorAll("[data-filter]")) {
  const rows = [...document.getElementById(field.dataset.filter).tBodies[0].rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const shown = field.querySelector("[data-shown]");
  field.hidden = false;
  field.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/);
    let count = 0;
    rows.forEach((row, n) => {
      row.hidden = !words.every((word) => texts[n].includes(word));
      count += !row.hidden;
    });
    shown.textContent = count;
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
