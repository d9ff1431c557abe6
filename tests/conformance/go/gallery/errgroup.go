package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

var errNotFound = errors.New("not found")

func fetch(ctx context.Context, page int, exists bool) error {
	takes := 20*time.Millisecond + time.Duration(page)*20*time.Millisecond
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		fmt.Printf("page %d gives up: %v\n", page, ctx.Err())
		return ctx.Err()
	}
	if !exists {
		fmt.Printf("page %d is missing\n", page)
		return fmt.Errorf("page %d: %w", page, errNotFound)
	}
	fmt.Printf("page %d is fetched\n", page)
	return nil
}

func main() {
	pages, missing := number("PAGES", 6), number("MISSING", 2)
	group, ctx := errgroup.WithContext(context.Background())
	group.SetLimit(number("LIMIT", 3))
	over := make(chan int, pages)
	for page := 1; page <= pages; page++ {
		group.Go(func() error {
			err := fetch(ctx, page, page != missing)
			over <- page
			return err
		})
	}

	err := group.Wait()
	fmt.Println("pages over:", len(over))
	fmt.Println("first error:", err)
	fmt.Println("cause:", context.Cause(ctx))
}
