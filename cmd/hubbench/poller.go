//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// poller waits for many sockets, and for a point in time, on one thread.
type poller struct {
	ep, timer int
	events    []unix.EpollEvent
}

const timerMark = -1

func newPoller() (*poller, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("timerfd: %w", err), unix.Close(ep))
	}
	p := &poller{ep: ep, timer: timer, events: make([]unix.EpollEvent, 256)}
	return p, p.add(timer, timerMark)
}

func (p *poller) close() error { return errors.Join(unix.Close(p.timer), unix.Close(p.ep)) }

// watch makes wait report a socket under that mark.
func (p *poller) watch(s *socket, mark int) error { return p.add(s.fd, mark) }

func (p *poller) add(fd, mark int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(mark)} //nolint:gosec // an index
	if err := unix.EpollCtl(p.ep, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// wait calls ready for each socket that can be read, and returns at that time at
// the latest. A timer of the kernel's: epoll's own counts milliseconds.
func (p *poller) wait(until time.Duration, ready func(mark int) error) error {
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

// pause waits for a time, or for the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
