// One short line at the bottom that goes away by itself.
const SHOWN = 3000;
let timer = 0;

export function toast(text) {
  const line = document.getElementById("toast");
  line.textContent = text;
  line.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (line.hidden = true), SHOWN);
}
