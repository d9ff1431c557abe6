package main

import (
	"fmt"
	"sync"
)

// Spec, Close: what was sent before is received first; then each receive gives the zero value and
// false.
//
// Output:
// 1 true
// 2 true
// 0 false
// 0 false
func closeDrains() {
	ch := make(chan int, 2)
	ch <- 1
	ch <- 2
	close(ch)
	for range 4 {
		v, ok := <-ch
		fmt.Println(v, ok)
	}
}

// Spec, Close: a closed channel keeps its length and capacity until it is drained.
//
// Output:
// 2 3
// 1 3
func closeKeepsLength() {
	ch := make(chan int, 3)
	ch <- 1
	ch <- 2
	close(ch)
	fmt.Println(len(ch), cap(ch))
	<-ch
	fmt.Println(len(ch), cap(ch))
}

// Spec, Close: every receiver that waits gets the zero value.
//
// Output:
// 0 false
// 0 false
// 0 false
func closeWakesReceivers() {
	ch := make(chan int)
	var group sync.WaitGroup
	for range 3 {
		group.Add(1)
		go func() {
			v, ok := <-ch
			fmt.Println(v, ok)
			group.Done()
		}()
	}
	pause()
	close(ch)
	group.Wait()
}

// Spec, Close: sending to a closed channel panics.
//
// Error:
// panic: send on closed channel
func sendOnClosed() {
	ch := make(chan int, 1)
	close(ch)
	ch <- 1
}

// Spec, Close: sending to a closed channel panics even if a value was never received.
//
// Error:
// panic: send on closed channel
func sendOnClosedFull() {
	ch := make(chan int, 1)
	ch <- 1
	close(ch)
	ch <- 2
}

// Spec, Close: a sender that waits panics when the channel is closed.
//
// Error:
// panic: send on closed channel
func closeUnderSender() {
	ch := make(chan int)
	go func() {
		ch <- 1
		fmt.Println("never")
	}()
	pause()
	close(ch)
	pause()
	fmt.Println("never")
}

// Spec, Close: closing a closed channel panics.
//
// Error:
// panic: close of closed channel
func closeTwice() {
	ch := make(chan int)
	close(ch)
	close(ch)
}

// Spec, Close: closing the nil channel panics.
//
// Error:
// panic: close of nil channel
func closeNil() {
	var ch chan int
	close(ch)
}

// Spec, Close: what a sender could not deliver before the close is not received.
//
// Output:
// recovered: send on closed channel
// 1 true
// 0 false
func closeDropsWaitingSend() {
	ch, failed := make(chan int, 1), make(chan bool)
	ch <- 1
	go func() {
		defer func() {
			fmt.Println("recovered:", recover())
			failed <- true
		}()
		ch <- 2
	}()
	pause()
	close(ch)
	<-failed
	for range 2 {
		v, ok := <-ch
		fmt.Println(v, ok)
	}
}

// Spec, Close: the panic of a close can be recovered, and the channel stays closed.
//
// Output:
// recovered: close of closed channel
// 0 false
func closeRecovered() {
	ch := make(chan int)
	close(ch)
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		close(ch)
	}()
	v, ok := <-ch
	fmt.Println(v, ok)
}

// Spec, Close: any goroutine may close, not only one that sends.
//
// Output:
// closed
func closeByAnother() {
	ch := make(chan int)
	go func() { close(ch) }()
	_, ok := <-ch
	if !ok {
		fmt.Println("closed")
	}
}

// Spec, For range: the loop gives what was buffered before the close, and ends.
//
// Output:
// a
// b
// end
func rangeDrainsClosed() {
	ch := make(chan string, 2)
	ch <- "a"
	ch <- "b"
	close(ch)
	for v := range ch {
		fmt.Println(v)
	}
	fmt.Println("end")
}

// Spec, Receive operator: the zero value is that of the element type.
//
// Output:
// false 0 "" false
func zeroOfElement() {
	flags, texts := make(chan bool), make(chan string)
	points := make(chan struct{ n int })
	close(flags)
	close(texts)
	close(points)
	text, ok := <-texts
	fmt.Printf("%v %v %q %v\n", <-flags, (<-points).n, text, ok)
}

// Memory model, Channel communication: a close is synchronized before the receive that sees it.
//
// Output:
// hello
func closeHappensBeforeReceive() {
	text := ""
	ch := make(chan bool)
	go func() {
		text = "hello"
		close(ch)
	}()
	<-ch
	fmt.Println(text)
}

// Spec, Close: a closed channel lets everybody through, as a gate.
//
// Output:
// 10
func closeAsGate() {
	gate, passed := make(chan struct{}), make(chan int)
	for range 10 {
		go func() {
			<-gate
			<-gate
			passed <- 1
		}()
	}
	close(gate)
	sum := 0
	for range 10 {
		sum += <-passed
	}
	fmt.Println(sum)
}
