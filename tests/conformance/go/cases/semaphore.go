package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Package semaphore, Weighted.TryAcquire: it takes tokens only if they are free.
//
// Output:
// true false true
// true
func semaphoreTry() {
	s := newWeighted(3)
	first, second, third := s.TryAcquire(2), s.TryAcquire(2), s.TryAcquire(1)
	fmt.Println(first, second, third)
	s.Release(3)
	fmt.Println(s.TryAcquire(3))
}

// Package semaphore, Weighted.Acquire: it blocks until the tokens are free.
//
// Output:
// releasing
// acquired <nil>
func semaphoreAcquireWaits() {
	s := newWeighted(1)
	s.TryAcquire(1)
	done := make(chan bool)
	go func() {
		fmt.Println("acquired", s.Acquire(context.Background(), 1))
		done <- true
	}()
	pause()
	fmt.Println("releasing")
	s.Release(1)
	<-done
}

// Package semaphore, Weighted.Acquire: at most so many hold tokens at a time.
//
// Output:
// 0 too many
func semaphoreLimits() {
	s := newWeighted(3)
	var group sync.WaitGroup
	var active, tooMany atomic.Int32
	for range 10 {
		group.Add(1)
		go func() {
			defer group.Done()
			s.Acquire(context.Background(), 1)
			if active.Add(1) > 3 {
				tooMany.Add(1)
			}
			time.Sleep(5 * time.Millisecond)
			active.Add(-1)
			s.Release(1)
		}()
	}
	group.Wait()
	fmt.Println(tooMany.Load(), "too many")
}

// Package semaphore, Weighted.Acquire: when the context ends first, it takes nothing.
//
// Output:
// context deadline exceeded
// true
func semaphoreTimeout() {
	s := newWeighted(2)
	s.TryAcquire(2)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	fmt.Println(s.Acquire(ctx, 1))
	s.Release(2)
	fmt.Println(s.TryAcquire(2))
}

// Package semaphore, Weighted.Acquire: more tokens than there are is waiting for the context's end.
//
// Output:
// context canceled
// true
func semaphoreTooMany() {
	s := newWeighted(2)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		pause()
		cancel()
	}()
	fmt.Println(s.Acquire(ctx, 3))
	fmt.Println(s.TryAcquire(2))
}

// Package semaphore, Weighted: whoever waits for many tokens is not overtaken by who wants few.
//
// Output:
// TryAcquire false
// big
// small
func semaphoreInOrder() {
	s := newWeighted(3)
	s.TryAcquire(2)
	var group sync.WaitGroup
	group.Add(2)
	go func() {
		defer group.Done()
		s.Acquire(context.Background(), 3)
		fmt.Println("big")
		s.Release(3)
	}()
	pause()
	fmt.Println("TryAcquire", s.TryAcquire(1))
	go func() {
		defer group.Done()
		s.Acquire(context.Background(), 1)
		fmt.Println("small")
		s.Release(1)
	}()
	pause()
	s.Release(2)
	group.Wait()
}

// Package semaphore, Weighted.Acquire: who gives up lets those behind go first.
//
// Output:
// small <nil>
// big context canceled
func semaphoreGivesUp() {
	s := newWeighted(2)
	s.TryAcquire(1)
	ctx, cancel := context.WithCancel(context.Background())
	big, small := make(chan error, 1), make(chan error)
	go func() { big <- s.Acquire(ctx, 2) }()
	pause()
	go func() { small <- s.Acquire(context.Background(), 1) }()
	pause()
	cancel()
	fmt.Println("small", <-small)
	fmt.Println("big", <-big)
}

// Package semaphore, Weighted.Release: releasing more than is held panics.
//
// Error:
// panic: semaphore: released more than held
func semaphoreReleaseTooMuch() {
	s := newWeighted(2)
	s.TryAcquire(1)
	s.Release(2)
}

// Package semaphore, Weighted.Release: one release may serve several.
//
// Unordered output:
// served 1
// served 2
// served 3
func semaphoreServesSeveral() {
	s := newWeighted(3)
	s.TryAcquire(3)
	var group sync.WaitGroup
	for i := 1; i <= 3; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			s.Acquire(context.Background(), 1)
			fmt.Println("served", i)
		}()
	}
	pause()
	s.Release(3)
	group.Wait()
}
