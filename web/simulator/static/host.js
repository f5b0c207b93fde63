// Stands where the WeCom client stands: the framed sidebar may ask us to send for the rep, nobody else.
export class SidebarFrame {
  // `send(text)` answers whether it went out; `changed()` hears that the sidebar shows something new.
  constructor(frame, product, { send, changed }) {
    this.frame = frame;
    this.product = product;
    this.address = "";
    addEventListener("message", async (event) => {
      if (event.origin !== product || event.source !== frame.contentWindow) return;
      const { type, id, text } = event.data ?? {};
      if (type === "wenzhen.hello") this.post({ type: "wenzhen.host" });
      if (type === "wenzhen.changed") changed();
      if (type === "wenzhen.send" && typeof text === "string") {
        this.post({ type: "wenzhen.sent", id, ok: await send(text) });
      }
    });
  }

  post(message) {
    this.frame.contentWindow.postMessage(message, this.product);
  }

  open(rep, customer) {
    const next = encodeURIComponent(`/sidebar?customer=${encodeURIComponent(customer)}`);
    const address = `${this.product}/demo/login?as=${encodeURIComponent(rep)}&next=${next}`;
    if (address === this.address) return;
    this.address = address;
    this.frame.src = address;
  }
}
