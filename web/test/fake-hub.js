/** A hub that lives in the test: sockets that the test answers by hand, and a ticket office. */

export const contact = {
  PhoneNumber: "+1 555 0100",
  AccountNumber: "5|3|1|0|0|44|1",
  CampaignId: "Spring renewal",
  Mode: "Preview",
  ContactId: "c1",
  ExpiryTime: "",
  CallbackTime: "",
  CallType: "0",
  Prefix: "",
  Suffix: "",
  Queue: "",
  state: "reserved",
  name: "Contact One",
};

export const token = (claims = {}) => `h.${btoa(JSON.stringify({ sub: "testagent", ...claims }))}.s`;

export const hello = (more = {}) => ({
  channel: "HUB",
  topic: "Session",
  subtopic: "Hello",
  message: {
    agent: "testagent",
    name: "Test Agent",
    role: "agent",
    session: "s1",
    node: "n1",
    serverNow: new Date().toISOString(),
    heartbeatSeconds: 20,
    reservation: null,
    skipReasons: [{ id: "wrong_number", label: "Number looks wrong" }],
    outcomes: [{ id: 0, label: "Success", effect: "close" }],
    today: { dials: 0, skips: 0, outcomes: 0 },
    ...more,
  },
});

export class FakeHub {
  sockets = [];
  tickets = [];
  status = 200;

  constructor() {
    const hub = this;
    this.WebSocket = class {
      readyState = 0;
      sent = [];
      constructor(url, protocols) {
        Object.assign(this, { url, protocols });
        hub.sockets.push(this);
      }
      send(frame) {
        this.sent.push(JSON.parse(frame));
      }
      close(code = 1005) {
        if (this.readyState === 3) return;
        this.readyState = 3;
        this.closed = code;
        this.onclose?.({ code, reason: "" });
      }
      /** @param {object} envelope */
      say(envelope) {
        this.readyState = 1;
        this.onmessage?.({ data: JSON.stringify(envelope) });
      }
      /** Answers the n-th request from the end. */
      answer(response, { subtopic = "", ...more } = {}) {
        const { subtopic: asked, requestId } = this.sent.at(-1);
        this.say({
          channel: "LCM",
          topic: "WebService",
          subtopic: subtopic || `${asked}Result`,
          requestId,
          message: { response },
          ...more,
        });
      }
    };
    this.fetch = async (address, init) => {
      this.tickets.push({ address: String(address), ...init });
      const { status } = this;
      return {
        ok: status === 200,
        status,
        headers: new Headers(this.headers),
        json: async () => this.problem ?? { ticket: `t${this.tickets.length}`, expiresIn: 20 },
      };
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }
}

/** Lets promises that are already settled run their course. */
export const settle = async () => {
  for (let i = 0; i < 20; i++) await null;
};
