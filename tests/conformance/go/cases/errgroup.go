package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Package errgroup, Group.Wait: it waits for all, and gives nil if none failed.
//
// Output:
// 3 <nil>
func errgroupWaits() {
	var group errGroup
	var done atomic.Int32
	for range 3 {
		group.Go(func() error {
			pause()
			done.Add(1)
			return nil
		})
	}
	err := group.Wait()
	fmt.Println(done.Load(), err)
}

// Package errgroup, Group.Wait: it gives the first error that is not nil.
//
// Output:
// first
func errgroupFirstError() {
	var group errGroup
	group.Go(func() error {
		time.Sleep(60 * time.Millisecond)
		return errors.New("second")
	})
	group.Go(func() error {
		pause()
		return errors.New("first")
	})
	group.Go(func() error { return nil })
	fmt.Println(group.Wait())
}

// Package errgroup, WithContext: the first error cancels the context, with it as its cause.
//
// Output:
// stopped: context canceled
// broken
// context canceled broken
func errgroupCancels() {
	group, ctx := errGroupWithContext(context.Background())
	group.Go(func() error {
		<-ctx.Done()
		fmt.Println("stopped:", ctx.Err())
		return ctx.Err()
	})
	group.Go(func() error { return errors.New("broken") })
	fmt.Println(group.Wait())
	fmt.Println(ctx.Err(), context.Cause(ctx))
}

// Package errgroup, WithContext: when Wait returns, the context is canceled in any case.
//
// Output:
// <nil>
// context canceled
func errgroupWaitCancels() {
	group, ctx := errGroupWithContext(context.Background())
	group.Go(func() error { return nil })
	fmt.Println(group.Wait())
	fmt.Println(ctx.Err())
}

// Package errgroup, WithContext: the end of the parent reaches the group's context.
//
// Output:
// context canceled
func errgroupParentCancels() {
	parent, cancel := context.WithCancel(context.Background())
	group, ctx := errGroupWithContext(parent)
	group.Go(func() error {
		<-ctx.Done()
		return ctx.Err()
	})
	pause()
	cancel()
	fmt.Println(group.Wait())
}

// Package errgroup, Group.SetLimit: Go blocks until fewer goroutines than the limit are active.
//
// Output:
// 2 at most
func errgroupLimit() {
	var group errGroup
	group.SetLimit(2)
	var active, most atomic.Int32
	for range 6 {
		group.Go(func() error {
			now := active.Add(1)
			for {
				old := most.Load()
				if now <= old || most.CompareAndSwap(old, now) {
					break
				}
			}
			pause()
			active.Add(-1)
			return nil
		})
	}
	group.Wait()
	fmt.Println(most.Load(), "at most")
}

// Package errgroup, Group.TryGo: it starts the function only below the limit.
//
// Output:
// true false
// true
func errgroupTryGo() {
	var group errGroup
	group.SetLimit(1)
	gate := make(chan bool)
	wait := func() error {
		<-gate
		return nil
	}
	first := group.TryGo(wait)
	fmt.Println(first, group.TryGo(wait))
	close(gate)
	group.Wait()
	fmt.Println(group.TryGo(wait))
	group.Wait()
}

// Package errgroup, Group.SetLimit: a negative limit is none.
//
// Output:
// true true
func errgroupNoLimit() {
	var group errGroup
	group.SetLimit(-1)
	first := group.TryGo(func() error { return nil })
	fmt.Println(first, group.TryGo(func() error { return nil }))
	group.Wait()
}

// Package errgroup, Group.Go: a function may start others in its group.
//
// Output:
// 3
func errgroupNested() {
	var group errGroup
	var count atomic.Int32
	group.Go(func() error {
		for range 2 {
			group.Go(func() error {
				count.Add(1)
				return nil
			})
		}
		count.Add(1)
		return nil
	})
	group.Wait()
	fmt.Println(count.Load())
}

// Go runtime, checkdead: a group whose functions never return is a deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
// sync.WaitGroup.Wait
func errgroupDeadlock() {
	var group errGroup
	group.Go(func() error {
		<-make(chan int)
		return nil
	})
	group.Wait()
}
