package main

import "fmt"

func generate(out chan<- int) {
	for n := 2; ; n++ {
		out <- n
	}
}

func filter(in <-chan int, out chan<- int, prime int) {
	for n := range in {
		if n%prime != 0 {
			out <- n
		}
	}
}

func main() {
	primes := number("PRIMES", 10)
	in := make(chan int)
	go generate(in)
	for found := 1; found <= primes; found++ {
		prime := <-in
		fmt.Println(prime)
		out := make(chan int)
		go filter(in, out, prime)
		in = out
	}
	fmt.Println("primes found:", primes)
}
