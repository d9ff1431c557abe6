// How a peer in Go measures and what it prints: repeated samples, of which the best and the median
// are printed as one line of JSON. Everything runs on one P.

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"
)

const repetitions = 5

func init() { runtime.GOMAXPROCS(1) }

type figure struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit"`
	Value  float64 `json:"value"`
	Median float64 `json:"median"`
	CPU    float64 `json:"cpu_ns,omitempty"`
	Parked int     `json:"parked,omitempty"`
}

// show prints the samples as the figure `of`. The best is the lowest, except for rates ("M/s").
func show(of figure, samples []float64) {
	of.Value, of.Median = bestAndMedian(of.Unit, samples)
	line, err := json.Marshal(of)
	check(err == nil, "a figure that JSON can hold")
	fmt.Println(string(line))
}

func bestAndMedian(unit string, samples []float64) (best, median float64) {
	slices.Sort(samples)
	best = samples[0]
	if unit == "M/s" {
		best = samples[len(samples)-1]
	}
	return best, samples[len(samples)/2]
}

// showNs repeats work, which does that many operations, and prints nanoseconds for each.
func showNs(name string, operations int, work func()) {
	var samples []float64
	for range repetitions {
		begin := time.Now()
		work()
		samples = append(samples, float64(time.Since(begin))/float64(operations))
	}
	show(figure{Name: name, Unit: "ns"}, samples)
}

func check(held bool, what string) {
	if !held {
		fmt.Fprintln(os.Stderr, "wrong result:", what)
		os.Exit(1)
	}
}
