// The demo window: the simulator's state on the screen, and three people to play.
import { api, follow } from "./api.js";
import { Chat } from "./chat.js";
import { el, toast } from "./elements.js";
import { SidebarFrame } from "./host.js";
import { Strip } from "./strip.js";
import { Trace } from "./trace.js";

const EXAMPLES = [
  "你们这个价格比别家高了快三成，而且等货要三个月",
  "现在一班要停两三次，夜班的活老是交不出来",
  "东西是不错，不过今年预算卡得紧，得老板点头",
];
const ASKS = ["客户说再考虑考虑，我该怎么回？"];
const byId = (id) => document.getElementById(id);
let state = null;

const customer = new Chat(byId("customer-chat"), {
  name: "客户的聊天",
  mine: ["customer"],
  empty: "您现在是客户。说一句心里的顾虑，或者点下面的例句。",
  placeholder: "以客户身份说话",
  examples: EXAMPLES,
  send: (text) => went(api.customerSays(kfChat(), text)),
  recall: (message) => went(api.recall(kfChat(), message.id)),
});
const rep = new Chat(byId("rep-chat"), {
  name: "销售和客户的聊天",
  mine: ["servicer", "api"],
  empty: "客户说话后会出现在这里。",
  placeholder: "以销售身份回复",
  send: (text) => went(api.repSays(kfChat(), repId(), text)),
});
const bot = new Chat(byId("bot-chat"), {
  name: "销售和机器人的聊天",
  mine: ["member"],
  empty: "侧边栏没打开时，建议会发到这里。也可以直接问。",
  placeholder: "问机器人",
  examples: ASKS,
  send: (text) => went(api.tellBot(appChat(), text)),
  answer: (message, key, selected) => went(api.click(appChat(), { message_id: message.id, key, selected })),
});
const sidebar = new SidebarFrame(byId("sidebar"), document.body.dataset.product, {
  send: (text) => rep.say(text),
  changed: () => flag("sidebar"),
});
const strip = new Strip(refresh);
const trace = new Trace();

async function went(call) {
  const { ok } = await call;
  if (!ok) toast("没有成功，请再试一次");
  refresh();
  return ok;
}

function kfChat() {
  const external_userid = byId("customer").value;
  const known = state.kf_chats.find((chat) => chat.external_userid === external_userid);
  return known ?? { open_kfid: state.kf_accounts[0].open_kfid, external_userid, messages: [], servicer_userid: null };
}

function repId() {
  return kfChat().servicer_userid || state.members[0].userid;
}

function appChat() {
  const userid = repId();
  const known = state.app_chats.find((chat) => chat.userid === userid);
  return known ?? { agentid: state.apps[0].agentid, userid, messages: [] };
}

let asking = false;
let again = false;

async function refresh() {
  again = true;
  if (asking) return;
  asking = true;
  while (again) {
    again = false;
    const { ok, data } = await api.state();
    if (ok) show(data);
  }
  asking = false;
  trace.update();
}

function show(fresh) {
  if (state && fresh.version < state.version) trace.clear();
  state = fresh;
  people();
  const who = state.customers.find((one) => one.external_userid === byId("customer").value);
  const account = state.kf_accounts.find((one) => one.open_kfid === kfChat().open_kfid);
  if (customer.show(account?.name ?? "", kfChat().messages)) flag("customer");
  if (rep.show(who ? `${who.name} @微信` : "", kfChat().messages)) flag("rep");
  const app = state.apps.find((one) => one.agentid === appChat().agentid);
  if (bot.show(app?.name ?? "问诊机器人", appChat().messages)) flag("bot");
  byId("rep-name").textContent = state.members.find((one) => one.userid === repId())?.name ?? "";
  sidebar.open(repId(), byId("customer").value);
  strip.show(state);
}

function people() {
  const select = byId("customer");
  const chosen = select.value;
  const names = state.customers.map((one) => el("option", { value: one.external_userid }, [one.name, one.company].filter(Boolean).join(" · ")));
  if (select.options.length !== names.length) select.replaceChildren(...names);
  if (chosen) select.value = chosen;
  select.hidden = names.length < 2;
}

function flag(pane) {
  if (document.body.dataset.pane !== pane) byTab(pane).classList.add("news");
}

const byTab = (pane) => document.querySelector(`[data-tab="${pane}"]`);

for (const tab of document.querySelectorAll("[data-tab]")) {
  tab.addEventListener("click", () => {
    document.body.dataset.pane = tab.dataset.tab;
    tab.classList.remove("news");
    for (const other of document.querySelectorAll("[data-tab]")) other.setAttribute("aria-pressed", other === tab);
  });
}
byId("customer").addEventListener("change", () => show(state));

await strip.load();
follow(refresh, (up) => (byId("link").hidden = up));
