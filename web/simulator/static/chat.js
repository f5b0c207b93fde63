// A chat: bubbles and a composer. Bubbles that did not change stay in place.
import { card } from "./card.js";
import { el } from "./elements.js";
import { markdown } from "./markdown.js";

const PAUSE = 5 * 60_000;
const FATE = { failed: "没有送达", dropped: "被企业微信丢弃，对方没收到" };

export class Chat {
  // `mine` are the speakers on the right; `send(text)` says something; `answer(message, key, selected)`
  // taps a card; `recall(message)` takes one's own message back.
  constructor(root, { mine, name, empty, placeholder, send, answer, recall, examples = [] }) {
    Object.assign(this, { mine, empty, send, answer, recall, examples });
    this.shown = new Map();
    this.title = el("div", { class: "chat-title" });
    this.list = el("ol", { class: "messages", "aria-label": name, tabindex: "0" });
    this.tips = el("div", { class: "examples" });
    this.box = el("textarea", { rows: "1", placeholder, "aria-label": placeholder, maxlength: "600" });
    this.form = el("form", { class: "composer" }, this.box, el("button", { class: "button", type: "submit" }, "发送"));
    root.replaceChildren(this.title, this.list, this.tips, this.form);
    this.listen();
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.say();
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.say();
    });
    this.box.addEventListener("input", () => this.grow());
    new ResizeObserver(() => (this.list.scrollTop = this.list.scrollHeight)).observe(this.list);
  }

  fill(text) {
    this.box.value = text;
    this.grow();
    this.box.focus();
  }

  grow() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight + 2, 120)}px`;
  }

  async say(text = this.box.value.trim()) {
    if (!text) return true;
    this.box.value = text;
    this.form.inert = true;
    const sent = await this.send(text);
    this.form.inert = false;
    if (sent) this.box.value = "";
    this.grow();
    return sent;
  }

  show(title, messages) {
    const grew = messages.length > this.shown.size;
    this.title.textContent = title;
    this.offer(messages);
    const nearEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    const seen = new Map();
    let before = null;
    const rows = messages.flatMap((message) => {
      const json = JSON.stringify(message);
      const old = this.shown.get(message.id);
      const row = old?.json === json ? old.row : this.row(message);
      seen.set(message.id, { json, row });
      const parted = !before || new Date(message.at) - new Date(before.at) > PAUSE;
      before = message;
      return parted ? [el("li", { class: "time" }, clock(message.at)), row] : [row];
    });
    this.shown = seen;
    this.list.replaceChildren(...(rows.length ? rows : [el("li", { class: "nothing" }, this.empty)]));
    if (nearEnd || grew) this.list.scrollTop = this.list.scrollHeight;
    return grew;
  }

  offer(messages) {
    const said = messages.filter((message) => this.mine.includes(message.from)).map((message) => message.text);
    const left = said.length < 3 ? this.examples.filter((text) => !said.includes(text)) : [];
    const buttons = left.map((text) => el("button", { type: "button", onclick: () => this.fill(text) }, text));
    this.tips.replaceChildren(...buttons);
  }

  row(message) {
    if (message.status === "recalled") return el("li", { class: "note" }, `${message.name || "对方"} 撤回了一条消息`);
    if (message.from === "system" || message.kind === "event") return el("li", { class: "note" }, message.text);
    const own = this.mine.includes(message.from);
    const bubble = el("div", { class: `bubble ${message.kind}` }, this.content(message));
    const row = el("li", { class: own ? "own" : "other" }, bubble);
    if (FATE[message.status]) row.append(el("p", { class: "fate" }, FATE[message.status]));
    if (own && this.recall && message.status === "ok") {
      bubble.append(el("button", { type: "button", class: "recall", onclick: () => this.recall(message) }, "撤回"));
    }
    return row;
  }

  content(message) {
    if (message.kind === "markdown") return markdown(message.text);
    if (message.card) return card(message.card, (key, selected) => this.answer?.(message, key, selected));
    const what = { voice: "[语音] ", image: "[图片] ", file: "[文件] " }[message.kind] ?? "";
    return document.createTextNode(what + message.text);
  }
}

function clock(at) {
  return new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
}
