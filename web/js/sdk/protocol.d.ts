/** The public types of the browser client. The wire contract itself is docs/protocol.md. */

/** One JSON object per frame. A request has `data`, an answer or push has `message`. */
export interface Envelope<Message = unknown> {
  channel: "LCM" | "HUB";
  topic: string;
  subtopic: string;
  source?: string;
  requestId?: string;
  data?: Record<string, unknown>;
  message?: Message;
}

/** A contact as the hub shows it to its agent. Times are RFC 3339, `""` where there is none. */
export interface Contact {
  PhoneNumber: string;
  AccountNumber: string;
  CampaignId: string;
  Mode: string;
  ContactId: string;
  ExpiryTime: string;
  CallbackTime: string;
  CallType: string;
  Prefix: string;
  Suffix: string;
  Queue: string;
  state?: "reserved" | "dialled";
  reservedUntil?: string;
  name?: string;
  skips?: number;
  attempts?: number;
  timeZone?: string;
  callableUntil?: string;
  /** With `outcomes`, where those of the contact's campaign are others than this socket was told last; moved into the snapshot. */
  skipReasons?: SkipReason[];
  outcomes?: Outcome[];
}

export interface SkipReason {
  id: string;
  label: string;
  needsNote?: boolean;
  /** A skip for this reason blocks the number. */
  suppresses?: boolean;
}

export interface Outcome {
  id: string | number;
  label: string;
  effect?: "close" | "retry" | "callback" | "block";
}

export interface Hello {
  agent: string;
  name: string;
  role: "agent" | "supervisor";
  session: string;
  node: string;
  serverNow: string;
  heartbeatSeconds: number;
  /** For how long a lost socket may come back to its contact; an older hub does not tell. */
  graceSeconds?: number;
  reservation: Contact | null;
  /** Those of the contact in hand, kept up to date like everything here. */
  skipReasons: SkipReason[];
  outcomes: Outcome[];
  today: { dials: number; skips: number; outcomes: number };
  lastClose?: unknown;
}

export interface FeedEvent {
  id: string;
  seq: number;
  type: "reserve" | "dial" | "skip" | "skip_close" | "expire" | "release" | "outcome" | "review" | "block" | "unblock" | "alert";
  at: string;
  agent: string;
  actor: string;
  campaign: string;
  contactId: string;
  /** The last four digits. */
  phone: string;
  reason: string;
  note: string;
  heldMs: number;
  skips: number;
  node: string;
}

/** Events that cannot be had any more. Load the view anew over HTTP; the feed goes on after `to`. */
export interface FeedGap {
  /** Stream ids, as in `since`: where the supervisor was, and where the feed goes on. */
  from: string;
  to: string;
  cause: "trimmed" | "rolled_back" | "slow";
}

/** What the hub says, by subtopic: the messages of pushes and of the hub's own answers, and the response in those of the vendor. */
export interface Messages {
  Hello: Hello;
  Heartbeat: { serverNow: string };
  Draining: { reconnectWithinMs: number };
  Reserved: Contact;
  /** After contactOf: the vendor has two spellings. */
  ContactOD: Contact;
  Extended: { ContactId: string; reservedUntil: string };
  Dialled: { ContactId: string; phoneNumber: string; reservedUntil: string };
  /** Other rules for the contact in hand. */
  Rules: { ContactId: string; CampaignId: string; skipReasons: SkipReason[]; outcomes: Outcome[] };
  Released: { ContactId: string; cause: "expired" | "withdrawn" | "supervisor" | (string & {}) };
  Subscribed: { recovered: boolean; id: string; seq: number };
  Event: FeedEvent;
  Gap: FeedGap;
  SignedOut: Record<string, never>;
  /** Any answer that says no; the vendor's dispositions name their call. */
  Refused: { response: { success: false; msg: string; code?: string; rule?: string; layer?: string; opensAt?: string }; callid?: string };
  [subtopic: string]: unknown;
}

export interface FeedFilter {
  campaign?: string;
  agent?: string;
  reason?: string;
  type?: string;
}

export interface FeedPosition {
  since?: string;
  seq?: number;
  filter?: FeedFilter;
}

export interface FeedHandlers {
  /** In order of `seq`, no event twice; called at most once per `every` milliseconds (250). */
  onEvents(events: FeedEvent[]): void;
  onGap(gap: FeedGap): void;
  onSubscribed?(answer: { recovered: boolean; id: string; seq: number }): void;
  onError?(error: Error): void;
  every?: number;
}

