// Replaces the parts of the panel that changed and leaves the others alone, so that what the rep has
// opened, paged to or begun to write stays as it is.
import { tell } from "./times.js";

export class Panel {
  constructor(root) {
    this.root = root;
    this.served = new Map(parts(root).map((part) => [part.dataset.part, part.outerHTML]));
    this.held = null;
    tell(root);
  }

  show(html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const incoming = parts(fresh.content);
    const offer = this.live("offer");
    const same = incoming.find((part) => part.dataset.part === "offer")?.outerHTML === this.served.get("offer");
    if (offer?.dataset.writing && !same) {
      this.held = html;
      offer.querySelector(".newer").hidden = false;
      return;
    }
    this.held = null;
    this.reconcile(incoming);
  }

  // Shows what was held back while the rep was writing.
  release() {
    const offer = this.live("offer");
    if (offer) delete offer.dataset.writing;
    if (this.held) this.show(this.held);
  }

  live(name) {
    return this.root.querySelector(`:scope > [data-part="${name}"]`);
  }

  reconcile(incoming) {
    const served = new Map(incoming.map((part) => [part.dataset.part, part.outerHTML]));
    for (const part of parts(this.root)) if (!served.has(part.dataset.part)) part.remove();
    let before = this.root.firstElementChild;
    for (const part of incoming) {
      const name = part.dataset.part;
      const old = this.live(name);
      const unchanged = old && this.served.get(name) === served.get(name);
      const next = unchanged ? old : part;
      if (!unchanged) carryOpen(old, part);
      if (next !== before) this.root.insertBefore(next, before);
      if (!unchanged && old) {
        if (old === before) before = old.nextElementSibling;
        old.remove();
      }
      before = next.nextElementSibling;
    }
    this.served = served;
    tell(this.root);
  }
}

function parts(root) {
  return [...root.children].filter((child) => child.dataset.part);
}

function carryOpen(old, part) {
  for (const details of old?.querySelectorAll("details[data-keep][open]") ?? []) {
    const twin = part.querySelector(`[data-keep="${CSS.escape(details.dataset.keep)}"]`);
    if (twin) twin.open = true;
  }
}
