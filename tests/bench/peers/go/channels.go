// Channels: a rendezvous there and back, a buffer between two goroutines, a select that blocks, and
// the chain of filters that is Go's concurrent prime sieve.

package main

import (
	"sync/atomic"
	"time"
)

func pingPong(name string) {
	const rounds = 2_000_000
	showNs(name, rounds, func() {
		there, back := make(chan int), make(chan int)
		go func() {
			for value := range there {
				back <- value
			}
		}()
		for n := range rounds {
			there <- n
			check(<-back == n, "an echo")
		}
		close(there)
	})
}

func buffered(name string) {
	const items, slots = 10_000_000, 128
	showNs(name, items, func() {
		channel := make(chan int, slots)
		go func() {
			for n := range items {
				channel <- n
			}
			close(channel)
		}()
		expected := 0
		for value := range channel {
			check(value == expected, "the order of items")
			expected++
		}
		check(expected == items, "the number of items")
	})
}

// One producer sends over each of four channels in turn. On one P, every second select blocks; the
// other one finds the producer waiting.
func select4(name string) {
	const values = 2_000_000
	showNs(name, values, func() {
		var channels [4]chan int
		for i := range channels {
			channels[i] = make(chan int)
		}
		go func() {
			for n := range values {
				channels[n%4] <- n
			}
		}()
		for n := range values {
			var value int
			select {
			case value = <-channels[0]:
			case value = <-channels[1]:
			case value = <-channels[2]:
			case value = <-channels[3]:
			}
			check(value == n, "the order of values")
		}
	})
}

func sieve3000(name string) {
	const primes, lastPrime = 3000, 27449
	var samples []float64
	for range repetitions {
		var enough atomic.Bool
		begin := time.Now()
		prime, rest := nthPrime(primes, &enough)
		samples = append(samples, time.Since(begin).Seconds())
		check(prime == lastPrime, "the last prime")
		enough.Store(true)
		for range rest {
		}
	}
	show(figure{Name: name, Unit: "s"}, samples)
}

// nthPrime also returns what is left to be drained, once there are enough, for every goroutine to
// end.
func nthPrime(count int, enough *atomic.Bool) (prime int, rest <-chan int) {
	in := make(chan int)
	go func(out chan<- int) {
		for n := 2; !enough.Load(); n++ {
			out <- n
		}
		close(out)
	}(in)
	for range count {
		prime = <-in
		out := make(chan int)
		go filter(in, out, prime)
		in = out
	}
	return prime, in
}

func filter(in <-chan int, out chan<- int, prime int) {
	for n := range in {
		if n%prime != 0 {
			out <- n
		}
	}
	close(out)
}
