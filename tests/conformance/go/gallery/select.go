package main

import (
	"fmt"
	"sync"
	"time"
)

type source struct {
	name  string
	items int
	every time.Duration
	out   chan int
}

func (s source) produce(quit <-chan struct{}, wg *sync.WaitGroup) {
	defer wg.Done()
	sent := 0
loop:
	for sent < s.items {
		time.Sleep(s.every)
		select {
		case s.out <- sent + 1:
			sent++
		case <-quit:
			break loop
		}
	}
	<-quit
	fmt.Println(s.name, "stops after", sent)
}

func main() {
	news := source{"news", number("NEWS", 3), 20 * time.Millisecond, make(chan int)}
	mail := source{"mail", number("MAIL", 2), 30 * time.Millisecond, make(chan int)}
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(2)
	go news.produce(quit, &wg)
	go mail.produce(quit, &wg)

	select {
	case <-news.out:
	case <-mail.out:
	default:
		fmt.Println("nothing yet")
	}

	time.Sleep(50 * time.Millisecond)
	timeout := milliseconds("TIMEOUT_MS", 100)
	for listening := true; listening; {
		select {
		case n := <-news.out:
			fmt.Println("news:", n)
		case n := <-mail.out:
			fmt.Println("mail:", n)
		case <-time.After(timeout):
			fmt.Println("nothing for", timeout)
			listening = false
		}
	}

	close(quit)
	wg.Wait()
}
