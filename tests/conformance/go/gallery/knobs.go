package main

import (
	"os"
	"strconv"
	"time"
)

// The scenarios' knobs, which the programs beside this file take from the environment.

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func milliseconds(name string, otherwise int) time.Duration {
	return time.Duration(number(name, otherwise)) * time.Millisecond
}

func flag(name string, otherwise bool) bool {
	if b, err := strconv.ParseBool(os.Getenv(name)); err == nil {
		return b
	}
	return otherwise
}
