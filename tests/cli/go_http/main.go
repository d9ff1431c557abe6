// What sim/programs/hello_http.cpp mirrors: go_http_test.py compares the two byte for byte.
package main

import (
	"fmt"
	"net"
	"net/http"
)

func hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "Hello, %s!", r.URL.Path[1:])
}

func main() {
	http.HandleFunc("/", hello)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("listening", listener.Addr())
	panic(http.Serve(listener, nil))
}
