//go:build linux

package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Poller waits for many sockets, and for a point in time, on one thread.
type Poller struct {
	ep, timer int
	events    []unix.EpollEvent
}

const timerMark = -1

// NewPoller returns a poller of no socket yet.
func NewPoller() (*Poller, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("timerfd: %w", err), unix.Close(ep))
	}
	p := &Poller{ep: ep, timer: timer, events: make([]unix.EpollEvent, 256)}
	return p, p.add(timer, timerMark)
}

// Close leaves the sockets open: they are their owners'.
func (p *Poller) Close() error { return errors.Join(unix.Close(p.timer), unix.Close(p.ep)) }

// Watch makes wait report a socket under that mark.
func (p *Poller) Watch(s *Socket, mark int) error { return p.add(s.fd, mark) }

func (p *Poller) add(fd, mark int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(mark)} //nolint:gosec // an index
	if err := unix.EpollCtl(p.ep, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// Wait calls ready for each socket that can be read, and returns at that time at
// the latest. A timer of the kernel's: epoll's own counts milliseconds.
func (p *Poller) Wait(until time.Duration, ready func(mark int) error) error {
	if until <= 0 {
		until = 1
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(until))}
	if err := unix.TimerfdSettime(p.timer, 0, &spec, nil); err != nil {
		return fmt.Errorf("timerfd: %w", err)
	}
	n, err := unix.EpollWait(p.ep, p.events, -1)
	if err != nil {
		if err == unix.EINTR {
			return nil
		}
		return fmt.Errorf("epoll: %w", err)
	}
	for _, e := range p.events[:n] {
		if e.Fd == timerMark {
			var ticks [8]byte
			_, _ = unix.Read(p.timer, ticks[:]) // only to make it quiet
			continue
		}
		if err := ready(int(e.Fd)); err != nil {
			return err
		}
	}
	return nil
}

// Pause waits for a time, or for the end of ctx.
func Pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
