// Package envelope is the wire: what a frame says, and how an answer is spelled.
//
// It knows neither sockets nor what a subtopic does, and starts no goroutine. What
// it promises:
//
//   - A frame says one thing, or it is refused: invalid UTF-8, a key given twice
//     with different values, and nesting deeper than 16 never reach a handler.
//   - Letter case and aliases of keys are folded here, over ASCII alone, and
//     nowhere else.
//   - A frame that is refused still gives what could be read without doubt, so that
//     the refusal goes out under its own subtopic.
//   - Two requests have the same canonical bytes if and only if they say the same:
//     a repeated id with other content is found by them.
//   - What a client may see of an error is an Error: a code, a sentence, and a
//     cause for the log alone.
//
// Decode and NewReply are the entrance:
//
//	frame ─▶ Decode ─▶ Envelope ─▶ Fields.Text, Int, Bool, Object
//	answer ─▶ NewReply ─▶ Reply.Append, AppendFailure ─▶ frame
//
// It does not say which fields a request needs, nor what a value means.
package envelope
