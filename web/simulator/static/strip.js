// The strip on top: the story, clearing, the switches for trouble, the first hint.
import { api } from "./api.js";
import { el, toast } from "./elements.js";

const SPEAKS = { customer: "客户", servicer: "销售", member: "销售对机器人" };
const SEEN = "wenzhen.hint";

export class Strip {
  constructor(refresh) {
    this.refresh = refresh;
    this.story = null;
    this.line = document.getElementById("story");
    document.getElementById("play").addEventListener("click", (event) => this.play(event.target));
    document.getElementById("reset").addEventListener("click", (event) => this.reset(event.target));
    for (const button of switches()) button.addEventListener("click", () => this.toggle(button));
    document.addEventListener("click", (event) => {
      const menu = document.querySelector(".faults[open]");
      if (menu && !menu.contains(event.target)) menu.open = false;
    });
    this.hint();
  }

  async load() {
    const { ok, data } = await api.story();
    this.story = ok ? data : { title: "", steps: [] };
    document.getElementById("play").disabled = !this.story.steps.length;
  }

  hint() {
    const hint = document.getElementById("hint");
    hint.hidden = localStorage.getItem(SEEN) !== null;
    hint.querySelector("button").addEventListener("click", () => {
      localStorage.setItem(SEEN, "1");
      hint.hidden = true;
    });
  }

  show(state) {
    for (const button of switches()) {
      const { fault, on } = button.dataset;
      if (on !== undefined) button.setAttribute("aria-pressed", Number(state.faults[fault]) >= Number(on));
    }
    if (this.story?.steps.length) this.tell(state);
  }

  tell(state) {
    const { title, steps } = this.story;
    const told = progress(steps, state);
    const next = steps[told];
    const where = told ? `讲到 ${told}/${steps.length} 句` : `共 ${steps.length} 句`;
    const ahead = next && told ? el("span", {}, `接下来${SPEAKS[next.who] ?? ""}说：${next.text}`) : null;
    this.line.replaceChildren(el("b", {}, title), el("span", {}, next ? where : "讲完了"), ...(ahead ? [ahead] : []));
  }

  async play(button) {
    button.disabled = true;
    const { ok, status } = await api.play();
    if (!ok) toast(status === 409 ? "示例正在播放" : "播放不了，请先清空再试");
    button.disabled = false;
  }

  async reset(button) {
    button.disabled = true;
    const { ok } = await api.reset();
    toast(ok ? "聊天清空了" : "没有清空，请再试一次");
    button.disabled = false;
    this.refresh();
  }

  async toggle(button) {
    const { fault, on, off } = button.dataset;
    const once = on === undefined;
    const value = button.getAttribute("aria-pressed") === "true" ? Number(off) : Number(on);
    const { ok } = await api.fault(fault, once ? true : value);
    if (!ok) toast("没有成功，请再试一次");
    else if (once) toast("令牌已作废，下一次调用会先换新的");
    this.refresh();
  }
}

function switches() {
  return document.querySelectorAll("[data-fault]");
}

// How many steps of the story were said so far, in order.
function progress(steps, state) {
  const chats = [...state.kf_chats, ...state.app_chats];
  const said = new Set(chats.flatMap((chat) => chat.messages.map((message) => message.text)));
  const missing = steps.findIndex((step) => !said.has(step.text));
  return missing === -1 ? steps.length : missing;
}
