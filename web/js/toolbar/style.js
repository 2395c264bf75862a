/** Light and dark. A host sets its own as `--ah-bg` and so on. Those of the contrast test in test/colours.test.js. */
const colours = {
  bg: "#fff,#12161c",
  surface: "#f4f6f9,#1b222b",
  text: "#1b2430,#e6edf5",
  muted: "#4d5a6b,#a9b6c5",
  border: "#76828f,#718096",
  line: "#dbe1e8,#2c3642",
  accent: "#0b57d0,#a8c7fa",
  "on-accent": "#fff,#062e6f",
  ok: "#0f6b3c,#7fd8a6",
  "ok-bg": "#e3f5ea,#12321f",
  warn: "#7a4b00,#f5c26b",
  "warn-bg": "#fff1d6,#3a2a0a",
  danger: "#b3261e,#f6aea8",
  "danger-bg": "#fde8e6,#4a1512",
  info: "#0b57d0,#a8c7fa",
  "info-bg": "#e3edfd,#14294a",
};
const tokens = Object.entries(colours).map(([name, pair]) => `--${name}:var(--ah-${name},light-dark(${pair}));`);
const tones = ["ok", "warn", "danger", "info"].map((tone) => `[data-tone=${tone}]{color:var(--${tone});background:var(--${tone}-bg)}`);

/** Constructed, not inline: passes a host page's `style-src 'none'`. */
const css = `
:host{${tokens.join("")}
color-scheme:light dark;display:block;container-type:inline-size;font:var(--ah-font,0.9375rem/1.4 system-ui,sans-serif);font-variant-numeric:tabular-nums;color:var(--text)}
:host([theme=light]){color-scheme:light}:host([theme=dark]){color-scheme:dark}
*{box-sizing:border-box}[hidden]{display:none!important}
.bar{background:var(--bg);border:1px solid var(--line);border-radius:var(--ah-radius,12px);box-shadow:0 1px 2px #0001,0 4px 16px #0000000d;overflow:clip}.bar:not([lang]){visibility:hidden}
.row,.who,.actions,.line{display:flex;flex-wrap:wrap}.row,.line,.conn,.timer,.note-row,button,label{align-items:center}
.conn,.chip,.meta,.today,.count{font-size:.8125rem}.chip,.meta,.today,.count,label kbd{color:var(--muted)}
.note,button,label,.note-row input{border-radius:8px}button,label,.note-row input{min-height:2.25rem;font:inherit;border:1px solid var(--border);background:var(--bg)}p,fieldset{margin:0}
.row,.line{gap:.5rem 1rem;padding:.75rem 1rem}.row{min-height:4.5rem}
.conn{display:inline-flex;gap:.45rem;padding:.2rem .7rem .2rem .55rem;border-radius:99px;font-weight:600}
svg{fill:none;stroke-linecap:round}.conn svg{width:.75rem;fill:currentColor}
${tones.join("")}
.work{flex:1 1 16rem;min-width:0;outline-offset:4px;border-radius:6px}
.who{align-items:baseline;gap:.1rem .75rem}.who strong,.number{font-size:1.0625rem;font-weight:600;overflow-wrap:anywhere}
.chip{padding:.05rem .5rem;border-radius:6px;background:var(--surface)}
.note{padding:.5rem .75rem}code{user-select:all;overflow-wrap:anywhere}summary{line-height:1.5rem}
.timer{display:flex;background:none}
.timer.up svg{display:none}.timer svg{width:2.25rem;rotate:-90deg;stroke:var(--line);stroke-width:3.5}.timer[data-tone=warn] .left{stroke:currentColor}
.timer .left{stroke:var(--accent)}.timer span{display:grid;line-height:1.15}.timer strong{font-size:1.125rem}.timer span span{font-size:.75rem;color:var(--muted)}
.actions,.timer,button,label{gap:.5rem}
button{font-weight:600;padding:.35rem .85rem;color:var(--text);cursor:pointer;display:inline-flex;touch-action:manipulation}
button:hover{background:var(--surface)}button.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}button.primary:hover{filter:brightness(1.08)}
button[aria-disabled=true]{cursor:default;color:var(--muted);background:var(--surface);border-color:var(--line);filter:none}
button svg{width:1rem;stroke:currentColor;stroke-width:2;stroke-linejoin:round}
:focus-visible,label:has(:focus-visible){outline:3px solid var(--accent);outline-offset:2px}
kbd{font:500 .75rem/1.4 system-ui,sans-serif;padding:0 .35rem;border:1px solid currentColor;border-radius:4px;opacity:.85}
.side{display:grid;gap:.3rem;justify-items:start}.today{padding-inline-start:.2rem}
.conn,.timer,.today,.sr{white-space:nowrap}.note,.line,.fault{font-weight:500}.line,.panel{border-top:1px solid var(--line)}.line p{flex:1 1 14rem}
.line button{background:none;border-color:currentColor;color:inherit}
.panel{background:var(--surface);padding:.85rem 1rem 1rem;display:grid;grid-template-columns:minmax(0,1fr);gap:.75rem}
fieldset{border:0;padding:0;min-width:0}legend{font-weight:650;padding:0;margin-bottom:.5rem}
.choices{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(15rem,100%),1fr));gap:.4rem}
label{display:flex;padding:.25rem .6rem;border-color:var(--line);cursor:pointer}
label:hover{border-color:var(--border)}label:has(:checked){border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
label input{accent-color:var(--accent);width:1rem;height:1rem;margin:0;flex:none;outline:none}label small{display:block;color:var(--danger);font-size:.75rem}
.note-row{display:flex;gap:.6rem}.note-row input{flex:1;min-width:0;color:inherit;padding:.3rem .6rem}
.fault{color:var(--danger)}.fault:empty{display:none}
.sr{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%)}
.keys kbd{display:none}@container(min-width:76rem){.keys kbd{display:inline}}
@container(max-width:30rem){.row{align-items:stretch;flex-direction:column}.work{flex-basis:auto}.conn,.timer{align-self:start}.actions button{flex:1;justify-content:center}}
@container(max-width:14rem){label{flex-wrap:wrap}label span{flex:1 1 5rem}kbd{display:none}.conn,.today{white-space:normal}}
@media(prefers-reduced-motion:no-preference){button,label{transition:background .12s,border-color .12s,filter .12s}.timer .left{transition:stroke-dashoffset .3s linear}}
@media(forced-colors:active){.timer .left{stroke:Highlight}}
`;

export const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
