package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Package context, Background: it is never canceled, and has no deadline and no values.
//
// Output:
// true <nil> false
// true <nil> false
func contextBackground() {
	for _, ctx := range []context.Context{context.Background(), context.TODO()} {
		_, ok := ctx.Deadline()
		fmt.Println(ctx.Done() == nil, ctx.Err(), ok)
	}
}

// Package context, WithCancel: cancel closes Done, and Err is set from then on.
//
// Output:
// <nil>
// done
// context canceled true
func contextCancel() {
	ctx, cancel := context.WithCancel(context.Background())
	fmt.Println(ctx.Err())
	cancel()
	<-ctx.Done()
	fmt.Println("done")
	fmt.Println(ctx.Err(), ctx.Err() == context.Canceled)
}

// Package context, CancelFunc: after the first call, subsequent calls do nothing.
//
// Output:
// context canceled
func contextCancelTwice() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	cancel()
	fmt.Println(ctx.Err())
}

// Package context, Done: everybody who waits learns of the end.
//
// Output:
// 3 stopped
func contextDoneForAll() {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 3)
	for range 3 {
		go func() {
			<-ctx.Done()
			stopped <- ctx.Err()
		}()
	}
	pause()
	cancel()
	count := 0
	for range 3 {
		if <-stopped == context.Canceled {
			count++
		}
	}
	fmt.Println(count, "stopped")
}

// Package context, WithCancel: a child is canceled with its parent.
//
// Output:
// context canceled context canceled
func contextParentCancelsChild() {
	parent, cancel := context.WithCancel(context.Background())
	child, cancelChild := context.WithCancel(parent)
	defer cancelChild()
	grandchild, cancelGrandchild := context.WithCancel(child)
	defer cancelGrandchild()
	cancel()
	<-grandchild.Done()
	fmt.Println(child.Err(), grandchild.Err())
}

// Package context, WithCancel: canceling a child leaves its parent and siblings alone.
//
// Output:
// <nil> <nil> context canceled
func contextChildLeavesParent() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	first, cancelFirst := context.WithCancel(parent)
	second, cancelSecond := context.WithCancel(parent)
	defer cancelSecond()
	cancelFirst()
	fmt.Println(parent.Err(), second.Err(), first.Err())
}

// Package context, WithCancel: the child of a canceled parent is canceled from the start.
//
// Output:
// context canceled
func contextChildOfCanceled() {
	parent, cancel := context.WithCancel(context.Background())
	cancel()
	child, cancelChild := context.WithCancel(parent)
	defer cancelChild()
	<-child.Done()
	fmt.Println(child.Err())
}

// Package context, WithTimeout: when the time is up, Done is closed and Err says so.
//
// Output:
// context deadline exceeded true
func contextTimeout() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err(), ctx.Err() == context.DeadlineExceeded)
}

// Package context, WithTimeout: canceled before the time is up, Err says canceled, for good.
//
// Output:
// context canceled
// context canceled
func contextCancelBeforeTimeout() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	cancel()
	fmt.Println(ctx.Err())
	pause()
	pause()
	fmt.Println(ctx.Err())
}

// Package context, WithTimeout: a timeout that is not positive has passed.
//
// Output:
// context deadline exceeded
func contextTimeoutPassed() {
	ctx, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	fmt.Println(ctx.Err())
}

// Package context, WithDeadline: the deadline is that of the context or, if earlier, its parent's.
//
// Output:
// true true true
func contextEarlierDeadline() {
	now := time.Now()
	parent, cancel := context.WithDeadline(context.Background(), now.Add(time.Hour))
	defer cancel()
	later, cancelLater := context.WithDeadline(parent, now.Add(2*time.Hour))
	defer cancelLater()
	sooner, cancelSooner := context.WithDeadline(parent, now.Add(time.Minute))
	defer cancelSooner()
	a, ok := later.Deadline()
	b, _ := sooner.Deadline()
	fmt.Println(ok, a.Equal(now.Add(time.Hour)), b.Equal(now.Add(time.Minute)))
}

// Package context, WithDeadline: a parent's deadline ends its children.
//
// Output:
// context deadline exceeded context deadline exceeded
func contextParentTimeout() {
	parent, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	child, cancelChild := context.WithTimeout(parent, time.Hour)
	defer cancelChild()
	<-child.Done()
	fmt.Println(parent.Err(), child.Err())
}

