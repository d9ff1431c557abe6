package main

import (
	"fmt"
	"sync"
	"time"
)

type pool struct {
	jobs     chan int
	results  chan int
	stop     chan struct{}
	graceful bool
}

func (p *pool) work(wg *sync.WaitGroup) {
	defer wg.Done()
	for job := range p.jobs {
		time.Sleep(40 * time.Millisecond)
		p.results <- job
		if p.graceful {
			continue
		}
		select {
		case <-p.stop:
			return
		default:
		}
	}
}

func (p *pool) submit(jobs int, accepted chan<- int) {
	job := 0
loop:
	for job < jobs {
		select {
		case p.jobs <- job + 1:
			job++
		case <-p.stop:
			break loop
		}
	}
	close(p.jobs)
	accepted <- job
}

func main() {
	p := &pool{
		jobs:     make(chan int, number("QUEUE", 2)),
		results:  make(chan int),
		stop:     make(chan struct{}),
		graceful: flag("GRACEFUL", true),
	}
	accepted := make(chan int, 1)

	var wg sync.WaitGroup
	workers := number("WORKERS", 3)
	wg.Add(workers)
	for i := 0; i < workers; i++ {
		go p.work(&wg)
	}
	go p.submit(number("JOBS", 50), accepted)
	go func() {
		wg.Wait()
		close(p.results)
	}()
	go func() {
		time.Sleep(milliseconds("STOP_MS", 100))
		fmt.Println("signal: stop")
		close(p.stop)
	}()

	finished := 0
	for job := range p.results {
		fmt.Println("finished job", job)
		finished++
	}
	promised := <-accepted
	fmt.Println("accepted:", promised)
	fmt.Println("finished:", finished)
	fmt.Println("lost:", promised-finished)
}
