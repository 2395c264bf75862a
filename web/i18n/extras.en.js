/** The words of what the toolbar loads on demand. @type {Record<string, string>} */
export default {
  notify: "A contact of {campaign} is reserved for you.",
  shortcuts: "Keyboard shortcuts",
  next: "Next contact",
  dial: "Dial",
  skip: "Skip",
  keep: "Keep for longer",
  outcome: "Outcome",
  focus: "Go to this bar",
  "key.choose": "Choose, where the bar asks",
  "key.confirm": "Confirm the choice",
  "key.back": "Go back",
  "key.list": "Show or hide this list",
  close: "Close",
};
