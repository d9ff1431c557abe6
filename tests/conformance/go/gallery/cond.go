package main

import (
	"fmt"
	"sync"
	"time"
)

type queue struct {
	mutex    sync.Mutex
	notEmpty *sync.Cond
	notFull  *sync.Cond
	items    []int
	closed   bool
	capacity int
	loop     bool
}

func (q *queue) put(item int) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for len(q.items) == q.capacity {
		q.notFull.Wait()
		if !q.loop {
			break
		}
	}
	if len(q.items) == q.capacity {
		panic("no place in the queue")
	}
	q.items = append(q.items, item)
	q.notEmpty.Signal()
}

func (q *queue) take() (int, bool) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.notEmpty.Wait()
		if !q.loop {
			break
		}
	}
	if len(q.items) == 0 && q.closed {
		return 0, false
	}
	if len(q.items) == 0 {
		panic("nothing in the queue")
	}
	item := q.items[0]
	q.items = q.items[1:]
	q.notFull.Signal()
	return item, true
}

func (q *queue) close() {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.closed = true
	q.notEmpty.Broadcast()
}

func main() {
	producers, consumers := number("PRODUCERS", 2), number("CONSUMERS", 2)
	items := number("ITEMS", 10)
	q := &queue{capacity: number("CAPACITY", 2), loop: flag("LOOP", true)}
	q.notEmpty = sync.NewCond(&q.mutex)
	q.notFull = sync.NewCond(&q.mutex)
	if number("CONDITIONS", 2) == 1 {
		q.notFull = q.notEmpty
	}

	taken := make(chan int, items)
	var working, eating sync.WaitGroup
	for i := 0; i < consumers; i++ {
		eating.Add(1)
		go func() {
			defer eating.Done()
			for {
				item, ok := q.take()
				if !ok {
					return
				}
				taken <- item
				time.Sleep(10 * time.Millisecond)
			}
		}()
	}
	working.Add(producers)
	for i := 1; i <= producers; i++ {
		go func() {
			defer working.Done()
			for n := i; n <= items; n += producers {
				q.put(n)
			}
		}()
	}

	working.Wait()
	fmt.Println("all items are in the queue")
	q.close()
	eating.Wait()
	close(taken)
	count, sum := len(taken), 0
	for item := range taken {
		sum += item
	}
	fmt.Println("items taken:", count)
	fmt.Println("sum:", sum)
}
