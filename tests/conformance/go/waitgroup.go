package main

import (
	"fmt"
	"sync"
	"time"
)

func main() {
	var group sync.WaitGroup
	for number := 1; number <= 2; number++ {
		group.Add(1)
		go func() {
			defer group.Done()
			fmt.Println("Hello from goroutine", number)
			time.Sleep(time.Duration(number) * 10 * time.Millisecond)
		}()
	}
	group.Wait()
}
