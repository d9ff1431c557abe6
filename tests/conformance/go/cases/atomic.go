package main

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// Package sync/atomic, Int64.Add: it adds as a whole, and gives the new value.
//
// Output:
// 1000
// 1005
func atomicAdd() {
	var n atomic.Int64
	var group sync.WaitGroup
	for range 10 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 100 {
				n.Add(1)
			}
		}()
	}
	group.Wait()
	fmt.Println(n.Load())
	fmt.Println(n.Add(5))
}

// Package sync/atomic, Int32.Add: it wraps around as integers do.
//
// Output:
// -2147483648
// 4294967295
func atomicAddWraps() {
	var n atomic.Int32
	n.Store(math.MaxInt32)
	fmt.Println(n.Add(1))
	var u atomic.Uint32
	fmt.Println(u.Add(^uint32(0)))
}

// Package sync/atomic, Int32.CompareAndSwap: it stores only if the value is the old one.
//
// Output:
// false 1
// true 2
func atomicCompareAndSwap() {
	var n atomic.Int32
	n.Store(1)
	swapped := n.CompareAndSwap(0, 2)
	fmt.Println(swapped, n.Load())
	swapped = n.CompareAndSwap(1, 2)
	fmt.Println(swapped, n.Load())
}

// Package sync/atomic, Int32.CompareAndSwap: of many goroutines, one succeeds.
//
// Output:
// 1 winner
func atomicOneWins() {
	var taken atomic.Bool
	var winners atomic.Int32
	var group sync.WaitGroup
	for range 10 {
		group.Add(1)
		go func() {
			defer group.Done()
			if taken.CompareAndSwap(false, true) {
				winners.Add(1)
			}
		}()
	}
	group.Wait()
	fmt.Println(winners.Load(), "winner")
}

// Package sync/atomic, Int32.Swap: it stores, and gives the old value.
//
// Output:
// 1 2
func atomicSwap() {
	var n atomic.Int32
	n.Store(1)
	old := n.Swap(2)
	fmt.Println(old, n.Load())
}

// Package sync/atomic, Uint32.And: And and Or change bits, and give the old value.
//
// Output:
// 12 8
// 8 11
func atomicBits() {
	var n atomic.Uint32
	n.Store(12)
	old := n.And(10)
	fmt.Println(old, n.Load())
	old = n.Or(3)
	fmt.Println(old, n.Load())
}

// Package sync/atomic, Pointer: the zero value is nil; pointers are compared by identity.
//
// Output:
// true
// false true
// true 2
func atomicPointer() {
	var p atomic.Pointer[int]
	fmt.Println(p.Load() == nil)
	one, two, same := new(int), new(int), new(int)
	*two = 2
	p.Store(one)
	fmt.Println(p.CompareAndSwap(same, two), p.Load() == one)
	fmt.Println(p.CompareAndSwap(one, two), *p.Load())
}

// Package sync/atomic, Value: it holds a value that is replaced as a whole.
//
// Output:
// 0 torn
func atomicValueIsWhole() {
	type pair struct{ a, b int }
	var value atomic.Value
	value.Store(pair{})
	done := make(chan bool)
	go func() {
		for i := range 100 {
			value.Store(pair{i, i})
		}
		close(done)
	}()
	torn := 0
	for running := true; running; {
		p := value.Load().(pair)
		if p.a != p.b {
			torn++
		}
		select {
		case <-done:
			running = false
		default:
			runtime.Gosched()
		}
	}
	fmt.Println(torn, "torn")
}

// Memory model, Atomic values: what was written before a store is seen by who loads what it stored.
//
// Output:
// hello
func atomicHappensBefore() {
	text := ""
	var ready atomic.Bool
	go func() {
		text = "hello"
		ready.Store(true)
	}()
	for !ready.Load() {
		runtime.Gosched()
	}
	fmt.Println(text)
}

// Package sync/atomic, Int32.CompareAndSwap: a lock that spins excludes others.
//
// Output:
// 40
func atomicSpinLock() {
	var locked atomic.Bool
	var group sync.WaitGroup
	counter := 0
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 10 {
				for !locked.CompareAndSwap(false, true) {
					runtime.Gosched()
				}
				counter++
				locked.Store(false)
			}
		}()
	}
	group.Wait()
	fmt.Println(counter)
}
