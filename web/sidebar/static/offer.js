// The reply on the table: page through, change, send, put away.
import { GONE, post } from "./post.js";
import { toast } from "./toast.js";

const DONE = { true: "已发送", false: "已复制，去聊天里粘贴" };

export function offerActions(panel, bridge) {
  const offerOf = (button) => button.closest("[data-suggestion]");
  const passageOf = (button) => button.closest(".passage");

  function page(button) {
    const offer = offerOf(button);
    const all = [...offer.querySelectorAll(".passage")];
    const at = Math.min(Math.max(Number(offer.dataset.at) + Number(button.dataset.step), 0), all.length - 1);
    offer.dataset.at = at;
    all.forEach((passage, index) => (passage.hidden = index !== at));
    offer.querySelector("[data-place]").textContent = at + 1;
    for (const step of offer.querySelectorAll("[data-step]")) {
      step.disabled = at + Number(step.dataset.step) < 0 || at + Number(step.dataset.step) >= all.length;
    }
  }

  function writing(passage, on) {
    const box = passage.querySelector(".edit");
    passage.querySelector(".reply").hidden = on;
    box.hidden = !on;
    passage.querySelector('[data-do="edit"]').hidden = on;
    passage.querySelector('[data-do="drop"]').hidden = !on;
    const offer = offerOf(passage);
    if (offer.querySelector(".edit:not([hidden])")) offer.dataset.writing = "1";
    else delete offer.dataset.writing;
    return box;
  }

  function edit(button) {
    const box = writing(passageOf(button), true);
    grow(box);
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }

  function drop(button) {
    const passage = passageOf(button);
    writing(passage, false).value = passage.querySelector(".reply").textContent;
    panel.release();
  }

  function words(passage) {
    const box = passage.querySelector(".edit");
    return (box.hidden ? passage.querySelector(".reply").textContent : box.value).trim();
  }

  // With a direct host the use is noted first: the message itself would otherwise overtake the note
  // and the suggestion would look as if it had come too late. A copy must happen within the tap.
  // What the rep wrote goes out even when the suggestion behind it is gone by now.
  async function send(button) {
    const passage = passageOf(button);
    const text = words(passage);
    if (!text) return toast("还没有写内容");
    const own = !passage.querySelector(".edit").hidden;
    const path = `/sidebar/suggestions/${offerOf(button).dataset.suggestion}/use`;
    const note = async () => {
      const problem = await post(path, { passage: Number(passage.dataset.passage), text });
      return own && problem === GONE ? null : problem;
    };
    const steps = bridge.direct ? [note, () => bridge.deliver(text)] : [() => bridge.deliver(text), note];
    const direct = bridge.direct;
    if (await inTurn(button, steps)) {
      toast(DONE[direct]);
      panel.release();
    }
  }

  async function ask(button) {
    const direct = bridge.direct;
    const text = button.closest("[data-part]").querySelector(".question").textContent.trim();
    if (await inTurn(button, [() => bridge.deliver(text)])) toast(DONE[direct]);
  }

  function unfit(button) {
    const reasons = button.parentElement.querySelector(".reasons");
    reasons.hidden = !reasons.hidden;
    button.setAttribute("aria-expanded", !reasons.hidden);
  }

  async function dismiss(button) {
    const path = `/sidebar/suggestions/${offerOf(button).dataset.suggestion}/dismiss`;
    if (await inTurn(button, [() => post(path, { reason: button.dataset.reason })])) {
      toast("好，收起了");
      panel.release();
    }
  }

  return { page, edit, drop, send, ask, unfit, dismiss, newer: () => panel.release() };
}

export async function inTurn(button, steps) {
  button.disabled = true;
  try {
    for (const step of steps) {
      const problem = await step();
      if (problem) {
        toast(problem);
        return false;
      }
    }
    return true;
  } finally {
    button.disabled = false;
  }
}

export function grow(box) {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}
