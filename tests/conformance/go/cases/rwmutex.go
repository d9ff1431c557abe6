package main

import (
	"fmt"
	"sync"
)

// Package sync, RWMutex: any number of readers may hold the lock at a time.
//
// Output:
// both read
func rwmutexReadersShare() {
	var lock sync.RWMutex
	meet, done := make(chan bool), make(chan bool)
	go func() {
		lock.RLock()
		defer lock.RUnlock()
		meet <- true
		<-done
	}()
	lock.RLock()
	<-meet
	fmt.Println("both read")
	lock.RUnlock()
	done <- true
}

// Package sync, RWMutex.RLock: a reader waits while a writer holds the lock.
//
// Output:
// written
// read 1
func rwmutexReaderWaitsForWriter() {
	var lock sync.RWMutex
	value, done := 0, make(chan bool)
	lock.Lock()
	go func() {
		lock.RLock()
		fmt.Println("read", value)
		lock.RUnlock()
		done <- true
	}()
	pause()
	value = 1
	fmt.Println("written")
	lock.Unlock()
	<-done
}

// Package sync, RWMutex.Lock: a writer waits for all that read now.
//
// Output:
// one reader left
// no reader left
// writer
func rwmutexWriterWaitsForReaders() {
	var lock sync.RWMutex
	done := make(chan bool)
	lock.RLock()
	lock.RLock()
	go func() {
		lock.Lock()
		fmt.Println("writer")
		lock.Unlock()
		done <- true
	}()
	pause()
	fmt.Println("one reader left")
	lock.RUnlock()
	pause()
	fmt.Println("no reader left")
	lock.RUnlock()
	<-done
}

// Package sync, RWMutex.Lock: writers exclude each other.
//
// Output:
// 400
func rwmutexWritersExclude() {
	var lock sync.RWMutex
	var group sync.WaitGroup
	counter := 0
	for range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 100 {
				lock.Lock()
				counter++
				lock.Unlock()
			}
		}()
	}
	group.Wait()
	fmt.Println(counter)
}

// Package sync, RWMutex: a writer that waits makes new readers wait, so that it gets its turn.
//
// Output:
// TryRLock false
// writer
// late reader
func rwmutexWriterBlocksReaders() {
	var lock sync.RWMutex
	var group sync.WaitGroup
	group.Add(2)
	lock.RLock()
	go func() {
		defer group.Done()
		lock.Lock()
		fmt.Println("writer")
		lock.Unlock()
	}()
	pause()
	fmt.Println("TryRLock", lock.TryRLock())
	go func() {
		defer group.Done()
		lock.RLock()
		fmt.Println("late reader")
		lock.RUnlock()
	}()
	pause()
	lock.RUnlock()
	group.Wait()
}

// Package sync, RWMutex: after a writer, the readers that waited go before the next writer.
//
// Output:
// reader
// writer
func rwmutexReadersGoFirst() {
	var lock sync.RWMutex
	var group sync.WaitGroup
	group.Add(2)
	lock.Lock()
	go func() {
		defer group.Done()
		lock.Lock()
		fmt.Println("writer")
		lock.Unlock()
	}()
	pause()
	go func() {
		defer group.Done()
		lock.RLock()
		pause()
		fmt.Println("reader")
		lock.RUnlock()
	}()
	pause()
	lock.Unlock()
	group.Wait()
}

// Package sync, RWMutex.RLock: reading again while one reads deadlocks once a writer waits.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.RWMutex.RLock
// sync.RWMutex.Lock
func rwmutexRecursiveRead() {
	var lock sync.RWMutex
	lock.RLock()
	go func() { lock.Lock() }()
	pause()
	lock.RLock()
}

// Package sync, RWMutex.TryLock: each try succeeds only if it need not wait.
//
// Output:
// free true
// written false false
// free true
// read true false
func rwmutexTry() {
	var lock sync.RWMutex
	fmt.Println("free", lock.TryLock())
	fmt.Println("written", lock.TryLock(), lock.TryRLock())
	lock.Unlock()
	fmt.Println("free", lock.TryRLock())
	fmt.Println("read", lock.TryRLock(), lock.TryLock())
}

// Package sync, RWMutex.Unlock: one goroutine may lock, and another unlock.
//
// Output:
// true
func rwmutexUnlockByAnother() {
	var lock sync.RWMutex
	lock.Lock()
	go lock.Unlock()
	lock.RLock()
	go lock.RUnlock()
	pause()
	fmt.Println(lock.TryLock())
}

// Package sync, RWMutex.RLocker: its Lock and Unlock are RLock and RUnlock.
//
// Output:
// true false true
func rwmutexRLocker() {
	var lock sync.RWMutex
	reader := lock.RLocker()
	reader.Lock()
	canRead := lock.TryRLock()
	canWrite := lock.TryLock()
	lock.RUnlock()
	reader.Unlock()
	fmt.Println(canRead, canWrite, lock.TryLock())
}

// Package sync, RWMutex.Unlock: unlocking what is not locked for writing is a fatal error.
//
// Error:
// fatal error: sync: Unlock of unlocked RWMutex
func rwmutexUnlockUnlocked() {
	var lock sync.RWMutex
	lock.Unlock()
}

// Package sync, RWMutex.Unlock: a reader's lock is not undone by Unlock.
//
// Error:
// fatal error: sync: Unlock of unlocked RWMutex
func rwmutexUnlockOfReader() {
	var lock sync.RWMutex
	lock.RLock()
	lock.Unlock()
}

// Package sync, RWMutex.RUnlock: unlocking what is not locked for reading is a fatal error.
//
// Error:
// fatal error: sync: RUnlock of unlocked RWMutex
func rwmutexRUnlockUnlocked() {
	var lock sync.RWMutex
	lock.RUnlock()
}

// Package sync, RWMutex.RUnlock: a writer's lock is not undone by RUnlock.
//
// Error:
// fatal error: sync: RUnlock of unlocked RWMutex
func rwmutexRUnlockOfWriter() {
	var lock sync.RWMutex
	lock.Lock()
	lock.RUnlock()
}

// Go runtime, checkdead: reading what one holds for writing is a deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.RWMutex.RLock
func rwmutexReadWhileWriting() {
	var lock sync.RWMutex
	lock.Lock()
	lock.RLock()
}

// Go runtime, checkdead: writing what one reads is a deadlock: a lock cannot be upgraded.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.RWMutex.Lock
func rwmutexUpgrade() {
	var lock sync.RWMutex
	lock.RLock()
	lock.Lock()
}

// Go sync, rwmutex.go: a second writer waits for the mutex within, as the report shows.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.Mutex.Lock
func rwmutexWriteTwice() {
	var lock sync.RWMutex
	lock.Lock()
	lock.Lock()
}
