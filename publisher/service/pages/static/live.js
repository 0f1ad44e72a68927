// Looks again when something changed that this page shows; never under somebody's hands.
const shown = document.body.dataset.live;
const bar = document.querySelector("[data-news]");
let typed = false;
let wait = 0;

const busy = () =>
  typed ||
  document.querySelector("details[open]") !== null ||
  (document.activeElement !== null && document.activeElement !== document.body);

function look() {
  if (busy()) bar.hidden = false;
  else location.reload();
}

document.addEventListener("input", () => {
  typed = true;
});
new EventSource("/api/v1/events").addEventListener("message", (event) => {
  if (shown !== "everything" && JSON.parse(event.data).id !== shown) return;
  clearTimeout(wait);
  wait = setTimeout(look, 1500);
});
