// A web server that greets whoever asks: the fourth seed program. Port 8080 speaks HTTP/1.1, and
// HTTP/2 with clients that begin with its preface; port 8082 speaks HTTP/2 alone.
//
//   func handler(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "Hello, %s!", ...) }
//   http.HandleFunc("/", handler); http.ListenAndServe(":8080", nil)

#include "engine/task/print.h"
#include "sim/http/mux.h"
#include "sim/http/server.h"
#include "sim/http2/server.h"

namespace sim::programs {

using namespace engine;

namespace {

Task<> hello(http::ResponseWriter w, http::Request r) {
  const std::string name = http::path_unescape(r.url.path).value_or(r.url.path).substr(1);
  static_cast<void>(co_await w.write("Hello, " + name + "!"));
}

}  // namespace

Task<> hello_http() {
  const http::ServeMux mux;
  mux.handle("/", hello);
  http::ServerOptions options;
  options.http2 = http2::serve;
  go([mux]() -> Task<> {
    // Here a request is read to its end before it is answered.
    const http::Handler whole = [mux](http::ResponseWriter w, http::Request r) -> Task<> {
      static_cast<void>(co_await r.body.read_all());
      co_await mux.serve(w, r);
    };
    println(co_await http2::listen_and_serve(":8082", whole));
  }).set_name("http2 only");
  const Error error = co_await http::Server(mux, options).listen_and_serve(":8080");
  println(error);
}

}  // namespace sim::programs
