package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

type dinner struct {
	meals int
	pause time.Duration
	seats chan struct{}
	wg    sync.WaitGroup
}

func (d *dinner) philosopher(number int, first, second *sync.Mutex) {
	defer d.wg.Done()
	for meal := 0; meal < d.meals; meal++ {
		d.seats <- struct{}{}
		first.Lock()
		time.Sleep(d.pause)
		second.Lock()
		time.Sleep(1 * time.Millisecond) // eats
		second.Unlock()
		first.Unlock()
		<-d.seats
		time.Sleep(1 * time.Millisecond) // thinks
	}
	fmt.Println("philosopher", number, "has dined")
}

func main() {
	philosophers := number("PHILOSOPHERS", 5)
	cure := os.Getenv("CURE")
	seats := philosophers
	if cure == "waiter" {
		seats--
	}
	d := &dinner{
		meals: number("MEALS", 3),
		pause: time.Duration(number("PAUSE_US", 0)) * time.Microsecond,
		seats: make(chan struct{}, seats),
	}

	forks := make([]sync.Mutex, philosophers)
	d.wg.Add(philosophers)
	for i := 0; i < philosophers; i++ {
		first, second := i, (i+1)%philosophers
		if cure == "order" && second < first {
			first, second = second, first
		}
		go d.philosopher(i+1, &forks[first], &forks[second])
	}
	d.wg.Wait()
	fmt.Println("all have dined")
}
