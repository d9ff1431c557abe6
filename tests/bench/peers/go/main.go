// What goroutines do, in Go itself, in real time and on one P. Called with the name of a workload,
// it prints one line of JSON. Workloads in virtual time are in virtual_test.go.

package main

import (
	"fmt"
	"os"
	"slices"
)

var workloads = []struct {
	name string
	run  func(name string)
}{
	{"ping-pong", pingPong},
	{"buffered", buffered},
	{"select-4", select4},
	{"sieve-3000", sieve3000},
	{"spawn-join", spawnJoin},
	{"mutex", mutex},
	{"mutex-100", mutex100},
	{"timers-1m", timers1m},
	{"parked-1m", parked1m},
}

func main() {
	for _, workload := range workloads {
		if slices.Equal(os.Args[1:], []string{workload.name}) {
			workload.run(workload.name)
			return
		}
	}
	fmt.Fprintf(os.Stderr, "usage: %s WORKLOAD, one of:", os.Args[0])
	for _, workload := range workloads {
		fmt.Fprint(os.Stderr, " ", workload.name)
	}
	fmt.Fprintln(os.Stderr)
	os.Exit(2)
}
