// Turns moments into 刚刚, 3分钟前 or 10-24 09:12, in the reader's own time.
const MINUTE = 60_000;

export function ago(moment, now) {
  const passed = now - moment;
  if (passed < MINUTE) return "刚刚";
  if (passed < 60 * MINUTE) return `${Math.floor(passed / MINUTE)}分钟前`;
  const two = (n) => String(n).padStart(2, "0");
  const clock = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  if (moment.toDateString() === now.toDateString()) return `今天 ${clock}`;
  return `${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${clock}`;
}

export function tell(root = document) {
  const now = new Date();
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.textContent = ago(new Date(time.dateTime), now);
  }
}

export function keepTelling() {
  tell();
  setInterval(tell, MINUTE / 2);
}
