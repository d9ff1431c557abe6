package main

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Package sync, Pool.Get: an empty pool gives what New makes.
//
// Output:
// 1
// 2
func poolNew() {
	made := 0
	pool := sync.Pool{New: func() any {
		made++
		return made
	}}
	fmt.Println(pool.Get())
	fmt.Println(pool.Get())
}

// Package sync, Pool.Get: without New, an empty pool gives nil.
//
// Output:
// true
func poolWithoutNew() {
	var pool sync.Pool
	item, _ := pool.Get().(*int)
	fmt.Println(item == nil)
}

// Package sync, Pool: what was put may come back, or may have vanished.
//
// Output:
// one or the other
func poolPutGet() {
	pool := sync.Pool{New: func() any { return "new" }}
	pool.Put("old")
	if item := pool.Get(); item == "old" || item == "new" {
		fmt.Println("one or the other")
	}
}

// Package sync, Pool.Get: an item is given to one caller only.
//
// Output:
// 0 shared
func poolGivesOnce() {
	pool := sync.Pool{New: func() any { return new(atomic.Int32) }}
	var group sync.WaitGroup
	var shared atomic.Int32
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 10 {
				item := pool.Get().(*atomic.Int32)
				if item.Add(1) != 1 {
					shared.Add(1)
				}
				item.Add(-1)
				pool.Put(item)
			}
		}()
	}
	group.Wait()
	fmt.Println(shared.Load(), "shared")
}

// Package sync, Pool.Put: nil is not kept.
//
// Output:
// made
func poolPutNil() {
	pool := sync.Pool{New: func() any { return "made" }}
	pool.Put(nil)
	fmt.Println(pool.Get())
}

// Package sync, Map.Load: the value stored for a key, and whether there is one.
//
// Output:
// 0 false
// 1 true
// 2 true
// 0 false
func mapStoreLoadDelete() {
	var m sync.Map
	show := func() {
		v, ok := m.Load("a")
		n, _ := v.(int)
		fmt.Println(n, ok)
	}
	show()
	m.Store("a", 1)
	show()
	m.Store("a", 2)
	show()
	m.Delete("a")
	m.Delete("never there")
	show()
}

// Package sync, Map.LoadOrStore: the value that is there, or else the one given.
//
// Output:
// 1 false
// 1 true
func mapLoadOrStore() {
	var m sync.Map
	for i := 1; i <= 2; i++ {
		actual, loaded := m.LoadOrStore("a", i)
		fmt.Println(actual, loaded)
	}
}

// Package sync, Map.LoadOrStore: of many goroutines, exactly one stores.
//
// Output:
// 1 stored
func mapOneStores() {
	var m sync.Map
	var group sync.WaitGroup
	var stored atomic.Int32
	for i := range 10 {
		group.Add(1)
		go func() {
			defer group.Done()
			if _, loaded := m.LoadOrStore("a", i); !loaded {
				stored.Add(1)
			}
		}()
	}
	group.Wait()
	fmt.Println(stored.Load(), "stored")
}

// Package sync, Map.LoadAndDelete: it deletes, and gives what was there.
//
// Output:
// 5 true
// 0 false
func mapLoadAndDelete() {
	var m sync.Map
	m.Store("a", 5)
	for range 2 {
		v, ok := m.LoadAndDelete("a")
		n, _ := v.(int)
		fmt.Println(n, ok)
	}
}

// Package sync, Map.Swap: it stores, and gives what was there.
//
// Output:
// 0 false
// 1 true
// 2 true
func mapSwap() {
	var m sync.Map
	for i := 1; i <= 2; i++ {
		v, ok := m.Swap("a", i)
		n, _ := v.(int)
		fmt.Println(n, ok)
	}
	v, ok := m.Load("a")
	fmt.Println(v, ok)
}

// Package sync, Map.CompareAndSwap: it stores only if the value is the old one.
//
// Output:
// false
// false
// true
// 2
func mapCompareAndSwap() {
	var m sync.Map
	fmt.Println(m.CompareAndSwap("a", 1, 2))
	m.Store("a", 1)
	fmt.Println(m.CompareAndSwap("a", 9, 2))
	fmt.Println(m.CompareAndSwap("a", 1, 2))
	v, _ := m.Load("a")
	fmt.Println(v)
}

// Package sync, Map.CompareAndDelete: it deletes only if the value is the old one.
//
// Output:
// false
// false
// true
// false
func mapCompareAndDelete() {
	var m sync.Map
	fmt.Println(m.CompareAndDelete("a", 1))
	m.Store("a", 1)
	fmt.Println(m.CompareAndDelete("a", 9))
	fmt.Println(m.CompareAndDelete("a", 1))
	_, ok := m.Load("a")
	fmt.Println(ok)
}

// Package sync, Map.Range: it calls the function for each key and value once.
//
// Unordered output:
// 1 10
// 2 20
// 3 30
func mapRange() {
	var m sync.Map
	for i := 1; i <= 3; i++ {
		m.Store(i, i*10)
	}
	m.Range(func(key, value any) bool {
		fmt.Println(key, value)
		return true
	})
}

// Package sync, Map.Range: it stops when the function gives false.
//
// Output:
// 2 visited
func mapRangeStops() {
	var m sync.Map
	for i := range 5 {
		m.Store(i, i)
	}
	visited := 0
	m.Range(func(_, _ any) bool {
		visited++
		return visited < 2
	})
	fmt.Println(visited, "visited")
}

// Package sync, Map.Range: the function may change the map.
//
// Output:
// 4 visited
// 0 left
func mapRangeDeletes() {
	var m sync.Map
	for i := range 4 {
		m.Store(i, i)
	}
	visited, left := 0, 0
	m.Range(func(key, _ any) bool {
		visited++
		m.Delete(key)
		return true
	})
	fmt.Println(visited, "visited")
	m.Range(func(_, _ any) bool {
		left++
		return true
	})
	fmt.Println(left, "left")
}

// Package sync, Map.Clear: it deletes all entries.
//
// Output:
// false
func mapClear() {
	var m sync.Map
	m.Store(1, 1)
	m.Store(2, 2)
	m.Clear()
	_, ok := m.Load(1)
	fmt.Println(ok)
}
