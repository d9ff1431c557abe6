package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Package sync, WaitGroup.Wait: it blocks until the counter is zero.
//
// Output:
// 3 done
func waitgroupWaits() {
	var group sync.WaitGroup
	var done atomic.Int32
	group.Add(3)
	for range 3 {
		go func() {
			defer group.Done()
			pause()
			done.Add(1)
		}()
	}
	group.Wait()
	fmt.Println(done.Load(), "done")
}

// Package sync, WaitGroup.Wait: with a counter of zero it returns at once.
//
// Output:
// at once
func waitgroupZero() {
	var group sync.WaitGroup
	group.Wait()
	fmt.Println("at once")
}

// Package sync, WaitGroup.Add: if the counter goes negative, Add panics.
//
// Error:
// panic: sync: negative WaitGroup counter
func waitgroupNegativeDone() {
	var group sync.WaitGroup
	group.Add(1)
	group.Done()
	group.Done()
}

// Package sync, WaitGroup.Add: a delta may be negative, but not the counter.
//
// Output:
// zero
// Error:
// panic: sync: negative WaitGroup counter
func waitgroupNegativeAdd() {
	var group sync.WaitGroup
	group.Add(5)
	group.Add(-5)
	group.Wait()
	fmt.Println("zero")
	group.Add(-1)
}

// Package sync, WaitGroup.Wait: at zero, all goroutines blocked on Wait are released.
//
// Unordered output:
// released 0
// released 1
// released 2
func waitgroupManyWaiters() {
	var work, waiters sync.WaitGroup
	work.Add(1)
	for i := range 3 {
		waiters.Add(1)
		go func() {
			defer waiters.Done()
			work.Wait()
			fmt.Println("released", i)
		}()
	}
	pause()
	work.Done()
	waiters.Wait()
}

// Package sync, WaitGroup: a group can be used again for another set of goroutines.
//
// Output:
// 1 4
// 2 8
func waitgroupReuse() {
	var group sync.WaitGroup
	var done atomic.Int32
	for round := 1; round <= 2; round++ {
		group.Add(4)
		for range 4 {
			go func() {
				done.Add(1)
				group.Done()
			}()
		}
		group.Wait()
		fmt.Println(round, done.Load())
	}
}

// Package sync, WaitGroup.Add: the group may grow while its counter is not zero.
//
// Output:
// 15
func waitgroupGrows() {
	var group sync.WaitGroup
	var count atomic.Int32
	var tree func(depth int)
	tree = func(depth int) {
		defer group.Done()
		count.Add(1)
		if depth == 1 {
			return
		}
		group.Add(2)
		go tree(depth - 1)
		go tree(depth - 1)
	}
	group.Add(1)
	go tree(4)
	group.Wait()
	fmt.Println(count.Load())
}

// Package sync, WaitGroup.Go: it calls the function in a new goroutine that counts until it
// returns.
//
// Output:
// 10
func waitgroupGo() {
	var group sync.WaitGroup
	var count atomic.Int32
	for range 10 {
		group.Go(func() {
			pause()
			count.Add(1)
		})
	}
	group.Wait()
	fmt.Println(count.Load())
}

// Package sync, WaitGroup.Go: Goexit ends the function as a return does.
//
// Output:
// waited
func waitgroupGoGoexit() {
	var group sync.WaitGroup
	group.Go(func() { runtime.Goexit() })
	group.Wait()
	fmt.Println("waited")
}

// Go runtime, checkdead: a group that never comes to zero is a deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.WaitGroup.Wait
func waitgroupDeadlock() {
	var group sync.WaitGroup
	group.Add(1)
	group.Wait()
}

// Go runtime, checkdead: a goroutine that waits for the group it is counted in never ends.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.WaitGroup.Wait
// sync.WaitGroup.Wait
func waitgroupWaitsForItself() {
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		defer group.Done()
		group.Wait()
	}()
	group.Wait()
}

// Memory model, Synchronization: what was written before Done is seen after Wait.
//
// Output:
// [0 1 4 9]
func waitgroupHappensBefore() {
	var group sync.WaitGroup
	squares := make([]int, 4)
	for i := range squares {
		group.Add(1)
		go func() {
			defer group.Done()
			squares[i] = i * i
		}()
	}
	group.Wait()
	fmt.Println(squares)
}

// Spec, Handling panics: a deferred Done lets others go on after a recovered panic.
//
// Output:
// recovered: broken
// waited
func waitgroupDoneAfterPanic() {
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		defer group.Done()
		defer func() { fmt.Println("recovered:", recover()) }()
		panic("broken")
	}()
	group.Wait()
	fmt.Println("waited")
}

// Spec, Handling panics: the panic of a counter below zero can be recovered.
//
// Output:
// recovered: sync: negative WaitGroup counter
func waitgroupNegativeRecovered() {
	var group sync.WaitGroup
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		group.Done()
	}()
}
