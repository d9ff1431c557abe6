package main

import (
	"fmt"
	"sync"
	"time"
)

// Spec, Go statements: the arguments are evaluated by the caller, before the goroutine runs.
//
// Output:
// 1
func goEvaluatesArguments() {
	done := make(chan int)
	x := 1
	go func(v int) { done <- v }(x)
	x = 2
	fmt.Println(<-done)
}

// Spec, Go statements: the caller does not wait for the function that it starts.
//
// Output:
// caller
// goroutine
func goDoesNotWait() {
	gate, done := make(chan bool), make(chan bool)
	go func() {
		<-gate
		fmt.Println("goroutine")
		done <- true
	}()
	fmt.Println("caller")
	gate <- true
	<-done
}

// Spec, Go statements: any number of goroutines run concurrently with their caller.
//
// Output:
// 5050
func goMany() {
	results := make(chan int)
	for i := 1; i <= 100; i++ {
		go func() { results <- i }()
	}
	sum := 0
	for range 100 {
		sum += <-results
	}
	fmt.Println(sum)
}

// Spec, Send statements: a send on an unbuffered channel waits for a receiver.
//
// Output:
// receiving
// received 1
// sent
func unbufferedSendWaits() {
	ch, sent := make(chan int), make(chan bool)
	go func() {
		ch <- 1
		sent <- true
	}()
	pause()
	select {
	case <-sent:
		fmt.Println("sent too early")
	default:
	}
	fmt.Println("receiving")
	fmt.Println("received", <-ch)
	<-sent
	fmt.Println("sent")
}

// Spec, Receive operator: a receive blocks until a value is available.
//
// Output:
// sending
// received 7
func receiveWaits() {
	ch, done := make(chan int), make(chan bool)
	go func() {
		fmt.Println("received", <-ch)
		done <- true
	}()
	pause()
	fmt.Println("sending")
	ch <- 7
	<-done
}

// Spec, Send statements: a send on a buffered channel proceeds if there is room in the buffer.
//
// Output:
// 2 2
func bufferedSendDoesNotWait() {
	ch := make(chan int, 2)
	ch <- 1
	ch <- 2
	fmt.Println(len(ch), cap(ch))
}

// Spec, Send statements: a send on a full channel waits until there is room.
//
// Output:
// full 1
// 1
// third is in 1
func bufferedSendWaitsWhenFull() {
	ch, in := make(chan int, 1), make(chan bool)
	ch <- 1
	go func() {
		ch <- 2
		in <- true
	}()
	pause()
	fmt.Println("full", len(ch))
	fmt.Println(<-ch)
	<-in
	fmt.Println("third is in", len(ch))
}

// Spec, Channel types: a channel is a first-in-first-out queue.
//
// Output:
// 0 1 2 3 4 5 6 7
// 0 1 2 3 4 5 6 7
func channelsAreFifo() {
	for _, capacity := range []int{0, 3} {
		ch := make(chan int, capacity)
		go func() {
			for i := range 8 {
				ch <- i
			}
			close(ch)
		}()
		line := ""
		for v := range ch {
			line += fmt.Sprint(" ", v)
		}
		fmt.Println(line[1:])
	}
}

// Spec, Channel types: senders that wait for room are served in the order they came.
//
// Output:
// 0 a b
func waitingSendersInOrder() {
	ch := make(chan string, 1)
	ch <- "0"
	for _, name := range []string{"a", "b"} {
		go func() { ch <- name }()
		pause()
	}
	fmt.Println(<-ch, <-ch, <-ch)
}

// Go runtime, chan.go: receivers that wait are served in the order they came.
//
// Output:
// [10 11 12]
func waitingReceiversInOrder() {
	ch := make(chan int)
	var got [3]int
	var group sync.WaitGroup
	for i := range 3 {
		group.Add(1)
		go func() {
			got[i] = <-ch
			group.Done()
		}()
		pause()
	}
	for i := range 3 {
		ch <- 10 + i
	}
	group.Wait()
	fmt.Println(got)
}

// Spec, Send statements: the channel and the value are evaluated before communication begins.
//
// Output:
// channel
// value
// 3
func sendEvaluatesFirst() {
	ch := make(chan int)
	channel := func() chan int {
		fmt.Println("channel")
		return ch
	}
	value := func() int {
		fmt.Println("value")
		return 3
	}
	go func() { channel() <- value() }()
	pause()
	fmt.Println(<-ch)
}

// Spec, Send statements: what is sent is a copy of the value.
//
// Output:
// 1 2
func sendCopies() {
	type point struct{ x, y int }
	ch := make(chan point, 1)
	p := point{1, 2}
	ch <- p
	p.x = 9
	got := <-ch
	fmt.Println(got.x, got.y)
}

// Spec, Channel types: channels are values that channels can carry.
//
// Output:
// 42
func channelOfChannels() {
	requests := make(chan chan int)
	go func() {
		reply := <-requests
		reply <- 42
	}()
	reply := make(chan int)
	requests <- reply
	fmt.Println(<-reply)
}

