package hub

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"agenthub/session"
)

// The numbers are those of the list of bad inputs every hub must stand.
func TestBadFrames(t *testing.T) {
	const none = 0
	const quick = 4 * time.Second // the hub gives a peer 2 s to answer its close, and looks once a second
	for _, c := range []struct {
		name  string
		bytes []byte
		code  int
		limit time.Duration // until the socket is gone
	}{
		{"33 unmasked", []byte{fin | 1, 2, '{', '}'}, session.CloseProtocol, quick},
		{"34 RSV1 without deflate", frame(fin|0x40|1, "{}"), session.CloseProtocol, quick},
		{"35 opcode 3", frame(fin|3, ""), session.CloseProtocol, quick},
		{"35 opcode 11", frame(fin|11, ""), session.CloseProtocol, quick},
		{"36 continuation first", frame(fin, "{}"), session.CloseProtocol, quick},
		{"37 text inside a text", append(frame(1, "{"), frame(fin|1, "{}")...), session.CloseProtocol, quick},
		{"38 fragmented ping", frame(9, ""), session.CloseProtocol, quick},
		{"39 ping of 126 bytes", frame(fin|9, strings.Repeat("x", 126)), session.CloseProtocol, quick},
		{"41 binary", frame(fin|2, "{}"), session.CloseBinary, quick},
		{"42 invalid UTF-8", frame(fin|1, "{\"a\":\"\xff\"}"), session.CloseUTF8, quick},
		{"42 invalid UTF-8 over two fragments", append(frame(1, "\"\xe2"), frame(fin, "\x28\"")...), session.CloseUTF8, quick},
		{"43 one byte too many", frame(fin|1, strings.Repeat(" ", 16<<10+1)), session.CloseTooBig, quick},
		{"44 declared 2^62", []byte{fin | 1, masked | 127, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{'}, session.ClosePolicy, 10 * time.Second},
		{"45 negative length", []byte{fin | 1, masked | 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, session.CloseProtocol, quick},
		{"49 close with one byte", frame(fin|8, "\x03"), session.CloseProtocol, quick},
		{"49 close 1005", frame(fin|8, "\x03\xed"), session.CloseProtocol, quick},
		{"49 close 999", frame(fin|8, "\x03\xe7"), session.CloseProtocol, quick},
		{"49 close 5000", frame(fin|8, "\x13\x88"), session.CloseProtocol, quick},
		{"49 close reason no UTF-8", frame(fin|8, "\x03\xe8bye\xff"), session.CloseUTF8, quick},
		{"49 close reason cut in a character", frame(fin|8, "\x0f\xa1\xe2\x82"), session.CloseUTF8, quick},
		{"49 close reason", frame(fin|8, "\x0f\xa1€"), 4001, quick},
		{"50 data after close", append(frame(fin|8, "\x03\xe8"), frame(fin|1, skip)...), session.CloseNormal, quick},
		{"half a header", []byte{fin | 1}, session.ClosePolicy, 10 * time.Second},
		{"51 reset", nil, none, quick},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, nil)
				raw := n.raw(t, token(t, "testagent", nil))
				began := time.Now()
				if c.bytes == nil {
					_ = raw.conn.Close()
				} else {
					go raw.write(c.bytes)
					code := raw.closed()
					_ = raw.conn.Close() // as any client does that is told to go
					if code != c.code {
						t.Errorf("closed with %d, want %d", code, c.code)
					}
				}
				for n.Sockets() > 0 && time.Since(began) < time.Minute {
					<-time.After(100 * time.Millisecond)
				}
				synctest.Wait()
				if took := time.Since(began); took > c.limit {
					t.Errorf("gone after %v, want within %v", took, c.limit)
				}
				if got := len(n.claims.dropped()); got != 1 {
					t.Errorf("%d drops, want 1", got)
				}
			})
		})
	}
}

func TestFramesThatMustPass(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes []byte
	}{
		{"fragments with a ping between", append(append(frame(1, skip[:10]), frame(fin|9, "x")...), frame(fin, skip[10:])...)},
		{"46 length not minimal", append([]byte{fin | 1, masked | 126, 0, byte(len(skip)), 0, 0, 0, 0}, skip...)},
		{"exactly 16 KiB", frame(fin|1, skip+strings.Repeat(" ", 16<<10-len(skip)))},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				raw := startNode(t, nil).raw(t, token(t, "testagent", nil))
				go raw.write(c.bytes)
				for {
					op, payload, ok := raw.read()
					if !ok {
						t.Fatal("closed")
					}
					if op == 1 {
						if string(payload) != okSkip {
							t.Errorf("answer = %s", payload)
						}
						return
					}
				}
			})
		})
	}
}

// However the network cuts the stream, each request is answered once.
func TestFramesInAnyPieces(t *testing.T) {
	const key = "\x01\x82\x43\xc4"
	var stream []byte
	sizes := []int{len(skip), 125, 126, 127, 240, 247, 248, 249, 255, 256, 257, 600}
	for _, size := range sizes {
		one := frame(fin|1, skip+strings.Repeat(" ", max(0, size-len(skip))))
		payload := one[len(one)-max(size, len(skip)):]
		copy(one[len(one)-len(payload)-len(key):], key)
		for i := range payload {
			payload[i] ^= key[i%len(key)]
		}
		stream = append(stream, one...)
		stream = append(stream, frame(fin|9, "")...) // the library's to answer
	}
	for _, piece := range []int{1, 2, 5, 9, 64, 255, 256, 257, len(stream)} {
		synctest.Test(t, func(t *testing.T) {
			raw := startNode(t, nil).raw(t, token(t, "testagent", nil))
			go func() {
				for b := range slices.Chunk(stream, piece) {
					raw.write(b)
				}
			}()
			texts, pongs := 0, 0
			for texts+pongs < 2*len(sizes) {
				op, payload, ok := raw.read()
				switch {
				case !ok:
					t.Fatalf("pieces of %d: closed after %d answers and %d pongs", piece, texts, pongs)
				case op == 10:
					pongs++
				case string(payload) != okSkip:
					t.Fatalf("pieces of %d: answer = %s", piece, payload)
				default:
					texts++
				}
			}
			if texts != len(sizes) {
				t.Errorf("pieces of %d: %d answers, want %d", piece, texts, len(sizes))
			}
		})
	}
}

