package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// How late a request may be on a busy machine and still count as over in time.
const slack = 50 * time.Millisecond

var (
	deadline = milliseconds("DEADLINE_MS", 120)
	database = milliseconds("DATABASE_MS", 80)
	leaves   = milliseconds("LEAVES_MS", 50)
	listens  = flag("LISTENS", true)
)

func call(ctx context.Context, name string, takes time.Duration, listens bool) error {
	if listens {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			fmt.Println(name, "gives up:", ctx.Err(), "because", context.Cause(ctx))
			return ctx.Err()
		}
	} else {
		time.Sleep(takes)
	}
	fmt.Println(name, "is done")
	return nil
}

func askCache(parent context.Context, wg *sync.WaitGroup) {
	defer wg.Done()
	slow := errors.New("the cache is slow")
	ctx, cancel := context.WithTimeoutCause(parent, 20*time.Millisecond, slow)
	defer cancel()
	call(ctx, "cache", 60*time.Millisecond, true)
}

func askDatabase(parent context.Context, wg *sync.WaitGroup) {
	defer wg.Done()
	ctx, cancel := context.WithTimeout(parent, 10*time.Second)
	defer cancel()
	call(ctx, "database", database, listens)
}

func handle(parent context.Context) error {
	ctx, cancel := context.WithTimeout(parent, deadline)
	defer cancel()
	var wg sync.WaitGroup
	wg.Add(2)
	go askCache(ctx, &wg)
	go askDatabase(ctx, &wg)
	wg.Wait()
	return call(ctx, "page", 60*time.Millisecond, true)
}

func report(name string, err error, inTime bool) {
	fmt.Println(name, "ends with:", err)
	if inTime {
		fmt.Println(name, "was over in time")
	} else {
		fmt.Println(name, "was late")
	}
}

func main() {
	began := time.Now()
	err := handle(context.Background())
	report("request 1", err, time.Since(began) <= deadline+slack)

	user, leave := context.WithCancelCause(context.Background())
	go func() {
		time.Sleep(leaves)
		leave(errors.New("the user has left"))
	}()
	began = time.Now()
	err = handle(user)
	report("request 2", err, time.Since(began) <= min(leaves, deadline)+slack)
}
