// Looks again when something changed that this page shows; never under somebody's hands.
const shown = document.body.dataset.live;
const bar = document.querySelector("[data-news]");
const PATIENCE = 30 * 60 * 1000; // milliseconds without a hand on it; else nobody would ever be signed out
let typed = false;
let wait = 0;

const touched = () => sessionStorage.setItem("touched", String(Date.now()));
const left = () => Date.now() - Number(sessionStorage.getItem("touched")) > PATIENCE;

const busy = () =>
  typed ||
  document.querySelector("details[open]") !== null ||
  (document.activeElement !== null && document.activeElement !== document.body);

function look() {
  if (busy() || left()) bar.hidden = false;
  else location.reload();
}

for (const hand of ["pointerdown", "keydown"]) document.addEventListener(hand, touched);
if (performance.getEntriesByType("navigation")[0]?.type !== "reload") touched();
document.addEventListener("input", () => {
  typed = true;
});
new EventSource("/api/v1/events").addEventListener("message", (event) => {
  if (shown !== "everything" && JSON.parse(event.data).id !== shown) return;
  clearTimeout(wait);
  wait = setTimeout(look, 1500);
});
