// A web server that greets whoever asks: the fourth seed program.
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
  const Error error = co_await http::Server(mux, options).listen_and_serve(":8080");
  println(error);
}

}  // namespace sim::programs