// Package context, WithDeadline: a child's deadline leaves its parent alone.
//
// Output:
// context deadline exceeded <nil>
func contextChildTimeout() {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	child, cancelChild := context.WithTimeout(parent, 20*time.Millisecond)
	defer cancelChild()
	<-child.Done()
	fmt.Println(child.Err(), parent.Err())
}

// Package context, Done: it can be one of the cases of a select.
//
// Output:
// work
// given up: context deadline exceeded
func contextInSelect() {
	ctx, cancel := context.WithTimeout(context.Background(), 40*time.Millisecond)
	defer cancel()
	work := make(chan string, 1)
	work <- "work"
	for {
		select {
		case text := <-work:
			fmt.Println(text)
			continue
		case <-ctx.Done():
			fmt.Println("given up:", ctx.Err())
		}
		return
	}
}

// Package context, WithCancelCause: Cause gives what cancel was given; Err stays Canceled.
//
// Output:
// context canceled
// disk full
func contextCause() {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("disk full"))
	fmt.Println(ctx.Err())
	fmt.Println(context.Cause(ctx))
}

// Package context, WithCancelCause: a nil cause stands for Canceled; before the end there is none.
//
// Output:
// <nil>
// context canceled
func contextNilCause() {
	ctx, cancel := context.WithCancelCause(context.Background())
	fmt.Println(context.Cause(ctx))
	cancel(nil)
	fmt.Println(context.Cause(ctx))
}

// Package context, CancelCauseFunc: only the first call sets the cause.
//
// Output:
// first
func contextFirstCause() {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("first"))
	cancel(errors.New("second"))
	fmt.Println(context.Cause(ctx))
}

// Package context, Cause: a child canceled with its parent has the parent's cause.
//
// Output:
// from above
func contextCauseOfParent() {
	parent, cancel := context.WithCancelCause(context.Background())
	child, cancelChild := context.WithTimeout(parent, time.Hour)
	defer cancelChild()
	cancel(errors.New("from above"))
	fmt.Println(context.Cause(child))
}

// Package context, Cause: a parent's cause does not replace that of a child canceled before.
//
// Output:
// own above
func contextCauseOfChild() {
	parent, cancel := context.WithCancelCause(context.Background())
	child, cancelChild := context.WithCancelCause(parent)
	cancelChild(errors.New("own"))
	cancel(errors.New("above"))
	fmt.Println(context.Cause(child), context.Cause(parent))
}

// Package context, WithTimeoutCause: the cause is that of the expiry.
//
// Output:
// context deadline exceeded
// too slow
func contextTimeoutCause() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), 20*time.Millisecond,
		errors.New("too slow"))
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err())
	fmt.Println(context.Cause(ctx))
}

// Package context, WithDeadlineCause: canceled before the deadline, the cause is Canceled.
//
// Output:
// context canceled
func contextDeadlineCauseUnused() {
	ctx, cancel := context.WithDeadlineCause(context.Background(), time.Now().Add(time.Hour),
		errors.New("too slow"))
	cancel()
	fmt.Println(context.Cause(ctx))
}

type contextKey string

// Package context, WithValue: Value gives that of the nearest context that has the key.
//
// Output:
// inner ann true
// outer
func contextValue() {
	outer := context.WithValue(context.Background(), contextKey("level"), "outer")
	user := context.WithValue(outer, contextKey("user"), "ann")
	inner := context.WithValue(user, contextKey("level"), "inner")
	fmt.Println(inner.Value(contextKey("level")), inner.Value(contextKey("user")),
		inner.Value(contextKey("none")) == nil)
	fmt.Println(outer.Value(contextKey("level")))
}

// Package context, WithValue: values pass through contexts that can be canceled, and ends through
// those with values.
//
// Output:
// ann
// context canceled
func contextValueAndCancel() {
	parent, cancel := context.WithCancel(context.Background())
	named := context.WithValue(parent, contextKey("user"), "ann")
	child, cancelChild := context.WithTimeout(named, time.Hour)
	defer cancelChild()
	fmt.Println(child.Value(contextKey("user")))
	cancel()
	<-child.Done()
	fmt.Println(named.Err())
}

// Package context, WithoutCancel: it has the parent's values, but not its end.
//
// Output:
// ann <nil> true false
func contextWithoutCancel() {
	parent, cancel := context.WithTimeout(context.Background(), time.Hour)
	named := context.WithValue(parent, contextKey("user"), "ann")
	free := context.WithoutCancel(named)
	cancel()
	_, ok := free.Deadline()
	fmt.Println(free.Value(contextKey("user")), free.Err(), free.Done() == nil, ok)
}

