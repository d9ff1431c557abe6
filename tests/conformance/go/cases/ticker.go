package main

import (
	"fmt"
	"time"
)

// Package time, NewTicker: it sends the time again and again, a period apart.
//
// Output:
// true true true
func tickerTicks() {
	start := time.Now()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	first := (<-ticker.C).Sub(start) >= 20*time.Millisecond
	second := (<-ticker.C).Sub(start) >= 40*time.Millisecond
	third := (<-ticker.C).Sub(start) >= 60*time.Millisecond
	fmt.Println(first, second, third)
}

// Package time, NewTicker: it drops ticks to make up for slow receivers.
//
// Output:
// one tick
// no more yet
func tickerDropsTicks() {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	time.Sleep(700 * time.Millisecond)
	for range 2 {
		select {
		case <-ticker.C:
			fmt.Println("one tick")
		default:
			fmt.Println("no more yet")
		}
	}
}

// Package time, Ticker.Stop: no more ticks are sent, and the channel is not closed.
//
// Output:
// nothing
func tickerStop() {
	ticker := time.NewTicker(10 * time.Millisecond)
	<-ticker.C
	ticker.Stop()
	pause()
	pause()
	select {
	case <-ticker.C:
		fmt.Println("a tick, or closed")
	default:
		fmt.Println("nothing")
	}
}

// Go 1.23, Timer changes: after Stop, no stale tick is received.
//
// Output:
// nothing
func tickerStopDropsStale() {
	ticker := time.NewTicker(10 * time.Millisecond)
	pause()
	pause()
	ticker.Stop()
	select {
	case <-ticker.C:
		fmt.Println("stale")
	default:
		fmt.Println("nothing")
	}
}

// Package time, Ticker.Stop: who waits for a stopped ticker waits for ever.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func tickerReceiveAfterStop() {
	ticker := time.NewTicker(10 * time.Millisecond)
	ticker.Stop()
	<-ticker.C
}

// Package time, Ticker.Reset: it ticks with the new period from now.
//
// Output:
// true true
func tickerReset() {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	start := time.Now()
	ticker.Reset(20 * time.Millisecond)
	first := (<-ticker.C).Sub(start) >= 20*time.Millisecond
	second := (<-ticker.C).Sub(start) >= 40*time.Millisecond
	fmt.Println(first, second)
}

// Package time, Ticker.Reset: it starts a stopped ticker again.
//
// Output:
// tick
func tickerResetAfterStop() {
	ticker := time.NewTicker(10 * time.Millisecond)
	ticker.Stop()
	ticker.Reset(10 * time.Millisecond)
	<-ticker.C
	fmt.Println("tick")
}

// Package time, NewTicker: a period that is not positive panics.
//
// Error:
// panic: non-positive interval for NewTicker
func tickerNotPositive() {
	time.NewTicker(0)
}

// Package time, Ticker.Reset: a period that is not positive panics.
//
// Error:
// panic: non-positive interval for Ticker.Reset
func tickerResetNotPositive() {
	ticker := time.NewTicker(time.Second)
	ticker.Reset(-time.Second)
}

// Package time, Tick: it gives nil if the period is not positive.
//
// Output:
// true true false
func tickNotPositive() {
	fmt.Println(time.Tick(0) == nil, time.Tick(-1) == nil, time.Tick(time.Hour) == nil)
}

// Package time, Tick: it gives the channel of a ticker.
//
// Output:
// tick
// tick
func tickTicks() {
	ticks := time.Tick(10 * time.Millisecond)
	<-ticks
	fmt.Println("tick")
	<-ticks
	fmt.Println("tick")
}

// Go runtime, checkdead: who waits for a ticker is no part of a deadlock.
//
// Output:
// 3 ticks
func tickerIsNoDeadlock() {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	done := make(chan bool)
	go func() {
		for range 3 {
			<-ticker.C
		}
		done <- true
	}()
	<-done
	fmt.Println("3 ticks")
}

// Go 1.23, Timer changes: a ticker that nobody receives from hides no deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func tickerUnwatchedDeadlock() {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	<-make(chan int)
}

// Spec, Select statements: ticks and a timer that ends the loop.
//
// Output:
// ticked, then stopped
func tickerUntilTimeout() {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	end := time.After(150 * time.Millisecond)
	ticks := 0
	for {
		select {
		case <-ticker.C:
			ticks++
			continue
		case <-end:
		}
		break
	}
	if ticks > 0 && ticks <= 8 {
		fmt.Println("ticked, then stopped")
	}
}
