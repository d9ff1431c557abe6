package main

import (
	"fmt"
	"time"
)

// Spec, Select statements: default is taken if no case can proceed.
//
// Output:
// default
func selectDefault() {
	ch := make(chan int)
	select {
	case <-ch:
		fmt.Println("received")
	case ch <- 1:
		fmt.Println("sent")
	default:
		fmt.Println("default")
	}
}

// Spec, Select statements: default is not taken if a case can proceed.
//
// Output:
// received 5
func selectReadyBeatsDefault() {
	ch := make(chan int, 1)
	ch <- 5
	select {
	case v := <-ch:
		fmt.Println("received", v)
	default:
		fmt.Println("default")
	}
}

// Spec, Select statements: without a default, it blocks until a case can proceed.
//
// Output:
// sending
// second 3
func selectWaits() {
	a, b := make(chan int), make(chan int)
	go func() {
		pause()
		fmt.Println("sending")
		b <- 3
	}()
	select {
	case v := <-a:
		fmt.Println("first", v)
	case v := <-b:
		fmt.Println("second", v)
	}
}

// Spec, Select statements: with no cases it blocks for ever.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// select (no cases)
func selectEmpty() {
	select {}
}

// Spec, Select statements: nil channels are never ready.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// select
func selectOnlyNil() {
	var a, b chan int
	select {
	case <-a:
		fmt.Println("received")
	case b <- 1:
		fmt.Println("sent")
	}
}

// Spec, Select statements: with only nil channels, default is taken.
//
// Output:
// default
func selectNilDefault() {
	var a, b chan int
	select {
	case <-a:
		fmt.Println("received")
	case b <- 1:
		fmt.Println("sent")
	default:
		fmt.Println("default")
	}
}

// Go runtime, checkdead: a select that nobody can serve is a deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// select
func deadlockSelect() {
	a, b := make(chan int), make(chan int)
	select {
	case <-a:
	case b <- 1:
	}
}

// Go compiler, select.go: a select of one case is that operation.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
// chan send
// chan receive (nil chan)
func selectOneCase() {
	a, b := make(chan int), make(chan int)
	go func() {
		select {
		case b <- 1:
		}
	}()
	go func() {
		var none chan int
		select {
		case <-none:
		}
	}()
	select {
	case <-a:
	}
}

// Spec, Select statements: a select does not send to itself.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// select
func selectBothSidesOfOneChannel() {
	ch := make(chan int)
	select {
	case ch <- 1:
		fmt.Println("sent")
	case v := <-ch:
		fmt.Println("received", v)
	}
}

// Spec, Select statements: if several cases can proceed, one is chosen at random.
//
// Output:
// 2000 true true true
func selectIsFair() {
	a, b, c := make(chan int), make(chan int), make(chan int)
	close(a)
	close(b)
	close(c)
	counts := [3]int{}
	for range 2000 {
		select {
		case <-a:
			counts[0]++
		case <-b:
			counts[1]++
		case <-c:
			counts[2]++
		}
	}
	fmt.Println(counts[0]+counts[1]+counts[2], counts[0] > 400, counts[1] > 400, counts[2] > 400)
}

// Spec, Select statements: sends and receives that can proceed are chosen from alike.
//
// Output:
// true true
func selectMixesSendsAndReceives() {
	in, out := make(chan int), make(chan int, 1000)
	close(in)
	received, sent := 0, 0
	for range 1000 {
		select {
		case <-in:
			received++
		case out <- 1:
			sent++
		}
	}
	fmt.Println(received > 300, sent > 300)
}

// Spec, Select statements: a closed channel can always be received from.
//
// Output:
// 0 false
// 0 false
func selectClosed() {
	closed, open := make(chan int), make(chan int)
	close(closed)
	for range 2 {
		select {
		case v, ok := <-closed:
			fmt.Println(v, ok)
		case <-open:
			fmt.Println("open")
		}
	}
}

// Spec, Select statements: choosing a send on a closed channel panics.
//
// Error:
// panic: send on closed channel
func selectSendOnClosed() {
	closed := make(chan int)
	close(closed)
	select {
	case closed <- 1:
		fmt.Println("sent")
	default:
		fmt.Println("default")
	}
}

// Spec, Select statements: a send that waits panics when its channel is closed.
//
// Error:
// panic: send on closed channel
func selectSendClosedWhileWaiting() {
	a, b := make(chan int), make(chan int)
	go func() {
		pause()
		close(b)
	}()
	select {
	case <-a:
	case b <- 1:
	}
	fmt.Println("never")
}

// Spec, Select statements: a receive that waits proceeds when its channel is closed.
//
// Output:
// 0 false
func selectClosedWhileWaiting() {
	a, b := make(chan int), make(chan int)
	go func() {
		pause()
		close(a)
	}()
	select {
	case v, ok := <-a:
		fmt.Println(v, ok)
	case b <- 1:
		fmt.Println("sent")
	}
}

// Spec, Select statements: setting a channel to nil takes its case out.
//
// Unordered output:
// a 1
// a 2
// b 3
func selectNilDisablesCase() {
	a, b := make(chan int, 2), make(chan int, 1)
	a <- 1
	a <- 2
	b <- 3
	close(a)
	close(b)
	for a != nil || b != nil {
		select {
		case v, ok := <-a:
			if ok {
				fmt.Println("a", v)
			} else {
				a = nil
			}
		case v, ok := <-b:
			if ok {
				fmt.Println("b", v)
			} else {
				b = nil
			}
		}
	}
}