func TestSlowFramesEnd(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes func(i int) []byte
		every time.Duration
	}{
		{"47 endless empty fragments", func(i int) []byte {
			if i == 0 {
				return frame(1, "")
			}
			return frame(0, "")
		}, 100 * time.Millisecond},
		{"48 one byte a second", func(i int) []byte { return frame(fin|1, skip)[i : i+1] }, time.Second},
		{"a frame and the beginning of the next, then nothing", func(i int) []byte {
			if i == 0 {
				return append(frame(fin|1, skip), fin|1)
			}
			return nil
		}, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, nil)
				raw := n.raw(t, token(t, "testagent", nil))
				code := make(chan int, 1)
				go func() { code <- raw.closed() }()
				began := time.Now()
				for i := 0; n.Sockets() > 0 && i < 100; i++ {
					if _, err := raw.conn.Write(c.bytes(i)); err != nil {
						break
					}
					<-time.After(c.every)
				}
				if took := time.Since(began); took < 4*time.Second || took > 10*time.Second {
					t.Errorf("gone after %v, want 5 s and the close", took)
				}
				if got := <-code; got != session.ClosePolicy {
					t.Errorf("closed with %d", got)
				}
			})
		})
	}
}

func TestFloodersAreHeldBackThenClosed(t *testing.T) {
	for _, c := range []struct {
		name        string
		bytes       []byte
		least, most int // answers: a burst of 100 and 50 a second
	}{
		{"messages", frame(fin|1, skip), 300, 400},
		{"40 ping flood", frame(fin|9, "x"), 300, 400},
		{"unasked pongs", frame(fin|10, "x"), 0, 1}, // the hub's own ping
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := startNode(t, nil)
				raw := n.raw(t, token(t, "testagent", nil))
				code := make(chan int, 1)
				answers := make(chan int, 1)
				go func() {
					defer close(code)
					got := 0
					for {
						op, payload, ok := raw.read()
						if !ok {
							break
						}
						if op == 8 {
							code <- int(binary.BigEndian.Uint16(payload))
							break
						}
						got++
					}
					answers <- got
					raw.drain()
				}()
				began := time.Now()
				for i := 0; n.Sockets() > 0 && i < 100_000; i++ { // else nothing holds them back
					if _, err := raw.conn.Write(c.bytes); err != nil {
						break
					}
				}
				took := time.Since(began)
				if got := <-code; got != session.CloseTooSlow {
					t.Errorf("closed with %d", got)
				}
				if took < 5*time.Second || took > 9*time.Second {
					t.Errorf("closed after %v, want 5 s of being held back", took)
				}
				if got := <-answers; got < c.least || got > c.most {
					t.Errorf("%d answers, want %d to %d", got, c.least, c.most)
				}
			})
		})
	}
}

const queueKiB = 256

func TestClientThatDoesNotReadIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		n.raw(t, token(t, "slow", nil))
		n.raw(t, token(t, "full", nil))
		slow, full := n.registry.agent("slow"), n.registry.agent("full")
		began := time.Now()
		big := make([]byte, 16<<10)
		for range 3 { // more than the connection holds, less than the queue
			slow.Push(big)
		}
		pushed := 0
		for full.Push(big) {
			pushed++
			synctest.Wait()
		}
		if pushed < queueKiB/16 || pushed > queueKiB/16+3 {
			t.Errorf("the queue took %d frames of 16 KiB, want 256 KiB and what is on its way", pushed)
		}
		for n.Sockets() > 0 && time.Since(began) < time.Minute {
			<-time.After(100 * time.Millisecond)
		}
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("gone after %v", took)
		}
		for s, reason := range map[*session.Session]string{slow: session.ReasonSlowWrite, full: session.ReasonQueueFull} {
			if code, got := s.Why(); code != session.CloseTooSlow || got != reason {
				t.Errorf("ended with %d %s, want %s", code, got, reason)
			}
		}
		if full.PushWait(t.Context(), nil) == nil || full.Push(nil) {
			t.Error("an ended session takes frames")
		}
	})
}

// Messages of every length of header arrive whole and in order, whatever control
// frames the library puts between them.
func TestMessagesAndControlFramesDoNotMix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := startNode(t, nil)
		c := n.v1(t, "agent1")
		c.ws.SetReadLimit(1 << 20)
		s := n.registry.agent("agent1")
		sizes := []int{1, 125, 126, 127, 255, 256, 65535, 65536, 65537}
		ctx, stop := context.WithCancel(t.Context())
		pinged, over := 0, make(chan struct{})
		go func() { // waited for below
			for c.ws.Ping(ctx) == nil {
				pinged++
			}
			close(over)
		}()
		for range 20 {
			for _, size := range sizes {
				s.Push(bytes.Repeat([]byte{byte('a' + size%7)}, size))
				if got := c.read(); len(got) != size || strings.Trim(got, string(rune('a'+size%7))) != "" {
					t.Fatalf("%d bytes came, want %d alike", len(got), size)
				}
			}
		}
		stop()
		<-over
		if pinged == 0 {
			t.Error("no ping was answered meanwhile")
		}
	})
}
