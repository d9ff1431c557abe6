package main

import (
	"fmt"
	"sync"
	"time"
)

var (
	done   = make(chan struct{})
	stages sync.WaitGroup
)

func generate(count int) <-chan int {
	out := make(chan int)
	stages.Add(1)
	go func() {
		defer stages.Done()
		defer fmt.Println("generate stopped")
		defer close(out)
		for n := 1; n <= count; n++ {
			select {
			case out <- n:
			case <-done:
				return
			}
		}
	}()
	return out
}

func square(in <-chan int, number int) <-chan int {
	out := make(chan int)
	stages.Add(1)
	go func() {
		defer stages.Done()
		defer fmt.Printf("square-%d stopped\n", number)
		defer close(out)
		for n := range in {
			time.Sleep(20 * time.Millisecond)
			select {
			case out <- n * n:
			case <-done:
				return
			}
		}
	}()
	return out
}

func merge(inputs []<-chan int) <-chan int {
	out := make(chan int)
	var open sync.WaitGroup
	open.Add(len(inputs))
	for _, in := range inputs {
		go func() {
			defer open.Done()
			for value := range in {
				select {
				case out <- value:
				case <-done:
					return
				}
			}
		}()
	}
	stages.Add(1)
	go func() {
		open.Wait()
		close(out)
		fmt.Println("merge stopped")
		stages.Done()
	}()
	return out
}

func main() {
	count, take := number("COUNT", 9), number("TAKE", 3)
	numbers := generate(count)
	var squares []<-chan int
	for i := 1; i <= number("WORKERS", 3); i++ {
		squares = append(squares, square(numbers, i))
	}
	merged := merge(squares)

	taken := 0
	for taken < take {
		value, ok := <-merged
		if !ok {
			break
		}
		fmt.Println(value)
		taken++
	}
	fmt.Println("took", taken, "of", count)
	if flag("CANCEL", true) {
		close(done)
	}
	stages.Wait()
	fmt.Println("all stages stopped")
}
