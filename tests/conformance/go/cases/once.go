package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Package sync, Once.Do: the function is called only for the first call of Do.
//
// Output:
// once
// end
func onceRunsOnce() {
	var once sync.Once
	for range 3 {
		once.Do(func() { fmt.Println("once") })
	}
	fmt.Println("end")
}

// Package sync, Once.Do: even if the functions differ, only the first is called.
//
// Output:
// first
func onceIsPerOnce() {
	var once sync.Once
	once.Do(func() { fmt.Println("first") })
	once.Do(func() { fmt.Println("second") })
}

// Package sync, Once.Do: no call returns until the one call of the function has returned.
//
// Output:
// begins
// ends
// 3 after
func onceOthersWait() {
	var once sync.Once
	var group sync.WaitGroup
	var after atomic.Int32
	for range 3 {
		group.Add(1)
		go func() {
			defer group.Done()
			once.Do(func() {
				fmt.Println("begins")
				pause()
				fmt.Println("ends")
			})
			after.Add(1)
		}()
	}
	group.Wait()
	fmt.Println(after.Load(), "after")
}

// Package sync, Once.Do: many goroutines, one call.
//
// Output:
// 1
func onceManyGoroutines() {
	var once sync.Once
	var group sync.WaitGroup
	var calls atomic.Int32
	for range 20 {
		group.Add(1)
		go func() {
			defer group.Done()
			once.Do(func() { calls.Add(1) })
		}()
	}
	group.Wait()
	fmt.Println(calls.Load())
}

// Package sync, Once.Do: if the function panics, Do considers it to have returned.
//
// Output:
// recovered: failed
// not again
func oncePanics() {
	var once sync.Once
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		once.Do(func() { panic("failed") })
	}()
	once.Do(func() { fmt.Println("never") })
	fmt.Println("not again")
}

// Package sync, Once.Do: if the function calls Do of the same Once, it deadlocks.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.Mutex.Lock
func onceRecursive() {
	var once sync.Once
	once.Do(func() {
		once.Do(func() { fmt.Println("never") })
	})
}

// Package sync, Once: each Once has a call of its own.
//
// Output:
// outer
// inner
func onceNested() {
	var outer, inner sync.Once
	outer.Do(func() {
		fmt.Println("outer")
		inner.Do(func() { fmt.Println("inner") })
	})
	inner.Do(func() { fmt.Println("never") })
}

// Package sync, OnceFunc: the function that it gives may be called often, and calls once.
//
// Output:
// once
// end
func onceFunc() {
	f := sync.OnceFunc(func() { fmt.Println("once") })
	f()
	f()
	fmt.Println("end")
}

// Package sync, OnceFunc: if the function panics, each call panics with the same value.
//
// Output:
// runs
// recovered: failed
// recovered: failed
func onceFuncPanics() {
	f := sync.OnceFunc(func() {
		fmt.Println("runs")
		panic("failed")
	})
	for range 2 {
		func() {
			defer func() { fmt.Println("recovered:", recover()) }()
			f()
		}()
	}
}

// Package sync, OnceFunc: other callers wait for the one call.
//
// Output:
// ready
// 3
func onceFuncOthersWait() {
	var group sync.WaitGroup
	var ready atomic.Bool
	var seen atomic.Int32
	f := sync.OnceFunc(func() {
		pause()
		ready.Store(true)
		fmt.Println("ready")
	})
	for range 3 {
		group.Add(1)
		go func() {
			defer group.Done()
			f()
			if ready.Load() {
				seen.Add(1)
			}
		}()
	}
	group.Wait()
	fmt.Println(seen.Load())
}

// Package sync, OnceValue: it gives the value that the one call returned.
//
// Output:
// computing
// 42 42
func onceValue() {
	f := sync.OnceValue(func() int {
		fmt.Println("computing")
		return 42
	})
	fmt.Println(f(), f())
}

// Package sync, OnceValue: if the function panics, each call panics with the same value.
//
// Output:
// recovered: no value
// recovered: no value
func onceValuePanics() {
	f := sync.OnceValue(func() int { panic("no value") })
	for range 2 {
		func() {
			defer func() { fmt.Println("recovered:", recover()) }()
			f()
		}()
	}
}

// Package sync, OnceValues: it gives both values that the one call returned.
//
// Output:
// computing
// 7 true
// 7 true
func onceValues() {
	f := sync.OnceValues(func() (int, bool) {
		fmt.Println("computing")
		return 7, true
	})
	for range 2 {
		a, b := f()
		fmt.Println(a, b)
	}
}

// Memory model, Once: the function is synchronized before any call of Do returns.
//
// Output:
// hello
// hello
func onceHappensBefore() {
	var once sync.Once
	text := ""
	lines := make(chan string)
	for range 2 {
		go func() {
			once.Do(func() { text = "hello" })
			lines <- text
		}()
	}
	fmt.Println(<-lines)
	fmt.Println(<-lines)
}

// Package sync, Once.Do: a function that ends by Goexit has run.
//
// Output:
// left
// not again
func onceGoexit() {
	var once sync.Once
	var group sync.WaitGroup
	group.Go(func() {
		once.Do(func() {
			fmt.Println("left")
			runtime.Goexit()
		})
		fmt.Println("never")
	})
	group.Wait()
	once.Do(func() { fmt.Println("never") })
	fmt.Println("not again")
}

// Package sync, Once.Do: when the function panics, those that waited go on.
//
// Output:
// recovered: failed
// goes on
func oncePanicsUnderWaiters() {
	var once sync.Once
	waited := make(chan bool)
	go func() {
		defer func() {
			fmt.Println("recovered:", recover())
			waited <- true
		}()
		once.Do(func() {
			pause()
			pause()
			panic("failed")
		})
	}()
	pause()
	go func() {
		once.Do(func() { fmt.Println("never") })
		waited <- true
	}()
	<-waited
	<-waited
	fmt.Println("goes on")
}

// Go sync, once.go: who waits for the one call waits for a mutex, as the report shows.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
// sync.Mutex.Lock
func onceBlocked() {
	var once sync.Once
	go func() {
		once.Do(func() { <-make(chan int) })
	}()
	pause()
	once.Do(func() { fmt.Println("never") })
}
