package main

import "fmt"

func main() {
	values := make(chan int)
	go func() { values <- 1 }()
	fmt.Println(<-values)
}
