// What travelled between the simulator and the product, with times.
import { api } from "./api.js";
import { el } from "./elements.js";

const KEPT = 300;
const WAYS = { callback: "回调", api: "调用" };
const FATES = { ok: "成功", 0: "成功", 200: "成功", lost: "没送出", timeout: "超时", failed: "失败", dropped: "断开" };
const NAMES = {
  kf_msg_or_event: "客服有新消息",
  text: "成员发来文字",
  template_card_event: "成员点了卡片",
  gettoken: "换令牌",
  "kf/sync_msg": "读客服消息",
  "kf/send_msg": "发客服消息",
  "kf/customer/batchget": "查客户资料",
  "externalcontact/get": "查客户资料",
  "message/send": "发应用消息",
  "message/update_template_card": "更新卡片",
  "media/get": "取文件",
};

export class Trace {
  constructor() {
    this.box = document.getElementById("trace");
    this.list = document.getElementById("trace-list");
    this.button = document.getElementById("trace-toggle");
    this.after = 0;
    this.button.addEventListener("click", () => this.toggle(this.box.hidden));
    document.getElementById("trace-close").addEventListener("click", () => this.toggle(false));
  }

  toggle(open) {
    this.box.hidden = !open;
    this.button.setAttribute("aria-expanded", open);
    if (open) this.update();
  }

  clear() {
    this.after = 0;
    this.list.replaceChildren();
  }

  async update() {
    if (this.box.hidden || this.busy) return;
    this.busy = true;
    const { ok, data } = await api.trace(this.after);
    this.busy = false;
    if (!ok) return;
    const nearEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    for (const entry of data.entries) {
      this.after = Math.max(this.after, entry.id);
      this.list.append(line(entry));
    }
    while (this.list.children.length > KEPT) this.list.firstElementChild.remove();
    if (nearEnd) this.list.scrollTop = this.list.scrollHeight;
  }
}

function line(entry) {
  const again = entry.attempt > 1 ? `第 ${entry.attempt} 次` : "";
  const summary = el(
    "summary",
    {},
    el("span", { class: "at" }, precise(entry.at)),
    el("span", { class: `way ${entry.kind}` }, WAYS[entry.kind] ?? ""),
    el("span", { class: "name" }, NAMES[entry.name] ?? "", el("code", {}, entry.name)),
    el("span", { class: "again" }, again),
    el("span", { class: bad(entry) ? "status bad" : "status" }, FATES[entry.status] ?? String(entry.status)),
    el("span", { class: "took" }, `${Math.round(entry.ms)} 毫秒`),
    el("span", { class: "excerpt" }, entry.detail ? detail(entry.detail).slice(0, 120) : ""),
  );
  return el("li", {}, el("details", {}, summary, el("pre", {}, detail(entry.detail))));
}

function bad({ status }) {
  return FATES[status] !== "成功";
}

function detail(value) {
  if (value === null || value === undefined || value === "") return "没有内容";
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

function precise(at) {
  const moment = new Date(at);
  const two = (n, width = 2) => String(n).padStart(width, "0");
  const clock = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map((n) => two(n)).join(":");
  return `${clock}.${two(moment.getMilliseconds(), 3)}`;
}
