package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Package time, Sleep: it pauses for at least the duration.
//
// Output:
// true
func sleepIsLongEnough() {
	start := time.Now()
	time.Sleep(30 * time.Millisecond)
	fmt.Println(time.Since(start) >= 30*time.Millisecond)
}

// Package time, Sleep: a zero or negative duration returns at once.
//
// Output:
// done
func sleepZero() {
	time.Sleep(0)
	time.Sleep(-time.Hour)
	fmt.Println("done")
}

// Package time, Sleep: who sleeps shorter wakes first.
//
// Output:
// 1
// 2
// 3
func sleepOrder() {
	done := make(chan bool)
	for _, n := range []int{3, 1, 2} {
		go func() {
			time.Sleep(time.Duration(n) * 40 * time.Millisecond)
			fmt.Println(n)
			done <- true
		}()
	}
	for range 3 {
		<-done
	}
}

// Package time, NewTimer: it sends the time on its channel after at least the duration, once.
//
// Output:
// true
// nothing more
func timerFiresOnce() {
	start := time.Now()
	timer := time.NewTimer(30 * time.Millisecond)
	at := <-timer.C
	fmt.Println(at.Sub(start) >= 30*time.Millisecond)
	pause()
	pause()
	select {
	case <-timer.C:
		fmt.Println("again")
	default:
		fmt.Println("nothing more")
	}
}

// Package time, NewTimer: a zero or negative duration fires at once.
//
// Output:
// fired
// fired
func timerNotPositive() {
	<-time.NewTimer(0).C
	fmt.Println("fired")
	<-time.NewTimer(-time.Second).C
	fmt.Println("fired")
}

// Package time, Timer.Stop: it prevents the timer from firing, and reports whether it did.
//
// Output:
// true false
// nothing
func timerStop() {
	timer := time.NewTimer(30 * time.Millisecond)
	first := timer.Stop()
	fmt.Println(first, timer.Stop())
	pause()
	pause()
	select {
	case <-timer.C:
		fmt.Println("fired")
	default:
		fmt.Println("nothing")
	}
}

// Go 1.23, Timer changes: after Stop, no stale time is received; a timer not received from counts
// as
// active.
//
// Output:
// true
// nothing
func timerStopAfterExpiry() {
	timer := time.NewTimer(10 * time.Millisecond)
	pause()
	pause()
	fmt.Println(timer.Stop())
	select {
	case <-timer.C:
		fmt.Println("stale")
	default:
		fmt.Println("nothing")
	}
}

// Package time, Timer.Stop: it gives false after the time has been received.
//
// Output:
// false
func timerStopAfterReceive() {
	timer := time.NewTimer(10 * time.Millisecond)
	<-timer.C
	fmt.Println(timer.Stop())
}

// Package time, Timer.Stop: it does not close the channel.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func timerReceiveAfterStop() {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	<-timer.C
}

// Package time, Timer.Reset: it changes when the timer fires, and reports whether it was active.
//
// Output:
// true
// fired late: true
// false
// fired again
func timerReset() {
	start := time.Now()
	timer := time.NewTimer(10 * time.Millisecond)
	fmt.Println(timer.Reset(60 * time.Millisecond))
	<-timer.C
	fmt.Println("fired late:", time.Since(start) >= 60*time.Millisecond)
	fmt.Println(timer.Reset(10 * time.Millisecond))
	<-timer.C
	fmt.Println("fired again")
}

// Go 1.23, Timer changes: after Reset, no stale time is received.
//
// Output:
// true
// not yet
// fresh: true
func timerResetAfterExpiry() {
	timer := time.NewTimer(10 * time.Millisecond)
	pause()
	pause()
	start := time.Now()
	fmt.Println(timer.Reset(200 * time.Millisecond))
	select {
	case <-timer.C:
		fmt.Println("stale")
	default:
		fmt.Println("not yet")
	}
	at := <-timer.C
	fmt.Println("fresh:", at.Sub(start) >= 200*time.Millisecond)
}

// Package time, Timer.Reset: a stopped timer can be started again.
//
// Output:
// false
// fired
func timerResetAfterStop() {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	fmt.Println(timer.Reset(10 * time.Millisecond))
	<-timer.C
	fmt.Println("fired")
}

// Package time, Timer.Reset: who waits already is served at the new time.
//
// Output:
// served
func timerResetUnderReceiver() {
	timer := time.NewTimer(time.Hour)
	go func() {
		pause()
		timer.Reset(10 * time.Millisecond)
	}()
	<-timer.C
	fmt.Println("served")
}

// Go 1.23, Timer changes: the channel of a timer has no buffer that one can see.
//
// Output:
// 0 0
// 0 0
func timerLenAndCap() {
	timer := time.NewTimer(10 * time.Millisecond)
	fmt.Println(len(timer.C), cap(timer.C))
	pause()
	pause()
	fmt.Println(len(timer.C), cap(timer.C))
}

