package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Spec, Program execution: the program ends when main returns; other goroutines are not awaited.
//
// Output:
// main
func mainReturns() {
	go func() {
		time.Sleep(time.Hour)
		fmt.Println("never")
	}()
	fmt.Println("main")
}

// Spec, Program execution: goroutines that are blocked when main returns are no failure.
//
// Output:
// main
func mainReturnsWhileOthersBlock() {
	var mutex sync.Mutex
	mutex.Lock()
	go func() { <-make(chan int) }()
	go func() { mutex.Lock() }()
	go func() { select {} }()
	pause()
	fmt.Println("main")
}

// Spec, Program execution: when main returns, deferred work of other goroutines does not run.
//
// Output:
// main's deferred work
func mainReturnsWithoutOthersDeferred() {
	defer fmt.Println("main's deferred work")
	go func() {
		defer fmt.Println("never")
		<-make(chan int)
	}()
	pause()
}

// Spec, Go statements: when its function returns, the goroutine ends.
//
// Output:
// 1
// 4
// 1
func numGoroutine() {
	gate := make(chan bool)
	fmt.Println(runtime.NumGoroutine())
	for range 3 {
		go func() { <-gate }()
	}
	fmt.Println(runtime.NumGoroutine())
	close(gate)
	pause()
	fmt.Println(runtime.NumGoroutine())
}

// Package runtime, NumGoroutine: a goroutine of a delayed call exists only once its time has come.
//
// Output:
// 1 2 1
func numGoroutineOfTimers() {
	gate := make(chan bool)
	time.AfterFunc(30*time.Millisecond, func() { <-gate })
	before := runtime.NumGoroutine()
	pause()
	pause()
	during := runtime.NumGoroutine()
	close(gate)
	pause()
	fmt.Println(before, during, runtime.NumGoroutine())
}

// Package runtime, Gosched: it lets other goroutines run, and the caller goes on by itself.
//
// Output:
// the other ran
func goschedLetsOthersRun() {
	var ran atomic.Bool
	go func() { ran.Store(true) }()
	for !ran.Load() {
		runtime.Gosched()
	}
	fmt.Println("the other ran")
}

// Package runtime, Gosched: two goroutines can pass a turn to and fro.
//
// Output:
// ping pong ping pong ping pong
func goschedTurns() {
	var turn atomic.Int32
	line := ""
	done := make(chan bool)
	play := func(mine int32, word string) {
		for range 3 {
			for turn.Load() != mine {
				runtime.Gosched()
			}
			line += " " + word
			turn.Store(1 - mine)
		}
		done <- true
	}
	go play(0, "ping")
	go play(1, "pong")
	<-done
	<-done
	fmt.Println(line[1:])
}

// Package runtime, Goexit: it runs all deferred calls and ends the goroutine, from any depth.
//
// Output:
// inner
// outer
// others go on
func goexitRunsDeferred() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer fmt.Println("outer")
		func() {
			defer fmt.Println("inner")
			runtime.Goexit()
		}()
		fmt.Println("never")
	}()
	<-done
	fmt.Println("others go on")
}

// Package runtime, Goexit: from main, the program goes on, and crashes once all others have ended.
//
// Output:
// main's deferred work
// the other is done
// Error:
// fatal error: no goroutines (main called runtime.Goexit) - deadlock!
func goexitFromMain() {
	defer fmt.Println("main's deferred work")
	go func() {
		pause()
		fmt.Println("the other is done")
	}()
	runtime.Goexit()
}

// Package runtime, Goexit: main as the only goroutine leaves nobody.
//
// Error:
// fatal error: no goroutines (main called runtime.Goexit) - deadlock!
func goexitFromMainAlone() {
	runtime.Goexit()
}

// Go runtime, checkdead: after main has left, those that wait for ever are a deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func goexitFromMainOthersBlock() {
	go func() { <-make(chan int) }()
	runtime.Goexit()
}

// Package runtime, Goexit: a panic of another goroutine still ends the program.
//
// Error:
// panic: after main
func goexitFromMainThenPanic() {
	go func() {
		pause()
		panic("after main")
	}()
	runtime.Goexit()
}

// Spec, Go statements: a goroutine outlives the one that started it.
//
// Output:
// parent ends
// child
func childOutlivesParent() {
	ended, done := make(chan bool), make(chan bool)
	go func() {
		go func() {
			<-ended
			pause()
			fmt.Println("child")
			done <- true
		}()
		fmt.Println("parent ends")
		close(ended)
	}()
	<-done
}

// Spec, For statements: each iteration has its own variable, which goroutines may capture.
//
// Unordered output:
// 0
// 1
// 2
func loopVariables() {
	var group sync.WaitGroup
	for i := 0; i < 3; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			fmt.Println(i)
		}()
	}
	group.Wait()
}

// Spec, Defer statements: deferred functions run when the function returns, before its caller goes
// on.
//
// Output:
// body
// deferred 2
// deferred 1
// caller
func deferBeforeCaller() {
	func() {
		defer fmt.Println("deferred 1")
		defer fmt.Println("deferred 2")
		fmt.Println("body")
	}()
	fmt.Println("caller")
}

// Package runtime, NumGoroutine: a goroutine that has recovered from its panic is gone.
//
// Output:
// 1
func numGoroutineAfterPanic() {
	go func() {
		defer func() { recover() }()
		panic("mine")
	}()
	pause()
	fmt.Println(runtime.NumGoroutine())
}

// Package runtime, Goexit: main's end is no return, so a sleeping goroutine finishes its work.
//
// Output:
// 1
// 2
// Error:
// fatal error: no goroutines (main called runtime.Goexit) - deadlock!
func goexitFromMainWhileOthersWork() {
	ch := make(chan int)
	go func() {
		for v := range ch {
			fmt.Println(v)
		}
	}()
	go func() {
		defer close(ch)
		ch <- 1
		pause()
		ch <- 2
	}()
	runtime.Goexit()
}
