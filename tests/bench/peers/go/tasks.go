// Goroutines themselves: starting and waiting, locks with and without contention, a million timers,
// and the memory of a million that wait.

package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func spawnJoin(name string) {
	const goroutines = 1_500_000
	showNs(name, goroutines, func() {
		var group sync.WaitGroup
		for range goroutines {
			group.Add(1)
			go group.Done()
			group.Wait()
		}
	})
}

func mutex(name string) {
	const locks = 60_000_000
	showNs(name, locks, func() {
		var lock sync.Mutex
		for range locks {
			lock.Lock()
			lock.Unlock()
		}
	})
}

func mutex100(name string) {
	const contenders, locksEach = 100, 15_000
	showNs(name, contenders*locksEach, func() {
		var lock sync.Mutex
		var group sync.WaitGroup
		for range contenders {
			group.Go(func() {
				for range locksEach {
					lock.Lock()
					runtime.Gosched()
					lock.Unlock()
				}
			})
		}
		group.Wait()
	})
}

const timers = 1_000_000

// setAndAwaitTimers spreads the timers over one second and returns when all have fired.
func setAndAwaitTimers() {
	var fired sync.WaitGroup
	fired.Add(timers)
	own := newDraws(0)
	for range timers {
		time.AfterFunc(time.Duration(own.below(int(time.Second))), fired.Done)
	}
	fired.Wait()
}

// The last timer is due a second after it is set, so the wall-clock time has a floor of 1000 ns for
// each; the processor time has not.
func timers1m(name string) {
	const repetitions = 3
	var wall, cpu []float64
	for range repetitions {
		begin, beginCPU := time.Now(), cpuTime()
		setAndAwaitTimers()
		wall = append(wall, float64(time.Since(begin))/timers)
		cpu = append(cpu, float64(cpuTime()-beginCPU)/timers)
	}
	best, _ := bestAndMedian("ns", cpu)
	show(figure{Name: name, Unit: "ns", CPU: best}, wall)
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil, "getrusage")
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// Measured once: a second repetition would find the memory of the first.
func parked1m(name string) {
	const goroutines = 1_000_000
	runtime.GC()
	before := residentBytes()
	gate := make(chan int)
	var started atomic.Int64
	for range goroutines {
		go func() {
			started.Add(1)
			<-gate
		}()
	}
	for started.Load() < goroutines {
		runtime.Gosched()
	}
	each := float64(residentBytes()-before) / goroutines
	show(figure{Name: name, Unit: "bytes", Parked: goroutines}, []float64{each})
}

func residentBytes() int {
	file, err := os.Open("/proc/self/statm")
	check(err == nil, "statm opens")
	defer file.Close()
	var total, resident int
	_, err = fmt.Fscan(file, &total, &resident)
	check(err == nil, "statm has numbers")
	return resident * os.Getpagesize()
}
