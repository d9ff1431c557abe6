package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// Spec, Handling panics: a panic that nobody recovers ends the program with a report.
//
// Output:
// before
// Error:
// panic: out of cheese
// Waits:
// running
func panicEndsProgram() {
	fmt.Println("before")
	panic("out of cheese")
}

// Spec, Handling panics: a panic in any goroutine ends the whole program.
//
// Error:
// panic: in a goroutine
// Waits:
// running
func panicInGoroutine() {
	defer fmt.Println("never: other goroutines run no deferred work")
	go func() { panic("in a goroutine") }()
	pause()
	fmt.Println("never")
}

// Spec, Defer statements: deferred functions run in reverse order, also when the function panics.
//
// Output:
// third
// second
// first
// Error:
// panic: now
func panicRunsDeferred() {
	defer fmt.Println("first")
	defer fmt.Println("second")
	defer fmt.Println("third")
	panic("now")
}

// Spec, Handling panics: the callers' deferred functions run as well, innermost first.
//
// Output:
// inner
// middle
// outer
// Error:
// panic: deep
func panicUnwindsCallers() {
	defer fmt.Println("outer")
	func() {
		defer fmt.Println("middle")
		func() {
			defer fmt.Println("inner")
			panic("deep")
		}()
	}()
	fmt.Println("never")
}

// Spec, Handling panics: recover stops the panic, and the caller goes on normally.
//
// Output:
// deferred
// recovered: stop
// goes on
func recoverStopsPanic() {
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		func() {
			defer fmt.Println("deferred")
			panic("stop")
		}()
		fmt.Println("never")
	}()
	fmt.Println("goes on")
}

// Spec, Handling panics: recover gives nil if the goroutine is not panicking.
//
// Output:
// true 7
func recoverWithoutPanic() {
	value, nothing := 0, false
	func() {
		defer func() { nothing = recover() == nil }()
		value = 7
	}()
	fmt.Println(nothing, value)
}

// Spec, Handling panics: a function that recovers can be called again.
//
// Output:
// 0 recovered: zero
// 1
// 2 recovered: two
// 3
func recoverRepeatedly() {
	check := func(n int) (text string) {
		defer func() {
			if r := recover(); r != nil {
				text = fmt.Sprint(n, " recovered: ", r)
			}
		}()
		if n == 0 {
			panic("zero")
		}
		if n == 2 {
			panic("two")
		}
		return fmt.Sprint(n)
	}
	for n := range 4 {
		fmt.Println(check(n))
	}
}

// Spec, Handling panics: a goroutine that recovers ends alone; the program goes on.
//
// Output:
// recovered: mine
// main goes on
func recoverInGoroutine() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("recovered:", recover()) }()
		panic("mine")
	}()
	<-done
	fmt.Println("main goes on")
}

// Spec, Handling panics: recover in one goroutine does not stop another's panic.
//
// Error:
// panic: alone
func recoverIsPerGoroutine() {
	defer func() { fmt.Println("never:", recover()) }()
	go func() { panic("alone") }()
	pause()
}

// Spec, Handling panics: if recovering is nested, the innermost one stops the panic.
//
// Output:
// inner: once
// outer: <nil>
func recoverInnermost() {
	func() {
		defer func() { fmt.Println("outer:", recover()) }()
		func() {
			defer func() { fmt.Println("inner:", recover()) }()
			panic("once")
		}()
	}()
}

// Spec, Handling panics: a deferred function may panic in turn; the report has both.
//
// Error:
// panic: first
// \tpanic: second
func panicInDeferred() {
	defer func() { panic("second") }()
	panic("first")
}

// Go runtime, printpanics: three panics, one from the deferred work of the other.
//
// Error:
// panic: first
// \tpanic: second
// \tpanic: third
func panicThreeTimes() {
	defer func() { panic("third") }()
	defer func() { panic("second") }()
	panic("first")
}

// Spec, Handling panics: a panic of deferred work replaces the first, and can be recovered.
//
// Output:
// recovered: second
func panicReplaced() {
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		defer func() { panic("second") }()
		panic("first")
	}()
}