export interface Feed {
  /** Starts anew with another filter; the caller loads the past over HTTP. */
  update(filter: FeedFilter): void;
  /** Hands on at once what has come and waits for its batch. */
  flush(): void;
  close(): void;
}

export type State = "signed-out" | "connecting" | "ready" | "reconnecting" | "offline" | "draining" | "superseded" | "denied";

export interface StateEvent {
  state: State;
  /**
   * Why: `expired`, `draining`, `unreachable`, `signed_out`, `outdated`, `denied`, `norole` (the token gives another role), `hidden` (the page was put away), `silent` (the tab with
   * the socket stands still), `blocked` (see `address`), or a close code.
   */
  cause: string;
  /** When the next attempt is due, in this machine's milliseconds; 0 if none. */
  retryAt: number;
  /** When the hub was last known to be there, in this machine's milliseconds: it keeps a contact for `graceSeconds` from then. 0 while it is. */
  lostAt: number;
  /** Whether a request can go out now. */
  canWork: boolean;
  /**
   * With the cause `blocked`: three times the hub sold a ticket over HTTP and was not heard on the socket. Whoever runs the network, or the
   * proxy in front of the hub, has to let this address through: HTTP/1.1 with `Upgrade: websocket`, unchanged, and left open.
   */
  address?: string;
}

export interface HubClientOptions {
  /** The hub's socket address. Default: `/ws` of the origin this module came from. */
  url?: string;
  /** Goes into every LCM request as `source`. */
  source?: string;
  /** Gives the bearer token. `reason` is `connect`, `refresh` or `refused`. What it throws with the code `denied` ends the session; else it is asked again. */
  getToken(call: { reason: string; signal: AbortSignal }): Promise<string>;
  /** As what its person works where the token gives several roles. Default: as an agent. */
  role?: "agent" | "supervisor";
  /** `leader` (default): the tabs of one browser share one socket. `each`: this tab has its own, as feeds need it. */
  tabs?: "leader" | "each";
  backoff?: { min?: number; max?: number; minUptime?: number };
  /** How long an answer may take before the request is asked again, in milliseconds. Default 8000; after three times that it fails. */
  timeout?: number;
  WebSocket?: typeof WebSocket;
}

export interface RequestOptions {
  timeout?: number;
  signal?: AbortSignal;
  /** Default: a new UUID. The hub does nothing twice for the same id. */
  requestId?: string;
}

/** Codes: those of the protocol, and `offline`, `timeout`, `aborted`, `denied`. Only `sent: false` proves that nothing happened. */
export declare class HubError extends Error {
  code: string;
  requestId: string;
  sent: boolean;
  retryable: boolean;
  retryAfter: number;
  /** Which rule refuses: a rule pack's id, `campaign`, `no_zone`, or the campaign's field such as `minGap`, `attempts[0]`; `""` if none is named. */
  rule: string;
  /** When it would not any more, RFC 3339; `""` for never, or unknown. */
  opensAt: string;
}

export interface HubEvents {
  state: StateEvent;
  /** After every (re)connect: the truth about this agent. */
  snapshot: Hello;
  /** The socket fell, or time passed, with this request unanswered; it will be asked again with the same id. */
  uncertain: { requestId: string; subtopic: string };
  /** Every envelope. Any subtopic is an event of its own, too. */
  "*": Envelope;
  [subtopic: string]: any;
}

/** The client of one agent or supervisor. */
export interface Hub {
  readonly state: StateEvent;
  /** Kept up to date from everything that passes; `null` before the first Hello. */
  readonly snapshot: Hello | null;
  /** The hub's clock in milliseconds. */
  now(): number;
  connect(): Promise<void>;
  on<Name extends keyof HubEvents>(name: Name, listener: (event: HubEvents[Name]) => void): () => void;
  request(subtopic: string, data?: Record<string, unknown>, options?: RequestOptions): Promise<Envelope<any>>;
  subscribe(topic: "skips", from: FeedPosition, handlers: FeedHandlers): Promise<Feed>;
  /** After `superseded`: work here again, the other window stops. */
  takeOver(): void;
  /** Tries to connect now instead of waiting. */
  retry(): void;
  /** Ends the session on the hub: a reserved contact goes back. */
  signOut(): Promise<void>;
  /** This tab leaves; nothing is said to the hub. */
  close(): void;
}

export declare const HubClient: new (options: HubClientOptions) => Hub;
