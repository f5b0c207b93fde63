// The sidebar page: one listener for taps, one for the stream.
import { openBridge } from "./bridge.js";
import { grow, inTurn, offerActions } from "./offer.js";
import { post } from "./post.js";
import { Stream } from "./stream.js";
import { Panel } from "./swap.js";
import { keepTelling } from "./times.js";
import { toast } from "./toast.js";

const { conversation, edition, hosts } = document.body.dataset;
const root = document.getElementById("panel");
const link = document.getElementById("link");
const panel = new Panel(root);
const bridge = openBridge(hosts.split(" ").filter(Boolean));

const actions = {
  ...offerActions(panel, bridge),
  figure(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    for (const mark of root.querySelectorAll("mark")) {
      if (mark.dataset.doubts.split(" ").includes(button.dataset.doubt)) mark.classList.toggle("lit", on);
    }
  },
  async consent(button) {
    const said = button.dataset.consent;
    const path = `/sidebar/c/${conversation}/consent`;
    if (await inTurn(button, [() => post(path, { consent: said })])) {
      toast(said === "agreed" ? "好，从现在开始分析" : "已停止分析");
    }
  },
  async retry(button) {
    if (await inTurn(button, [() => post(`/sidebar/jobs/${button.dataset.job}/retry`)])) toast("正在再试");
  },
};

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) actions[button.dataset.do](button);
});
root.addEventListener("input", (event) => event.target.matches(".edit") && grow(event.target));
document.addEventListener("click", (event) => {
  const menu = root.querySelector(".menu[open]");
  const choice = event.target.closest(".menu [data-do]");
  if (menu && (choice || !menu.contains(event.target))) menu.open = false;
});

const ENDED = {
  gone: "这段聊天已经不在您名下了",
  "signed-out": "登录过期了，请重新打开侧边栏",
};

new Stream(conversation, edition, {
  panel({ version: newest, html }) {
    panel.show(html);
    bridge.announce(newest);
  },
  link(up) {
    link.hidden = up;
  },
  ended(why) {
    link.textContent = ENDED[why];
    link.hidden = false;
    root.replaceChildren();
  },
});
keepTelling();