// Spec, Comparison operators: channels are equal if the same call to make created them, or both are
// nil.
//
// Output:
// true false true false
func channelEquality() {
	a, b := make(chan int), make(chan int)
	same := a
	var none, nothing chan int
	fmt.Println(a == same, a == b, none == nothing, a == none)
}

// Spec, Length and capacity: len counts what is queued in the buffer; both are zero for nil.
//
// Output:
// 0 3
// 2 3
// 1 3
// 0 0
func lenAndCap() {
	ch := make(chan int, 3)
	fmt.Println(len(ch), cap(ch))
	ch <- 1
	ch <- 2
	fmt.Println(len(ch), cap(ch))
	<-ch
	fmt.Println(len(ch), cap(ch))
	var none chan int
	fmt.Println(len(none), cap(none))
}

// Spec, For range: the loop over a channel receives until the channel is closed.
//
// Output:
// 1
// 2
// 3
// end
func rangeUntilClose() {
	ch := make(chan int)
	go func() {
		for i := 1; i <= 3; i++ {
			ch <- i
		}
		close(ch)
	}()
	for v := range ch {
		fmt.Println(v)
	}
	fmt.Println("end")
}

// Spec, For range: over a nil channel, the loop blocks for ever.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive (nil chan)
func rangeOverNil() {
	var ch chan int
	for range ch {
		fmt.Println("never")
	}
}

// Spec, For range: over a channel that nobody closes, the loop waits for ever.
//
// Output:
// 1
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func rangeWithoutClose() {
	ch := make(chan int, 1)
	ch <- 1
	for v := range ch {
		fmt.Println(v)
	}
}

// Spec, Send statements: a send on a nil channel blocks for ever.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan send (nil chan)
func nilSend() {
	var ch chan int
	ch <- 1
}

// Spec, Receive operator: a receive from a nil channel blocks for ever.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive (nil chan)
func nilReceive() {
	var ch chan int
	<-ch
}

// Go runtime, checkdead: a send that nobody can receive is a deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan send
func deadlockSend() {
	ch := make(chan int)
	ch <- 1
}

// Go runtime, checkdead: a receive that nobody can serve is a deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func deadlockReceive() {
	ch := make(chan int)
	<-ch
}

// Go runtime, checkdead: the report lists every goroutine with what it waits for.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// sync.WaitGroup.Wait
// chan send
// chan receive
// chan receive (nil chan)
func deadlockListsAll() {
	var group sync.WaitGroup
	group.Add(3)
	full, empty := make(chan int), make(chan int)
	go func() {
		defer group.Done()
		full <- 1
	}()
	go func() {
		defer group.Done()
		<-empty
	}()
	go func() {
		defer group.Done()
		var none chan int
		<-none
	}()
	group.Wait()
}

// Go runtime, checkdead: a deadlock is found only once nobody sleeps.
//
// Output:
// awake
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func deadlockAfterSleep() {
	ch := make(chan int)
	go func() {
		time.Sleep(30 * time.Millisecond)
		fmt.Println("awake")
	}()
	<-ch
}

// Spec, Channel types: every value is received exactly once, whoever sends and receives.
//
// Output:
// 4950 100
func everyValueOnce() {
	ch, sums, counts := make(chan int, 3), make(chan int), make(chan int)
	var producers sync.WaitGroup
	for p := range 5 {
		producers.Add(1)
		go func() {
			defer producers.Done()
			for i := range 20 {
				ch <- p*20 + i
			}
		}()
	}
	for range 3 {
		go func() {
			sum, count := 0, 0
			for v := range ch {
				sum += v
				count++
			}
			sums <- sum
			counts <- count
		}()
	}
	producers.Wait()
	close(ch)
	sum, count := 0, 0
	for range 3 {
		sum += <-sums
		count += <-counts
	}
	fmt.Println(sum, count)
}

// Memory model, Channel communication: a send is synchronized before its receive completes.
//
// Output:
// hello
func sendHappensBeforeReceive() {
	text := ""
	ch := make(chan bool, 10)
	go func() {
		text = "hello"
		ch <- true
	}()
	<-ch
	fmt.Println(text)
}

// Memory model, Channel communication: an unbuffered receive is synchronized before its send
// completes.
//
// Output:
// hello
func receiveHappensBeforeSend() {
	text := ""
	ch := make(chan bool)
	go func() {
		text = "hello"
		<-ch
	}()
	ch <- true
	fmt.Println(text)
}

// Memory model, Channel communication: the buffer of capacity C lets C goroutines through at a
// time.
//
// Output:
// 2 at most, 6 in all
func bufferAsSemaphore() {
	limit := make(chan bool, 2)
	var mutex sync.Mutex
	var group sync.WaitGroup
	active, most, all := 0, 0, 0
	for range 6 {
		group.Add(1)
		go func() {
			defer group.Done()
			limit <- true
			mutex.Lock()
			active++
			all++
			most = max(most, active)
			mutex.Unlock()
			pause()
			mutex.Lock()
			active--
			mutex.Unlock()
			<-limit
		}()
	}
	group.Wait()
	fmt.Println(most, "at most,", all, "in all")
}
