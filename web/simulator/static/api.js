// The simulator's control API, as the demo window needs it.
const ROOT = "/sim/api";

async function call(path, options) {
  const answer = await fetch(ROOT + path, options).catch(() => null);
  if (!answer?.ok) return { ok: false, status: answer?.status ?? 0, data: null };
  return { ok: true, status: answer.status, data: await answer.json() };
}

const post = (path, body = {}) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const part = encodeURIComponent;

export const api = {
  state: () => call("/state"),
  story: () => call("/story"),
  play: () => post("/story/play"),
  reset: () => post("/reset"),
  fault: (name, value) => post("/faults", { [name]: value }),
  trace: (after) => call(`/trace?after=${after}`),
  customerSays: (chat, text) => post(kf(chat, "customer"), { kind: "text", text }),
  repSays: (chat, userid, text) => post(kf(chat, "servicer"), { userid, text }),
  recall: (chat, id) => post(kf(chat, "recall"), { id }),
  tellBot: (chat, text) => post(app(chat, "message"), { kind: "text", text }),
  click: (chat, answer) => post(app(chat, "click"), answer),
};

function kf({ open_kfid: account, external_userid: customer }, what) {
  return `/kf/${part(account)}/${part(customer)}/${what}`;
}

function app({ agentid, userid }, what) {
  return `/apps/${part(agentid)}/${part(userid)}/${what}`;
}

export function follow(changed, link) {
  const source = new EventSource(`${ROOT}/events`);
  source.addEventListener("changed", changed);
  source.onopen = () => {
    link(true);
    changed();
  };
  source.onerror = () => {
    link(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(changed, link), 2000);
  };
}
