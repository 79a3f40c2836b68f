// Shows the progress of a job while it runs, and the page anew when it is over.
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