// Spec, Handling panics: after a panic of deferred work, the other deferred functions still run.
//
// Output:
// last
// first
// Error:
// panic: one
// \tpanic: two
func panicInDeferredRunsRest() {
	defer fmt.Println("first")
	defer func() { panic("two") }()
	defer fmt.Println("last")
	panic("one")
}

// Go runtime, printpanics: a panic that was recovered is shown before the one that followed.
//
// Error:
// panic: first [recovered]
// \tpanic: second
func panicAfterRecover() {
	done := make(chan bool)
	go func() {
		defer func() {
			recover()
			panic("second")
		}()
		panic("first")
	}()
	<-done
}

// Spec, Handling panics: a recovered panic leaves no trace in the report of a later one.
//
// Output:
// recovered: first
// Error:
// panic: second
func panicAgainLater() {
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		panic("first")
	}()
	panic("second")
}

// Go runtime, printpanics: a panic with an error shows its text.
//
// Error:
// panic: broken pipe
func panicWithError() {
	panic(errors.New("broken pipe"))
}

// Package runtime, Goexit: it is no panic, so recover gives nil in its deferred functions.
//
// Output:
// recovered: <nil>
// ended
func goexitIsNoPanic() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("recovered:", recover()) }()
		runtime.Goexit()
	}()
	<-done
	fmt.Println("ended")
}

// Package runtime, Goexit: a panic in deferred work of a Goexit ends the program.
//
// Output:
// deferred
// Error:
// panic: while leaving
func panicDuringGoexit() {
	done := make(chan bool)
	go func() {
		defer func() {
			fmt.Println("deferred")
			panic("while leaving")
		}()
		runtime.Goexit()
	}()
	<-done
}

// Package runtime, Goexit: a panic in its deferred functions can be recovered; the goroutine ends.
//
// Output:
// deferred
// recovered: lost
// main goes on
func goexitSurvivesRecover() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("recovered:", recover()) }()
		defer fmt.Println("deferred")
		defer func() { panic("lost") }()
		runtime.Goexit()
	}()
	<-done
	fmt.Println("main goes on")
}

// Spec, Handling panics: a panicking goroutine's deferred functions may wait for others.
//
// Output:
// told
// recovered: later
func deferredMayUnblockOthers() {
	told, done := make(chan bool), make(chan bool)
	go func() {
		<-told
		fmt.Println("told")
		close(done)
	}()
	func() {
		defer func() {
			r := recover()
			<-done
			fmt.Println("recovered:", r)
		}()
		defer close(told)
		panic("later")
	}()
}

// Spec, Handling panics: a deferred function that runs while a panic is under way may start
// goroutines.
//
// Output:
// recovered: late
// started
func deferredMayStartOthers() {
	done := make(chan bool)
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		defer func() {
			go func() {
				fmt.Println("started")
				close(done)
			}()
		}()
		defer func() { panic("late") }()
	}()
	<-done
}

// Spec, Defer statements: a deferred function that runs while a panic is under way may defer.
//
// Output:
// outer
// inner
// recovered: late
func deferredMayDefer() {
	defer func() { fmt.Println("recovered:", recover()) }()
	defer func() {
		defer fmt.Println("inner")
		fmt.Println("outer")
	}()
	defer func() { panic("late") }()
}

// Go runtime, printpanicval: further lines of a message are indented.
//
// Error:
// panic: one
// \ttwo
func panicWithLines() {
	panic("one\ntwo")
}

// Go runtime, fatal: a fatal error in deferred work ends the program at once; the report has the
// panic as well.
//
// Output:
// last
// Error:
// panic: first
// \tfatal error: sync: unlock of unlocked mutex
func fatalDuringPanic() {
	defer fmt.Println("never")
	defer func() {
		var mutex sync.Mutex
		mutex.Unlock()
	}()
	defer fmt.Println("last")
	panic("first")
}

// Spec, Handling panics: a result that was set before the panic is what the caller gets.
//
// Output:
// half done
func recoverKeepsResult() {
	work := func() (result string) {
		defer func() { recover() }()
		result = "half"
		result += " done"
		panic("stop")
	}
	fmt.Println(work())
}