// Package time, After: it sends the time once the duration has passed.
//
// Output:
// true
func afterDuration() {
	start := time.Now()
	at := <-time.After(20 * time.Millisecond)
	fmt.Println(at.Sub(start) >= 20*time.Millisecond)
}

// Package time, After: of several, the shortest is received first.
//
// Output:
// short
func afterShortest() {
	long, short := time.After(10*time.Second), time.After(10*time.Millisecond)
	select {
	case <-long:
		fmt.Println("long")
	case <-short:
		fmt.Println("short")
	}
}

// Package time, AfterFunc: it calls the function in a goroutine of its own.
//
// Output:
// called
// 2
func afterFuncCalls() {
	done, count := make(chan bool), make(chan int, 1)
	time.AfterFunc(10*time.Millisecond, func() {
		fmt.Println("called")
		count <- runtime.NumGoroutine()
		<-done
	})
	n := <-count
	fmt.Println(n)
	close(done)
}

// Package time, AfterFunc: its timer has no channel.
//
// Output:
// true
func afterFuncHasNoChannel() {
	timer := time.AfterFunc(time.Hour, func() {})
	fmt.Println(timer.C == nil)
	timer.Stop()
}

// Package time, Timer.Stop: a stopped AfterFunc is not called.
//
// Output:
// true false
func afterFuncStop() {
	timer := time.AfterFunc(20*time.Millisecond, func() { fmt.Println("called") })
	first := timer.Stop()
	fmt.Println(first, timer.Stop())
	pause()
	pause()
}

// Package time, Timer.Stop: it does not wait for a function that has been started.
//
// Output:
// started
// false
// finished
func afterFuncStopTooLate() {
	started, release, done := make(chan bool), make(chan bool), make(chan bool)
	timer := time.AfterFunc(10*time.Millisecond, func() {
		fmt.Println("started")
		started <- true
		<-release
		fmt.Println("finished")
		done <- true
	})
	<-started
	fmt.Println(timer.Stop())
	release <- true
	<-done
}

// Package time, Timer.Reset: an AfterFunc can be called again.
//
// Output:
// called
// false
// called
func afterFuncReset() {
	called := make(chan bool)
	timer := time.AfterFunc(10*time.Millisecond, func() { called <- true })
	<-called
	fmt.Println("called")
	fmt.Println(timer.Reset(10 * time.Millisecond))
	<-called
	fmt.Println("called")
}

// Package time, AfterFunc: a zero duration calls it without delay.
//
// Output:
// called
func afterFuncZero() {
	called := make(chan bool)
	time.AfterFunc(0, func() { called <- true })
	<-called
	fmt.Println("called")
}

// Go runtime, checkdead: while a delayed call is pending, there is no deadlock.
//
// Output:
// served 1
func afterFuncBreaksDeadlock() {
	ch := make(chan int)
	time.AfterFunc(30*time.Millisecond, func() { ch <- 1 })
	fmt.Println("served", <-ch)
}

// Go 1.23, Timer changes: a timer that nobody receives from hides no deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func timerUnwatchedDeadlock() {
	timer := time.NewTimer(time.Hour)
	<-make(chan int)
	timer.Stop()
}

// Package time, AfterFunc: a panic in the function ends the program.
//
// Error:
// panic: in the call
func afterFuncPanics() {
	time.AfterFunc(10*time.Millisecond, func() { panic("in the call") })
	time.Sleep(10 * time.Second)
}

// Package time, Timer.Reset: a duration that is not positive fires at once.
//
// Output:
// true
// fired
func timerResetNotPositive() {
	timer := time.NewTimer(time.Hour)
	fmt.Println(timer.Reset(-time.Second))
	<-timer.C
	fmt.Println("fired")
}

// Package time, Timer.Stop: who waits for the timer then waits for ever.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
// chan receive
func timerStopUnderReceiver() {
	timer := time.NewTimer(100 * time.Millisecond)
	done := make(chan bool)
	go func() {
		<-timer.C
		done <- true
	}()
	pause()
	timer.Stop()
	<-done
}

// Package time, NewTimer: one of those that wait for a timer is served.
//
// Output:
// served
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
// sync.WaitGroup.Wait
func timerServesOne() {
	timer := time.NewTimer(40 * time.Millisecond)
	var group sync.WaitGroup
	for range 2 {
		group.Add(1)
		go func() {
			defer group.Done()
			<-timer.C
			fmt.Println("served")
		}()
	}
	group.Wait()
}

// Go runtime, checkdead: a select with a timer is no part of a deadlock until the timer is stopped.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
// select
func timerStopUnderSelect() {
	timer := time.NewTimer(100 * time.Millisecond)
	done := make(chan bool)
	go func() {
		select {
		case <-timer.C:
		case <-done:
		}
	}()
	pause()
	timer.Stop()
	<-make(chan int)
}
