// Listens to the panel's events; says when the connection is lost, and comes back by itself.
const GRACE = 2500;
const LONGEST_WAIT = 30_000;

export class Stream {
  constructor(conversation, seen, listener) {
    this.conversation = conversation;
    this.seen = seen;
    this.listener = listener;
    this.wait = 1000;
    this.open();
  }

  open() {
    this.source = new EventSource(`/sidebar/c/${this.conversation}/events?after=${this.seen}`);
    this.source.onopen = () => this.connected();
    this.source.onerror = () => this.lost();
    this.source.addEventListener("panel", (event) => {
      this.seen = event.lastEventId;
      this.listener.panel(JSON.parse(event.data));
    });
    for (const name of ["gone", "signed-out"]) {
      this.source.addEventListener(name, () => this.end(name));
    }
  }

  connected() {
    clearTimeout(this.grace);
    this.grace = 0;
    this.wait = 1000;
    this.listener.link(true);
  }

  lost() {
    this.grace ||= setTimeout(() => this.listener.link(false), GRACE);
    if (this.source.readyState === EventSource.CLOSED) this.again();
  }

  // The browser gives up on an answer that is not a stream; we look why.
  async again() {
    const answer = await fetch(`/sidebar/c/${this.conversation}`, { method: "GET" }).catch(() => null);
    if (answer?.status === 401) return this.end("signed-out");
    if (answer?.status === 404) return this.end("gone");
    setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  end(why) {
    clearTimeout(this.grace);
    this.source.close();
    this.listener.ended(why);
  }
}
