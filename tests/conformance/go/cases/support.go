package main

import "time"

// pause is long enough for every other goroutine to come to rest.
func pause() {
	time.Sleep(20 * time.Millisecond)
}
