// Go's own virtual time: goroutines in a testing/synctest bubble, whose clock moves on when all of
// them wait. A bubble exists only in a test, so this is built with `go test -c` and run with
// -test.run '^TestVirtual$/^NAME$'. Time is taken outside the bubble.

package main

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const (
	processes      = 1024
	jobsPerProcess = 16
)

func TestVirtual(t *testing.T) {
	for _, workload := range []struct {
		name string
		run  func(t *testing.T, name string)
	}{
		{"timers-1m-synctest", timersSynctest},
		{"phold-goroutines", pholdGoroutines},
		{"sleepers", sleepers},
	} {
		t.Run(workload.name, func(t *testing.T) { workload.run(t, workload.name) })
	}
}

// inBubble runs work in virtual time and returns the real seconds that it took.
func inBubble(t *testing.T, work func()) float64 {
	begin := time.Now()
	synctest.Test(t, func(*testing.T) { work() })
	return time.Since(begin).Seconds()
}

func timersSynctest(t *testing.T, name string) {
	const repetitions = 3
	var samples []float64
	for range repetitions {
		samples = append(samples, inBubble(t, setAndAwaitTimers)*1e9/timers)
	}
	show(figure{Name: name, Unit: "ns"}, samples)
}

// PHOLD with a goroutine and a mailbox for each process. A job that arrives is sent on at once, and
// a timer brings it to its next mailbox.
func pholdGoroutines(t *testing.T, name string) {
	const events = 300_000
	var samples []float64
	for range repetitions {
		seconds := inBubble(t, func() { phold(events) })
		samples = append(samples, events/seconds*1e-6)
	}
	show(figure{Name: name, Unit: "M/s"}, samples)
}

func phold(events int64) {
	const stop, mailboxSlots = -1, 4 * jobsPerProcess
	var mailboxes [processes]chan int
	for i := range mailboxes {
		mailboxes[i] = make(chan int, mailboxSlots)
	}
	done := make(chan bool)
	var arrived atomic.Int64
	for i, mailbox := range mailboxes {
		go func() {
			own := newDraws(i)
			sendOn := func(job, process int) {
				time.AfterFunc(own.delay(), func() { mailboxes[process] <- job })
			}
			for n := range jobsPerProcess {
				sendOn(i*jobsPerProcess+n, i)
			}
			for job := range mailbox {
				if job == stop {
					return
				}
				sendOn(job, own.below(processes))
				if arrived.Add(1) == events {
					close(done)
				}
			}
		}()
	}
	<-done
	for _, mailbox := range mailboxes {
		mailbox <- stop
	}
}

// Goroutines that do nothing but sleep for exponential times.
func sleepers(t *testing.T, name string) {
	const wakeUps = 500_000
	var samples []float64
	for range repetitions {
		seconds := inBubble(t, func() { sleepAndWake(wakeUps) })
		samples = append(samples, wakeUps/seconds*1e-6)
	}
	show(figure{Name: name, Unit: "M/s"}, samples)
}

func sleepAndWake(wakeUps int64) {
	var awoken atomic.Int64
	var group sync.WaitGroup
	for i := range processes {
		group.Go(func() {
			own := newDraws(i)
			for awoken.Add(1) <= wakeUps {
				time.Sleep(own.delay())
			}
		})
	}
	group.Wait()
}
