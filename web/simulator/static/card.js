// WeCom's template cards, drawn simply; a tap on a button answers as the member would.
import { el } from "./elements.js";

export function card(data, answer) {
  const box = el("div", { class: "card" });
  add(box, head(data));
  add(box, data.emphasis_content && el("p", { class: "emphasis" }, el("b", {}, data.emphasis_content.title ?? ""), el("span", {}, data.emphasis_content.desc ?? "")));
  add(box, data.quote_area && el("blockquote", {}, data.quote_area.title ? el("b", {}, data.quote_area.title) : null, data.quote_area.quote_text ?? ""));
  add(box, data.sub_title_text && el("p", {}, data.sub_title_text));
  for (const line of data.horizontal_content_list ?? []) {
    box.append(el("p", { class: "pair" }, el("span", {}, line.keyname), el("span", {}, line.value ?? "")));
  }
  const choices = [data.checkbox, data.button_selection, ...(data.select_list ?? [])].filter(Boolean);
  for (const question of choices) box.append(choice(question));
  add(box, buttons(data, box, answer));
  for (const jump of data.jump_list ?? []) box.append(el("p", { class: "jump" }, jump.title));
  return box;
}

function add(box, child) {
  if (child) box.append(child);
}

function head(data) {
  const title = data.main_title;
  if (!title && !data.source) return null;
  return el(
    "div",
    { class: "card-head" },
    data.source?.desc ? el("span", { class: "quiet" }, data.source.desc) : null,
    title?.title ? el("b", {}, title.title) : null,
    title?.desc ? el("p", { class: "quiet" }, title.desc) : null,
  );
}

function choice(question) {
  const several = question.mode === 1;
  const name = question.question_key;
  const options = question.option_list.map((option) => {
    const chosen = option.is_checked || option.id === question.selected_id;
    const input = el("input", { type: several ? "checkbox" : "radio", name, value: option.id, checked: Boolean(chosen), disabled: question.disable });
    return el("label", {}, input, option.text);
  });
  return el("fieldset", { "data-question": name }, question.title ? el("legend", {}, question.title) : null, ...options);
}

function buttons(data, box, answer) {
  const list = [...(data.button_list ?? []), data.submit_button].filter(Boolean);
  if (!list.length) return null;
  const pressed = (button) => () => {
    if (button.type !== 1 && button.key) answer(button.key, selected(box));
  };
  return el("div", { class: "card-buttons" }, ...list.map((button) => face(button, pressed(button))));
}

function face(button, pressed) {
  if (button.replace_text) return el("button", { type: "button", class: "button second", disabled: true }, button.replace_text);
  const main = button.style === undefined || button.style === 1;
  return el("button", { type: "button", class: main ? "button" : "button second", onclick: pressed }, button.text);
}

function selected(box) {
  const answers = {};
  for (const group of box.querySelectorAll("[data-question]")) {
    answers[group.dataset.question] = [...group.querySelectorAll("input:checked")].map((input) => input.value);
  }
  return answers;
}
