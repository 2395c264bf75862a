//go:build linux

package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tick is the kernel's unit in /proc: USER_HZ, 100 on every Linux that runs Go.
const tick = 10 * time.Millisecond

// cpuOf gives the processor time a process has used.
func cpuOf(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	_, after, _ := bytes.Cut(b, []byte(") ")) // the name may hold blanks
	f := strings.Fields(string(after))
	if len(f) < 13 {
		return 0, fmt.Errorf("processor time of %d: unknown format", pid)
	}
	user, _ := strconv.ParseInt(f[11], 10, 64)
	system, _ := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * tick, nil
}

// busyMachine gives the processor time used by everybody, what a host took away
// included.
func busyMachine() (time.Duration, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("processor time: %w", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	f := strings.Fields(string(line))
	if len(f) < 9 {
		return 0, fmt.Errorf("/proc/stat: unknown format")
	}
	var busy int64
	for i, v := range f[1:9] { // user nice system idle iowait irq softirq steal
		if i == 3 || i == 4 {
			continue
		}
		n, _ := strconv.ParseInt(v, 10, 64)
		busy += n
	}
	return time.Duration(busy) * tick, nil
}

// Memory reads one line of /proc/PID/status, such as VmRSS, in bytes.
func Memory(pid int, line string) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	for l := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(l, line+":"); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("memory: no line %s", line)
}

// Meter takes the processor time of some processes between two moments.
type Meter struct {
	pids  map[string]int
	start map[string]time.Duration
	busy  time.Duration
	at    time.Time
}

// Usage is what a meter saw.
type Usage struct {
	Took  time.Duration
	CPU   map[string]time.Duration // by process
	Other float64                  // cores that nobody of ours used
}

// StartMeter begins with the processor time that processes have used so far.
func StartMeter(pids map[string]int) (*Meter, error) {
	m := &Meter{pids: pids, start: map[string]time.Duration{}, at: time.Now()}
	var err error
	if m.busy, err = busyMachine(); err != nil {
		return nil, err
	}
	for name, pid := range pids {
		if m.start[name], err = cpuOf(pid); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Stop tells what they used since.
func (m *Meter) Stop() (Usage, error) {
	u := Usage{Took: time.Since(m.at), CPU: map[string]time.Duration{}}
	busy, err := busyMachine()
	if err != nil {
		return u, err
	}
	other := busy - m.busy
	for name, pid := range m.pids {
		now, err := cpuOf(pid)
		if err != nil {
			return u, err
		}
		u.CPU[name] = now - m.start[name]
		other -= u.CPU[name]
	}
	u.Other = max(0, other.Seconds()/u.Took.Seconds())
	return u, nil
}

// KeepTo keeps processes to one processor until free is called.
func KeepTo(cpu int, pids ...int) (free func() error, err error) {
	was := make([]unix.CPUSet, len(pids))
	var one unix.CPUSet
	one.Set(cpu)
	for i, pid := range pids {
		if err := unix.SchedGetaffinity(pid, &was[i]); err != nil {
			return nil, fmt.Errorf("processors of a process: %w", err)
		}
		if err := unix.SchedSetaffinity(pid, &one); err != nil {
			return nil, fmt.Errorf("keep a process to one processor: %w", err)
		}
	}
	return func() (err error) {
		for i, pid := range pids {
			err = errors.Join(err, unix.SchedSetaffinity(pid, &was[i]))
		}
		return err
	}, nil
}
