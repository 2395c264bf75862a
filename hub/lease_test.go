package hub

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lease
		state := func(what string, fresh, steady, ending bool) {
			t.Helper()
			_, ends := l.ending(time.Now())
			if got := [3]bool{l.fresh(), l.steady(15 * time.Second), ends}; got != [3]bool{fresh, steady, ending} {
				t.Errorf("%s: fresh, steady, ending = %v, want %v", what, got, [3]bool{fresh, steady, ending})
			}
		}
		state("before the first beat", false, false, false)
		for range 4 {
			l.renew(time.Now())
			state("after a beat", true, l.steady(15*time.Second), false)
			<-time.After(beatEvery)
		}
		state("after 20 s of beats", true, true, false)
		<-time.After(beatRefuse - beatEvery)
		state("7 s without", false, false, false)
		<-time.After(beatLeave - beatRefuse)
		state("12 s without", false, false, true)
		l.renew(time.Now())
		state("a beat again", true, false, false)
	})
}