// Package context, AfterFunc: it runs the function in its own goroutine after the end.
//
// Output:
// canceling
// called: context canceled
func contextAfterFunc() {
	ctx, cancel := context.WithCancel(context.Background())
	called := make(chan bool)
	context.AfterFunc(ctx, func() {
		fmt.Println("called:", ctx.Err())
		called <- true
	})
	pause()
	fmt.Println("canceling")
	cancel()
	<-called
}

// Package context, AfterFunc: if the context is canceled already, it runs the function at once.
//
// Output:
// called
func contextAfterFuncLate() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	called := make(chan bool)
	context.AfterFunc(ctx, func() { called <- true })
	<-called
	fmt.Println("called")
}

// Package context, AfterFunc: stop gives true if it kept the function from running.
//
// Output:
// true false
func contextAfterFuncStop() {
	ctx, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, func() { fmt.Println("never") })
	first := stop()
	fmt.Println(first, stop())
	cancel()
	pause()
}

// Package context, AfterFunc: stop gives false once the function has been started.
//
// Output:
// false
func contextAfterFuncStopTooLate() {
	ctx, cancel := context.WithCancel(context.Background())
	called := make(chan bool)
	stop := context.AfterFunc(ctx, func() { called <- true })
	cancel()
	<-called
	fmt.Println(stop())
}

// Package context, AfterFunc: several functions of one context run independently.
//
// Unordered output:
// 1
// 2
// 3
func contextAfterFuncMany() {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for i := 1; i <= 3; i++ {
		group.Add(1)
		context.AfterFunc(ctx, func() {
			defer group.Done()
			fmt.Println(i)
		})
	}
	cancel()
	group.Wait()
}

// Package context, AfterFunc: a deadline runs it as well.
//
// Output:
// called: context deadline exceeded
func contextAfterFuncTimeout() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	called := make(chan bool)
	context.AfterFunc(ctx, func() { called <- true })
	<-called
	fmt.Println("called:", ctx.Err())
}

// Package context, DeadlineExceeded: errors.Is finds it in an error that wraps it.
//
// Output:
// fetch: context deadline exceeded
// true false
func contextErrorsIs() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	err := fmt.Errorf("fetch: %w", ctx.Err())
	fmt.Println(err)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled))
}

// Package context, Done: nil for a context that is never canceled, so a receive waits for ever.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive (nil chan)
func contextBackgroundDone() {
	<-context.Background().Done()
}

// Go runtime, checkdead: waiting for a context that nobody cancels is a deadlock.
//
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func contextNobodyCancels() {
	ctx, cancel := context.WithCancel(context.Background())
	<-ctx.Done()
	cancel()
}

// Package context, WithCancel: a worker stops between two pieces of work.
//
// Output:
// stopped: context canceled
func contextStopsWorker() {
	ctx, cancel := context.WithCancel(context.Background())
	numbers, done := make(chan int), make(chan bool)
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			select {
			case numbers <- n:
			case <-ctx.Done():
				fmt.Println("stopped:", ctx.Err())
				return
			}
		}
	}()
	for <-numbers < 5 {
	}
	cancel()
	<-done
}

// Package context, WithDeadlineCause: a deadline that has passed sets the cause at once.
//
// Output:
// context deadline exceeded
// too late
func contextDeadlineCausePassed() {
	ctx, cancel := context.WithDeadlineCause(context.Background(), time.Now(),
		errors.New("too late"))
	defer cancel()
	fmt.Println(ctx.Err())
	fmt.Println(context.Cause(ctx))
}

// Package context, Cause: nil for what is never canceled.
//
// Output:
// <nil> <nil>
func contextCauseOfFree() {
	parent, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("above"))
	fmt.Println(context.Cause(context.WithoutCancel(parent)), context.Cause(context.Background()))
}

// Go runtime, checkdead: a pending deadline puts off the report of a deadlock.
//
// Output:
// context deadline exceeded
// Error:
// fatal error: all goroutines are asleep - deadlock!
// Waits:
// chan receive
func contextDeadlineThenDeadlock() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	context.AfterFunc(ctx, func() { fmt.Println(ctx.Err()) })
	<-make(chan int)
}
