package main

import (
	"fmt"
	"sync"
)

// Package sync, Cond.Wait: it unlocks, waits for a signal, and locks again before it returns.
//
// Output:
// unlocked while waiting
// holds the lock: true
func condWaitUnlocks() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	done := make(chan bool)
	go func() {
		mutex.Lock()
		cond.Wait()
		fmt.Println("holds the lock:", !mutex.TryLock())
		mutex.Unlock()
		done <- true
	}()
	pause()
	mutex.Lock()
	fmt.Println("unlocked while waiting")
	cond.Signal()
	mutex.Unlock()
	<-done
}

// Package sync, Cond.Signal: it wakes one goroutine that waits, if there is any.
//
// Output:
// woken 1
// woken 2
func condSignalWakesOne() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	woken := 0
	for range 3 {
		go func() {
			mutex.Lock()
			cond.Wait()
			woken++
			mutex.Unlock()
		}()
	}
	pause()
	for range 2 {
		cond.Signal()
		pause()
		mutex.Lock()
		fmt.Println("woken", woken)
		mutex.Unlock()
	}
}

// Package sync, Cond.Broadcast: it wakes all goroutines that wait.
//
// Output:
// 3 woken
func condBroadcastWakesAll() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	var group sync.WaitGroup
	woken := 0
	for range 3 {
		group.Add(1)
		go func() {
			defer group.Done()
			mutex.Lock()
			defer mutex.Unlock()
			cond.Wait()
			woken++
		}()
	}
	pause()
	cond.Broadcast()
	group.Wait()
	fmt.Println(woken, "woken")
}

// Go runtime, notifyList: signals wake in the order in which the goroutines began to wait.
//
// Output:
// 0
// 1
// 2
func condSignalOrder() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	for i := range 3 {
		go func() {
			mutex.Lock()
			cond.Wait()
			fmt.Println(i)
			mutex.Unlock()
		}()
		pause()
	}
	for range 3 {
		cond.Signal()
		pause()
	}
}

// Package sync, Cond.Signal: a signal that nobody waits for is lost.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.Cond.Wait
func condSignalIsNotKept() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	cond.Signal()
	cond.Broadcast()
	mutex.Lock()
	cond.Wait()
}

// Package sync, Cond.Wait: the condition may not hold when it returns, so it waits in a loop.
//
// Output:
// checked 3 times
func condWaitInLoop() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	done := make(chan bool)
	value, checks := 0, 0
	go func() {
		mutex.Lock()
		for checks++; value < 2; checks++ {
			cond.Wait()
		}
		mutex.Unlock()
		done <- true
	}()
	for range 2 {
		pause()
		mutex.Lock()
		value++
		cond.Signal()
		mutex.Unlock()
	}
	<-done
	fmt.Println("checked", checks, "times")
}

// Package sync, Cond.Signal: the caller may hold the lock, but need not.
//
// Output:
// woken
// woken
func condSignalWithoutLock() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	done := make(chan bool)
	for _, locked := range []bool{true, false} {
		go func() {
			mutex.Lock()
			cond.Wait()
			mutex.Unlock()
			fmt.Println("woken")
			done <- true
		}()
		pause()
		if locked {
			mutex.Lock()
			cond.Signal()
			mutex.Unlock()
		} else {
			cond.Signal()
		}
		<-done
	}
}

// Package sync, Cond.Wait: without the lock, it unlocks what is not locked.
//
// Error:
// fatal error: sync: unlock of unlocked mutex
func condWaitUnlocked() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	cond.Wait()
}

// Package sync, NewCond: the lock may be the reading side of an RWMutex.
//
// Output:
// 2 readers woken at once
func condWithReaders() {
	var lock sync.RWMutex
	cond := sync.NewCond(lock.RLocker())
	meet, done := make(chan bool), make(chan bool)
	go func() {
		lock.RLock()
		defer lock.RUnlock()
		cond.Wait()
		meet <- true
		<-done
	}()
	go func() {
		lock.RLock()
		defer lock.RUnlock()
		cond.Wait()
		<-meet
		fmt.Println("2 readers woken at once")
		done <- true
		done <- true
	}()
	pause()
	lock.Lock()
	cond.Broadcast()
	lock.Unlock()
	<-done
}

// Package sync, Cond.Wait: who was signalled must get the lock before Wait returns.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
// sync.Mutex.Lock
func condNeedsLockAgain() {
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	go func() {
		mutex.Lock()
		cond.Wait()
		fmt.Println("never")
	}()
	pause()
	mutex.Lock()
	cond.Signal()
	<-make(chan int)
}

// Package sync, Cond: a queue whose producers and consumers wait for each other.
//
// Output:
// 45
func condBoundedQueue() {
	var mutex sync.Mutex
	notFull, notEmpty := sync.NewCond(&mutex), sync.NewCond(&mutex)
	var queue []int
	go func() {
		for i := range 10 {
			mutex.Lock()
			for len(queue) == 2 {
				notFull.Wait()
			}
			queue = append(queue, i)
			notEmpty.Signal()
			mutex.Unlock()
		}
	}()
	sum := 0
	for range 10 {
		mutex.Lock()
		for len(queue) == 0 {
			notEmpty.Wait()
		}
		sum += queue[0]
		queue = queue[1:]
		notFull.Signal()
		mutex.Unlock()
	}
	fmt.Println(sum)
}
