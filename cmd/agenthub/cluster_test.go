package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// TestHubOnACluster starts a hub with one node of a cluster, whichever has the tenant.
func TestHubOnACluster(t *testing.T) {
	t.Parallel()
	var nodes []*redisServer
	for i := range 3 {
		_, bus, _ := net.SplitHostPort(freeAddress(t))
		r := newRedis(t, "--appendonly", "yes", "--cluster-enabled", "yes", "--cluster-port", bus)
		r.start()
		if i > 0 {
			host, port, _ := net.SplitHostPort(nodes[0].address)
			at := strings.SplitN(nodes[0].do("CLUSTER NODES"), "@", 2)
			if said := r.do(fmt.Sprintf("CLUSTER MEET %s %s %s", host, port, strings.FieldsFunc(at[1], func(c rune) bool { return c < '0' || c > '9' })[0])); said != "OK" {
				t.Fatal(said)
			}
		}
		if said := r.do(fmt.Sprintf("CLUSTER ADDSLOTSRANGE %d %d", i*5462, min(i*5462+5461, 16383))); said != "OK" {
			t.Fatal(said)
		}
		nodes = append(nodes, r)
	}
	for _, r := range nodes {
		eventually(t, "the cluster is whole", func() bool { return strings.Contains(r.do("CLUSTER INFO"), "cluster_state:ok") })
	}
	for _, r := range nodes {
		n := startNode(t, "--redis", "redis://"+r.address+","+freeAddress(t), "--redis-cluster")
		n.load(t, "c"+n.url[len(n.url)-2:], 1)
		c, _ := n.desk(t, "agent"+n.url[len(n.url)-2:])
		for _, ask := range []string{"GetContactOD", "SkipNonPEWCContact"} {
			if got := c.ask(t, ask, `{"UserID":"agent`+n.url[len(n.url)-2:]+`"}`); !got.ok() {
				t.Errorf("%s: %s", ask, got.raw)
			}
		}
	}
}
