package main

import (
	"fmt"
	"sync"
)

// Package sync, Mutex.Lock: while one goroutine holds the lock, the others wait.
//
// Output:
// 1000
func mutexExcludes() {
	var mutex sync.Mutex
	var group sync.WaitGroup
	counter := 0
	for range 10 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 100 {
				mutex.Lock()
				counter++
				mutex.Unlock()
			}
		}()
	}
	group.Wait()
	fmt.Println(counter)
}

// Package sync, Mutex.Lock: if the lock is in use, the caller blocks until it is free.
//
// Output:
// unlocking
// locked
func mutexLockWaits() {
	var mutex sync.Mutex
	done := make(chan bool)
	mutex.Lock()
	go func() {
		mutex.Lock()
		fmt.Println("locked")
		mutex.Unlock()
		done <- true
	}()
	pause()
	fmt.Println("unlocking")
	mutex.Unlock()
	<-done
}

// Package sync, Mutex.Unlock: a lock does not belong to a goroutine; another may unlock it.
//
// Output:
// locked again
func mutexUnlockByAnother() {
	var mutex sync.Mutex
	mutex.Lock()
	go func() {
		pause()
		mutex.Unlock()
	}()
	mutex.Lock()
	fmt.Println("locked again")
}

// Package sync, Mutex.TryLock: it takes a free lock, and reports whether it did.
//
// Output:
// true false true
func mutexTryLock() {
	var mutex sync.Mutex
	first := mutex.TryLock()
	second := mutex.TryLock()
	mutex.Unlock()
	third := mutex.TryLock()
	fmt.Println(first, second, third)
}

// Package sync, Mutex: every goroutine that waits gets the lock in the end.
//
// Unordered output:
// 0
// 1
// 2
// 3
func mutexServesAll() {
	var mutex sync.Mutex
	var group sync.WaitGroup
	mutex.Lock()
	for i := range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			mutex.Lock()
			defer mutex.Unlock()
			fmt.Println(i)
		}()
	}
	pause()
	mutex.Unlock()
	group.Wait()
}

// Package sync, Mutex: in starvation mode the lock is handed to the waiter, whoever else wants it.
//
// Output:
// got it
func mutexDoesNotStarve() {
	var mutex sync.Mutex
	got, quit := make(chan bool), make(chan bool)
	go func() {
		for {
			select {
			case <-quit:
				return
			default:
				mutex.Lock()
				pause()
				mutex.Unlock()
			}
		}
	}()
	pause()
	go func() {
		mutex.Lock()
		mutex.Unlock()
		close(got)
	}()
	<-got
	close(quit)
	fmt.Println("got it")
}

// Memory model, Locks: an unlock is synchronized before the next lock returns.
//
// Output:
// hello
func mutexHappensBefore() {
	var mutex sync.Mutex
	text := ""
	mutex.Lock()
	go func() {
		text = "hello"
		mutex.Unlock()
	}()
	mutex.Lock()
	fmt.Println(text)
}

// Package sync, Mutex.Unlock: unlocking what is not locked is a fatal error.
//
// Error:
// fatal error: sync: unlock of unlocked mutex
func unlockOfUnlocked() {
	var mutex sync.Mutex
	mutex.Unlock()
}

// Package sync, Mutex.Unlock: unlocking twice is a fatal error.
//
// Output:
// unlocked once
// Error:
// fatal error: sync: unlock of unlocked mutex
func unlockTwice() {
	var mutex sync.Mutex
	mutex.Lock()
	mutex.Unlock()
	fmt.Println("unlocked once")
	mutex.Unlock()
	fmt.Println("never")
}

// Go runtime, fatal: a fatal error runs no deferred work and is not recovered.
//
// Error:
// fatal error: sync: unlock of unlocked mutex
func fatalIsNotRecovered() {
	defer fmt.Println("never")
	func() {
		defer func() { fmt.Println("never:", recover()) }()
		var mutex sync.Mutex
		mutex.Unlock()
	}()
}

// Go runtime, fatal: unlike a deadlock's, the report shows only the goroutine at fault.
//
// Error:
// fatal error: sync: unlock of unlocked mutex
// Waits:
// running
func fatalListsOne() {
	ch := make(chan int)
	go func() { <-ch }()
	go func() {
		for {
			pause()
			pause()
		}
	}()
	pause()
	var mutex sync.Mutex
	mutex.Unlock()
}

// Go runtime, checkdead: locking again what one holds is a deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.Mutex.Lock
func mutexLockTwice() {
	var mutex sync.Mutex
	mutex.Lock()
	mutex.Lock()
}

// Go runtime, checkdead: two goroutines that want each other's lock are a deadlock.
//
// Output:
// both hold one
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.Mutex.Lock
// sync.Mutex.Lock
// sync.WaitGroup.Wait
func mutexCross() {
	var a, b sync.Mutex
	var group sync.WaitGroup
	both := make(chan bool)
	group.Add(2)
	go func() {
		defer group.Done()
		a.Lock()
		both <- true
		b.Lock()
	}()
	go func() {
		defer group.Done()
		b.Lock()
		<-both
		fmt.Println("both hold one")
		a.Lock()
	}()
	group.Wait()
}

// Spec, Defer statements: a deferred unlock happens also when the function panics.
//
// Output:
// recovered: oops
// free
func mutexUnlockDeferred() {
	var mutex sync.Mutex
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		mutex.Lock()
		defer mutex.Unlock()
		panic("oops")
	}()
	if mutex.TryLock() {
		fmt.Println("free")
	}
}
