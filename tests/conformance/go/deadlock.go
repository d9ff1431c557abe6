package main

import (
	"fmt"
	"sync"
)

type account struct {
	lock  sync.Mutex
	taken chan bool
}

func transfer(from, to *account, group *sync.WaitGroup) {
	defer group.Done()
	from.lock.Lock()
	fmt.Println("one lock taken")
	close(from.taken)
	<-to.taken
	to.lock.Lock()
	fmt.Println("transferred")
}

func main() {
	alice := &account{taken: make(chan bool)}
	bob := &account{taken: make(chan bool)}
	var group sync.WaitGroup
	group.Add(2)
	go transfer(alice, bob, &group)
	go transfer(bob, alice, &group)
	group.Wait()
}