// Spec, Select statements: all operands are evaluated once, in source order, whatever is chosen.
//
// Output:
// channel a
// channel b
// value
// received 1
func selectEvaluatesOperands() {
	a, full := make(chan int, 1), make(chan int)
	a <- 1
	channel := func(name string, ch chan int) chan int {
		fmt.Println("channel", name)
		return ch
	}
	value := func() int {
		fmt.Println("value")
		return 2
	}
	select {
	case v := <-channel("a", a):
		fmt.Println("received", v)
	case channel("b", full) <- value():
		fmt.Println("sent")
	}
}

// Spec, Select statements: a case that is not chosen does not communicate.
//
// Output:
// chosen 1
// 0 1
func selectLoserDoesNothing() {
	in, out, other := make(chan int, 1), make(chan int), make(chan int, 1)
	in <- 1
	other <- 9
	var none chan int
	select {
	case v := <-in:
		fmt.Println("chosen", v)
	case out <- 2:
		fmt.Println("sent")
	case <-none:
		fmt.Println("nil")
	}
	fmt.Println(len(in), len(other))
}

// Spec, Select statements: with both cases on one channel, a value is received once.
//
// Output:
// received 4
// empty
func selectSameChannelTwice() {
	ch := make(chan int)
	go func() { ch <- 4 }()
	select {
	case v := <-ch:
		fmt.Println("received", v)
	case v := <-ch:
		fmt.Println("received", v)
	}
	select {
	case <-ch:
		fmt.Println("again")
	default:
		fmt.Println("empty")
	}
}

// Spec, Select statements: a send proceeds to a receiver that waits.
//
// Output:
// sent
// received 6
func selectSendToWaiting() {
	ch, done := make(chan int), make(chan bool)
	go func() {
		v := <-ch
		pause()
		fmt.Println("received", v)
		done <- true
	}()
	pause()
	select {
	case ch <- 6:
		fmt.Println("sent")
	default:
		fmt.Println("default")
	}
	<-done
}

// Spec, Select statements: a receive proceeds from a sender that waits, even with a default.
//
// Output:
// received 8
func selectReceiveFromWaiting() {
	ch := make(chan int)
	go func() { ch <- 8 }()
	pause()
	select {
	case v := <-ch:
		fmt.Println("received", v)
	default:
		fmt.Println("default")
	}
}

// Spec, Select statements: two selects can meet on a channel.
//
// Output:
// received 1
// sent
func selectMeetsSelect() {
	ch, never, done := make(chan int), make(chan int), make(chan bool)
	var none chan int
	go func() {
		select {
		case ch <- 1:
			<-done
			fmt.Println("sent")
		case <-never:
			fmt.Println("never")
		}
		done <- true
	}()
	select {
	case v := <-ch:
		fmt.Println("received", v)
	case none <- 2:
		fmt.Println("never")
	}
	done <- true
	<-done
}

// Spec, Select statements: of several selects that wait, one value wakes one.
//
// Output:
// woken 1
// woken 3
func selectWakesOne() {
	ch, never, woken := make(chan int), make(chan int), make(chan int, 3)
	for range 3 {
		go func() {
			select {
			case <-ch:
			case <-never:
			}
			woken <- 1
		}()
	}
	pause()
	ch <- 1
	pause()
	fmt.Println("woken", len(woken))
	close(never)
	pause()
	fmt.Println("woken", len(woken))
}

// Spec, Select statements: a select that has been served leaves the other channels.
//
// Output:
// first
// nobody
func selectLeavesOtherQueues() {
	a, b, done := make(chan int), make(chan int), make(chan bool)
	go func() {
		select {
		case <-a:
			fmt.Println("first")
		case <-b:
			fmt.Println("second")
		}
		done <- true
	}()
	pause()
	a <- 1
	<-done
	select {
	case b <- 2:
		fmt.Println("somebody")
	default:
		fmt.Println("nobody")
	}
}

// Spec, Select statements: with a default, a full buffer drops what does not fit.
//
// Output:
// 3 kept, 7 dropped
func selectDropsWhenFull() {
	ch := make(chan int, 3)
	kept, dropped := 0, 0
	for i := range 10 {
		select {
		case ch <- i:
			kept++
		default:
			dropped++
		}
	}
	fmt.Println(kept, "kept,", dropped, "dropped")
}

// Spec, Select statements: a timer can be one of the cases.
//
// Output:
// timed out
func selectTimeout() {
	ch := make(chan int)
	select {
	case <-ch:
		fmt.Println("received")
	case <-time.After(30 * time.Millisecond):
		fmt.Println("timed out")
	}
}

// Spec, Select statements: a value that comes before the timer is taken.
//
// Output:
// received 1
func selectBeforeTimeout() {
	ch := make(chan int)
	go func() {
		pause()
		ch <- 1
	}()
	select {
	case v := <-ch:
		fmt.Println("received", v)
	case <-time.After(10 * time.Second):
		fmt.Println("timed out")
	}
}

// Spec, Select statements: a loop ends when its quit channel is closed.
//
// Output:
// 0 1 1 2 3 5
func selectLoopUntilQuit() {
	numbers, quit, text := make(chan int), make(chan bool), make(chan string)
	go func() {
		line := ""
		for range 6 {
			line += fmt.Sprint(" ", <-numbers)
		}
		close(quit)
		text <- line[1:]
	}()
	x, y := 0, 1
	for running := true; running; {
		select {
		case numbers <- x:
			x, y = y, x+y
		case <-quit:
			running = false
		}
	}
	fmt.Println(<-text)
}
