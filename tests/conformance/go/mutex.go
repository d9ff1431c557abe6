package main

import (
	"fmt"
	"sync"
)

func main() {
	var (
		lock  sync.Mutex
		group sync.WaitGroup
		total int
	)
	for i := 0; i < 10; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			lock.Lock()
			defer lock.Unlock()
			total++
		}()
	}
	group.Wait()
	fmt.Println("Counter:", total)
}
