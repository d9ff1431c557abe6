// The pseudo-random numbers that every peer draws: the same as in common/draws.h.

package main

import (
	"math"
	"time"
)

// draws is xorshift64*.
type draws struct{ state uint64 }

func newDraws(seed int) *draws {
	return &draws{state: (uint64(seed) + 1) * 0x9E3779B97F4A7C15}
}

func (d *draws) next() uint64 {
	d.state ^= d.state >> 12
	d.state ^= d.state << 25
	d.state ^= d.state >> 27
	return d.state * 0x2545F4914F6CDD1D
}

// delay is exponential, with a mean of one second.
func (d *draws) delay() time.Duration {
	uniform := float64(d.next()>>11) * 0x1p-53
	return time.Duration(-math.Log(1-uniform) * 1e9)
}

// below is uniform in [0, limit).
func (d *draws) below(limit int) int {
	return int((d.next() >> 32) % uint64(limit))
}
