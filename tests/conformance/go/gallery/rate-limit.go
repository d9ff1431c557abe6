package main

import (
	"fmt"
	"time"
)

func main() {
	requests, burst := number("REQUESTS", 5), number("BURST", 3)
	every := milliseconds("EVERY_MS", 50)
	// In real time a request is a little late: to the nearest tick.
	since := func(began time.Time) time.Duration { return time.Since(began).Round(every) }

	ticker := time.NewTicker(every)
	began := time.Now()
	for i := 1; i <= requests; i++ {
		<-ticker.C
		fmt.Println("steady request", i, "after", since(began))
	}
	ticker.Stop()

	bucket := make(chan struct{}, burst)
	for i := 0; i < burst; i++ {
		bucket <- struct{}{}
	}
	refills := time.NewTicker(every)
	go func() {
		for range refills.C {
			select {
			case bucket <- struct{}{}:
			default:
			}
		}
	}()
	began = time.Now()
	for i := 1; i <= requests; i++ {
		<-bucket
		fmt.Println("bursty request", i, "after", since(began))
	}
	refills.Stop()
	fmt.Println("requests served:", 2*requests)
}
