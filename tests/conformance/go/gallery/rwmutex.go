package main

import (
	"fmt"
	"sync"
	"time"
)

var (
	config  sync.RWMutex
	version = 1
	wg      sync.WaitGroup
)

func readVersion() int {
	config.RLock()
	defer config.RUnlock()
	return version
}

func earlyReader(number int, recursive bool) {
	defer wg.Done()
	config.RLock()
	defer config.RUnlock()
	fmt.Println("early reader", number, "reads version", version)
	time.Sleep(60 * time.Millisecond)
	if !recursive {
		return
	}
	fmt.Println("early reader", number, "reads version", readVersion(), "again")
}

func writer() {
	defer wg.Done()
	time.Sleep(20 * time.Millisecond)
	config.Lock()
	defer config.Unlock()
	before := version
	time.Sleep(20 * time.Millisecond)
	version = before + 1
	fmt.Println("writer writes version", version)
}

func lateReader(number int) {
	defer wg.Done()
	time.Sleep(40 * time.Millisecond)
	fmt.Println("late reader", number, "reads version", readVersion())
}

func main() {
	early, late := number("EARLY", 2), number("LATE", 2)
	recursive := flag("RECURSIVE", false)
	wg.Add(early + 1 + late)
	for i := 1; i <= early; i++ {
		go earlyReader(i, recursive && i == 1)
	}
	go writer()
	for i := 1; i <= late; i++ {
		go lateReader(i)
	}
	wg.Wait()
}
