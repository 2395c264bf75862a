package layers_test

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
	"time"

	"agenthub/contacts"
	"agenthub/contacts/internal/contactstest"
	"agenthub/contacts/layers"
	"agenthub/contacts/store"
)

var registry = flag.Int("registry", 1_000_000, "numbers that BenchmarkRegistry loads; the United States have 250000000")

// BenchmarkRegistry loads numbers as dense as a country's registry, in its order, into
// a real Redis, once: make registry.
func BenchmarkRegistry(b *testing.B) {
	const perBucket = 936 // of ten thousand
	s := contactstest.New(b, "redis", store.DefaultPolicy())
	memory := func() float64 {
		text, err := s.RDB.Info(b.Context(), "memory").Result()
		if err != nil {
			b.Fatal(err)
		}
		used, _ := strconv.ParseFloat(regexp.MustCompile(`used_memory:(\d+)`).FindStringSubmatch(text)[1], 64)
		return used
	}
	random := rand.New(rand.NewPCG(7, 7))
	before, bucket, line, given := memory(), 0, -1, 0
	begun := time.Now()
	layer, err := s.Store.Layers().Load(b.Context(), layers.Layer{Name: "registry"}, func() (string, bool, error) {
		if given == *registry {
			return "", false, io.EOF
		}
		given++
		for {
			if line++; line == 10_000 {
				bucket, line = bucket+1, 0
			}
			if random.IntN(10_000) < perBucket {
				break
			}
		}
		number, err := contacts.Phone(fmt.Sprintf("%d%03d%04d", 201+bucket/800, 200+bucket%800, line)).Match("", "US")
		return number.E164, false, err
	})
	if err != nil || layer.Count != *registry {
		b.Fatal(layer.Count, err)
	}
	b.ReportMetric(float64(layer.Count)/time.Since(begun).Seconds(), "numbers/s")
	b.ReportMetric((memory()-before)/float64(layer.Count), "B/number")
	b.ReportMetric(0, "ns/op")
}
