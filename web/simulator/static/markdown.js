// The little markdown that WeCom shows: headings, quotes, lists, bold, code, links, three colours.
import { el } from "./elements.js";

const INLINE = /\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|<font color="(info|comment|warning)">(.*?)<\/font>/g;

export function markdown(text) {
  const box = el("div", { class: "markdown" });
  for (const line of text.split("\n")) box.append(block(line));
  return box;
}

function block(line) {
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading) return el("p", { class: "heading" }, ...inline(heading[2]));
  const quote = /^>\s?(.*)$/.exec(line);
  if (quote) return el("p", { class: "quote" }, ...inline(quote[1]));
  const item = /^\s*(?:[-*]|\d+\.)\s+(.*)$/.exec(line);
  if (item) return el("p", { class: "item" }, ...inline(item[1]));
  return el("p", {}, ...inline(line));
}

function inline(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    parts.push(text.slice(at, found.index), piece(found));
    at = found.index + found[0].length;
  }
  parts.push(text.slice(at));
  return parts.filter((part) => part !== "");
}

function piece([, bold, code, label, address, colour, tinted]) {
  if (bold) return el("b", {}, bold);
  if (code) return el("code", {}, code);
  if (colour) return el("span", { class: colour }, ...inline(tinted));
  if (!/^https?:\/\//.test(address)) return document.createTextNode(label);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}
