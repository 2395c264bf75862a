package zones

import "sync/atomic"

// Current is the data in use. A newer release on the machine takes their place
// while the hub runs: package managers bring them, and clocks do not wait for a
// restart. Safe for concurrent use.
type Current struct {
	options Options // set by Watch, read-only after
	data    atomic.Pointer[Data]
}

// Watch opens the newest data there are.
func Watch(o Options) (*Current, error) {
	data, err := Open(o)
	if err != nil {
		return nil, err
	}
	c := &Current{options: o}
	c.data.Store(data)
	return c, nil
}

// Data are those in use now. Who needs two answers that agree asks once and keeps them.
func (c *Current) Data() *Data { return c.data.Load() }

// Renew looks again, and reports whether a newer release was found and taken. It
// never goes back to an older one, and an error leaves what is in use.
func (c *Current) Renew() (bool, error) {
	data, err := Open(c.options)
	if err != nil || !data.Release.Newer(c.Data().Release) {
		return false, err
	}
	c.data.Store(data)
	return true, nil
}
